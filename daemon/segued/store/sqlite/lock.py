"""One daemon owns the database: the lock beside it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segued.errors import StoreLocked, StoreUnusable


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock beside the database: one daemon owns it. Never opens the database itself as a file."""
    lock_path = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise StoreUnusable(f"cannot write in {path.parent}: {exc.strerror}; the data folder must be yours") from exc
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            owner = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise StoreLocked(
                f"another segued (pid {owner}) owns {path}: use that one, or stop it with `segue server stop`"
            ) from exc
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        except OSError as exc:
            raise StoreUnusable(f"cannot write in {path.parent}: {exc.strerror}") from exc
        yield
    finally:
        os.close(descriptor)
