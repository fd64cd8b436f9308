"""The database file at the start: whether it is ours, whole, and of this version; and what is said where it is not."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segued.errors import StartError, StoreDamaged, StoreLocked, StoreTooNew, StoreUnusable
from segued.store.sqlite import copies, migrations, room

log = logging.getLogger(__name__)

QUICK_CHECK_BYTES = 16 * 1024 * 1024  # files up to this size are looked through at every start


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's refusals at the start into words for whoever runs the daemon."""
    try:
        yield
    except sqlite3.Error as exc:
        code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
        reason: StartError
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            reason = _damaged(path, str(exc))
        elif code == sqlite3.SQLITE_FULL:
            reason = StoreUnusable(f"the disk of {path.parent} is full: free some space and start again")
        elif code == sqlite3.SQLITE_BUSY:
            reason = StoreLocked(f"another program holds {path} open for writing: close it and start again")
        else:
            reason = StoreUnusable(f"{path} cannot be used: {exc}; check its owner, its permissions and its disk")
        raise reason from exc


def _damaged(path: Path, what: str) -> StoreDamaged:
    return StoreDamaged(
        f"{path} is damaged, or no database ({what}): nothing was changed."
        " To go on, restore a backup (`segue restore FILE` keeps this file aside), or give another one in [store] path."
    )


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Check that the file is ours and whole, then bring it to the newest schema."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application_id != copies.APPLICATION_ID:
        raise StoreDamaged(f"{path} is the database of another program: give another file in [store] path")
    if not tables:
        os.chmod(path, 0o600)
        room.prepare(connection)
        connection.execute(f"PRAGMA application_id = {copies.APPLICATION_ID}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    if path.stat().st_size < pages * page_size:
        raise _damaged(path, "it is shorter than it says")
    if tables and pages * page_size <= QUICK_CHECK_BYTES:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise _damaged(path, verdict)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > migrations.newest():
        raise _too_new(path, version)
    if tables and version < migrations.newest():
        _keep_copy(connection, path, version)
    migrations.migrate(connection)
    room.convert(connection, path)
    if not tables:
        log.info("a new database was made at %s", path)


def is_missing(path: Path) -> bool:
    """Whether there is no database. Raises `StoreDamaged` where one was: its log would be lost to a new one, or nobody
    would notice."""
    try:
        if path.stat().st_size:
            return False
    except FileNotFoundError:
        pass
    except OSError:  # whoever opens it says why
        return False
    log_file = copies.beside(path)[0]
    kept = sorted(path.parent.glob(f"{path.name}.before-*"))
    left = [*([log_file] if log_file.exists() else []), *kept]
    if not left:
        return True
    raise StoreDamaged(
        f"{path} is {'empty' if path.exists() else 'missing'}, and {left[0]} shows that a database was there: nothing"
        f" was changed. Put the database back beside its log, or restore a copy (`segue restore FILE`);"
        f" to begin anew without it, move {left[0].name} away"
    )


def is_unclean(path: Path) -> bool:
    """Whether whoever had the database last did not close it: SQLite removes the log when it is closed."""
    return copies.beside(path)[0].exists()


def _too_new(path: Path, version: int) -> StoreTooNew:
    before = sorted(name for number, name in _copies_before(path) if number > migrations.newest())
    back = f" Or go back to how it was before the update: `segue restore {before[0]}`." if before else ""
    return StoreTooNew(
        f"the database is of version {version}, and this program knows versions up to {migrations.newest()}:"
        f" install the version of Segue that wrote it, or a later one. Nothing was changed.{back}"
    )


def _keep_copy(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Keep the database as it was before an update, beside it; the copy of the update before goes."""
    newest = migrations.newest()
    kept, unfinished = path.with_name(f"{path.name}.before-{newest}"), path.with_name(f".{path.name}.before-{newest}")
    log.info("the database goes from version %d to %d: it is copied to %s first", version, newest, kept)
    unfinished.unlink(missing_ok=True)
    copies.copy(connection, unfinished, lambda done, total: None)
    os.replace(unfinished, kept)
    for number, name in _copies_before(path):
        if number != newest:
            name.unlink(missing_ok=True)
    log.warning("the way back, if need be: install the version of before, then `segue restore %s`", kept)


def _copies_before(path: Path) -> Iterator[tuple[int, Path]]:
    """Yield the copies that were kept before updates, each with the version that came after it."""
    for name in path.parent.glob(f"{path.name}.before-*"):
        if number := re.fullmatch(r".*\.before-(\d+)", name.name):
            yield int(number[1]), name
