"""One daemon owns the database: the lock beside it."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segued.errors import StoreLocked, StoreUnusable

log = logging.getLogger(__name__)


class Lock:
    """The file beside the database that its owner holds locked, with the owner's pid in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def lost_to(self) -> str | None:
        """Return who has the lock; None if we do. A file that was deleted meanwhile is made anew."""
        if self._is_ours():
            return None
        try:
            other = self.take()
        except OSError as exc:
            log.warning("the lock %s was deleted, and cannot be made anew: %s", self._path, exc)
            return None
        if other is None:
            log.warning("the lock %s was deleted, and is made anew", self._path)
        return other

    def take(self) -> str | None:
        """Take the lock, unless another process has it: return that one's pid. Raises `OSError`."""
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
                os.close(descriptor)
                return owner
            self.release()
            self._descriptor = descriptor
            if self._is_ours():
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, str(os.getpid()).encode(), 0)
                return None

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _is_ours(self) -> bool:
        """Whether the file that we hold is the one that others would find."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.stat(self._path))
        except OSError:
            return False


@contextmanager
def locked(path: Path) -> Iterator[Lock]:
    """Hold the lock beside the database: one daemon owns it. Never opens the database itself as a file."""
    lock = Lock(path.with_name(path.name + ".lock"))
    try:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            owner = lock.take()
        except OSError as exc:
            text = f"cannot write in {path.parent}: {exc.strerror}; the data folder must be yours"
            raise StoreUnusable(text) from exc
        if owner is not None:
            raise StoreLocked(
                f"another segued (pid {owner}) owns {path}: use that one, or stop it with `segue server stop`"
            )
        yield lock
    finally:
        lock.release()
