"""Room that is not needed is given back: pages that deletions have left free, and what the write-ahead log takes.

All of it runs in the writer's thread, between commits, for no other connection may checkpoint. Small steps when nobody
writes; nobody waits longer for one than for a commit. A database made before free pages could be given back is written
anew once: at the start where that takes a moment, else by `segue server vacuum`.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

from segued.store.sqlite.connection import LOG_BYTES, Connection

log = logging.getLogger(__name__)

_INCREMENTAL = 2  # of PRAGMA auto_vacuum
_SPARE_PAGES = 256  # left free, for what comes next
_STEP_PAGES = 128  # given back at once: half a mebibyte
_LONG_LOG_BYTES = 64 * 1024 * 1024  # a longer one is cut while others write
_LOOK_SECONDS = 10.0
_WAIT_MS = 100  # for readers of a long log
_BUSY_MS = 10_000  # what the writer waits otherwise
_SMALL_BYTES = 64 * 1024 * 1024  # written anew in a second or two


def prepare(connection: sqlite3.Connection) -> None:
    """Let an empty database give free pages back; that can be chosen only before anything is in it."""
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")


def convert(connection: sqlite3.Connection, path: Path) -> None:
    """Let an older database give free pages back, if it is small."""
    if _can_give_back(connection):
        return
    if database_bytes(connection) > _SMALL_BYTES:
        log.info("%s does not shrink when something is deleted: run `segue server vacuum` once", path)
        return
    try:
        rebuild(connection)
    except sqlite3.Error as exc:  # it is as it was, and can be used
        log.warning("%s could not be written anew (%s): it does not shrink when something is deleted", path, exc)


def rebuild(connection: sqlite3.Connection) -> tuple[int, int]:
    """Write the whole database anew; return its size before and after, in bytes."""
    before = database_bytes(connection)
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA temp_store = FILE")
    try:
        connection.execute("VACUUM")
    finally:
        connection.execute("PRAGMA temp_store = MEMORY")
    _checkpoint(connection, wait_ms=_WAIT_MS)
    return before, database_bytes(connection)


def idle_work(path: Path, first: Callable[[sqlite3.Connection], bool]) -> Callable[[sqlite3.Connection], bool]:
    """Return what the writer does when nobody writes: `first`, and when that is done, what is here."""

    def work(connection: sqlite3.Connection) -> bool:
        return first(connection) or _give_back(connection) or _cut_log(connection, path)

    return work


async def keep_log_short(writer: Connection, path: Path) -> None:
    """Cut the log also where somebody always writes and reads, until cancelled."""
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if log_bytes(path) > _LONG_LOG_BYTES:
            try:
                await writer.run(lambda connection: _checkpoint(connection, wait_ms=_WAIT_MS))
            except sqlite3.Error as exc:
                log.warning("the write-ahead log could not be cut: %s", exc)


def database_bytes(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages * page_size)


def log_bytes(path: Path) -> int:
    """Return the size of the write-ahead log beside the database, which is never opened here."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size
    except OSError:
        return 0


def path_of(connection: sqlite3.Connection) -> Path:
    """Return the database's file."""
    return Path(connection.execute("PRAGMA database_list").fetchone()["file"])


def _can_give_back(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA auto_vacuum").fetchone()[0] == _INCREMENTAL)


def _give_back(connection: sqlite3.Connection) -> bool:
    """Give some free pages back; return whether there are more."""
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    if free <= _SPARE_PAGES or not _can_give_back(connection):
        return False
    # Not `execute`: it would take the first of the steps, one page, and leave the others.
    connection.executescript(f"PRAGMA incremental_vacuum({min(_STEP_PAGES, free - _SPARE_PAGES)})")
    return True


def _cut_log(connection: sqlite3.Connection, path: Path) -> bool:
    """Empty a log that has grown, or by which the file would be shorter; return whether a reader was in the way."""
    try:
        is_due = log_bytes(path) > LOG_BYTES or path.stat().st_size > database_bytes(connection)
    except OSError:  # somebody has moved the file: the next write says so
        return False
    return is_due and not _checkpoint(connection, wait_ms=0)


def _checkpoint(connection: sqlite3.Connection, wait_ms: int) -> bool:
    """Bring the log into the database and empty it; return whether that could be done."""
    connection.execute(f"PRAGMA busy_timeout = {wait_ms}")
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    return not busy
