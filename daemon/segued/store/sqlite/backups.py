"""Copies of the open database, and whether it is whole: on a connection that nobody else waits for."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from pathlib import Path

from segue.errors import StorageFailed, StorageFull
from segue.models import Integrity
from segued.store.base import Contents, Show
from segued.store.sqlite import copies, migrations
from segued.store.sqlite.connection import Connection
from segued.store.sqlite.faults import translate


async def add_copy(connection: Connection, file: Path, copying: Show, checking: Show) -> Contents:
    gone = threading.Event()

    def told(show: Show) -> Show:
        def tick(done: int, total: int) -> None:
            if gone.is_set():
                raise InterruptedError("nobody waits for it any more")
            show(done, total)

        return tick

    try:
        await connection.run(lambda source: copies.copy(source, file, told(copying)))
        return await asyncio.to_thread(_checked, file, told(checking))
    except sqlite3.Error as exc:
        raise _refused(exc, file) from exc
    except OSError as exc:
        raise StorageFailed(f"no backup was made: {file} cannot be written ({exc.strerror or exc})") from exc
    except copies.NotWhole as exc:
        raise StorageFailed(f"no backup was made, for the copy is not whole: {exc}") from exc
    finally:
        gone.set()


def _checked(file: Path, show: Show) -> Contents:
    """Look through the copy; one that is not well, or that nobody waits for, is not kept."""
    try:
        return copies.check(file, migrations.newest(), show)
    except BaseException:
        file.unlink(missing_ok=True)
        raise


async def check_integrity(connection: Connection, full: bool) -> Integrity:
    began = time.monotonic()
    try:
        found, size = await connection.run(lambda source: (copies.problems(source, full), _size(source)))
    except sqlite3.Error as exc:
        raise translate(exc) from exc
    seconds = round(time.monotonic() - began, 3)
    return Integrity(ok=not found, full=full, problems=found, bytes=size, seconds=seconds)


def _size(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages * page_size)


def _refused(exc: sqlite3.Error, file: Path) -> StorageFull | StorageFailed:
    if getattr(exc, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return StorageFull(f"no backup was made: the disk of {file.parent} is full; free some space", retry_after=60)
    return StorageFailed(f"no backup was made: {translate(exc).message} ({exc})")
