"""Which process has the database, whether it answers or not: what the lock beside the database says."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from segue import paths
from segue.address import Address
from segue.errors import Unreachable


def holder(database: Path) -> int | None:
    """Return the pid of the process that has the database open."""
    try:
        with _lock(database).open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read())
    except (OSError, ValueError):
        pass
    return None


def holder_at(address: Address) -> int | None:
    """Return the pid of the daemon whose address that should be, by the settings; None where $SEGUE_URL names another
    than theirs."""
    if os.environ.get("SEGUE_URL") or address.text != paths.address():
        return None
    return holder(paths.database())


def is_it(pid: int) -> bool:
    """Whether the process of this number here is the holder: where that one is in a container, it may be another."""
    descriptors = Path(f"/proc/{pid}/fd")
    if not Path("/proc/self/fd").is_dir():
        return True
    with suppress(OSError):
        lock = _lock(paths.database()).stat()
        return any(_is(file, lock) for file in descriptors.iterdir())
    return False


def mute(address: Address, pid: int, reason: str = "") -> Unreachable:
    """Return the error for a daemon that has the database and does not answer."""
    why = f" ({reason})" if reason else ""
    return Unreachable(
        f"process {pid} holds {paths.database()}, and does not answer at {address.text}{why}: see whether it hangs or"
        " listens elsewhere; `segue server stop` ends it"
    )


def _lock(database: Path) -> Path:
    return database.with_name(database.name + ".lock")


def _is(descriptor: Path, file: os.stat_result) -> bool:
    with suppress(OSError):
        return os.path.samestat(descriptor.stat(), file)
    return False
