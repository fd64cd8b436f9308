"""Database files that nobody has open for writing: copied by SQLite's backup API, and looked through."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from segued.store.base.backups import Contents, Show

APPLICATION_ID = 0x53454755  # "SEGU", written into the file's header
_STEP_PAGES = 128  # copied at a time: half a mebibyte
_TICK_STEPS = 200_000  # of SQLite's virtual machine, between two looks whether to go on
_PROBLEMS = 5  # told of one file


class NotWhole(Exception):
    """The file is no backup that can be used; the text says why."""


def copy(source: sqlite3.Connection, file: Path, show: Show) -> None:
    """Copy the database as it is now into a new file, which only its owner may read and which is whole by itself.

    A transaction that has read holds its view of the database: without it, the copy would begin anew whenever the
    writer, which is another connection, commits. Leaves no file where it fails.
    """
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    try:
        source.execute("BEGIN")
        try:
            (page_size,) = source.execute("PRAGMA page_size").fetchone()
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            with closing(sqlite3.connect(file, isolation_level=None)) as target:
                target.execute("PRAGMA synchronous = OFF")  # it is synced once, at the end
                source.backup(
                    target,
                    pages=_STEP_PAGES,
                    progress=lambda _, left, total: show((total - left) * page_size, total * page_size),
                )
                target.execute("PRAGMA journal_mode = DELETE")  # no files beside it
        finally:
            source.execute("ROLLBACK")
        sync(file)
    except BaseException:
        for name in (file, *beside(file)):
            name.unlink(missing_ok=True)
        raise


def copy_file(source: Path, file: Path, show: Show) -> None:
    """Copy a database file that is not in use, with what waits in the log beside it."""
    with reading(source) as connection:
        copy(connection, file, show)


@contextmanager
def reading(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a database that is not in use, only to be read. Raises `NotWhole` if it is none."""
    if not file.is_file():
        raise NotWhole(f"there is no file {file}")
    if not file.stat().st_size:  # SQLite would take it for a database, and delete a log beside it
        raise NotWhole(f"{file} is empty")
    # Without a log beside it nothing can change it: said so, SQLite makes no files of its own, nor needs to.
    has_log = any(name.exists() for name in beside(file))
    uri = f"file:{quote(str(file.absolute()))}?mode=ro" + ("" if has_log else "&immutable=1")
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            yield connection
    except sqlite3.DatabaseError as exc:
        code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise NotWhole(f"{file} is damaged, or no database ({exc})") from exc
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY):
            raise NotWhole(f"{file} cannot be read ({exc}): see to its owner and its permissions") from exc
        raise


def check(file: Path, newest: int, show: Show) -> Contents:
    """Look through a whole file; raises `NotWhole` if it is not what the daemon of this version could go on with."""

    def tick() -> int:
        show(0, 0)
        return 0

    with reading(file) as connection:
        connection.set_progress_handler(tick, _TICK_STEPS)
        try:
            return _check(connection, file, newest)
        finally:
            connection.set_progress_handler(None, 0)


def _check(connection: sqlite3.Connection, file: Path, newest: int) -> Contents:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID:
        raise NotWhole(f"{file} is no database of Segue")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > newest:
        raise NotWhole(
            f"{file} is of version {version}, and this program knows versions up to {newest}:"
            " install the version of Segue that wrote it, or a later one"
        )
    if found := problems(connection, full=True):
        raise NotWhole(f"{file} is damaged: {'; '.join(found)}")
    (sessions,) = connection.execute("SELECT count(*) FROM sessions").fetchone()
    (messages,) = connection.execute("SELECT count(*) FROM messages WHERE NOT deleted").fetchone()
    return Contents(version, sessions, messages)


def problems(connection: sqlite3.Connection, full: bool) -> tuple[str, ...]:
    """Return what is wrong with the database, in SQLite's words: the first few."""
    pragma = "integrity_check" if full else "quick_check"
    try:
        found = [row[0] for row in connection.execute(f"PRAGMA {pragma}({_PROBLEMS})")]
        found = [text for text in found if text != "ok"]
        for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
            found.append(f"row {row} of {table} names what is not in {parent}")
            if len(found) >= _PROBLEMS:
                break
    except sqlite3.DatabaseError as exc:
        if getattr(exc, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        found = [str(exc)]
    return tuple(" ".join(text.removeprefix("*** in database main ***").split()) for text in found[:_PROBLEMS])


def beside(file: Path) -> tuple[Path, Path]:
    """Return the files that SQLite keeps beside a database: its log, and the index of that."""
    return file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")


def sync(path: Path) -> None:
    """Have a file, or a folder's list of names, on disk. Never for a database that is open."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
