"""What SQLite's errors mean, in the contract's words; and what is to be done about each."""

from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path

from segue.errors import StorageFailed, StorageFull
from segue.models import Integrity
from segued.store.sqlite.copies import beside
from segued.store.sqlite.lock import Lock

log = logging.getLogger(__name__)

DAMAGED = "the database file is damaged: `segue doctor` says where; restore a backup with `segue restore`"
_RESCUE = "do not restart the daemon, which still has all of it: `segue backup FILE` first"
_MOVED = (
    f"the database file was moved or deleted: nothing was stored; {_RESCUE}, then put the file back, or stop the daemon"
    " and `segue restore FILE`"
)
_LOG_GONE = (
    "the database's log (the file that ends in -wal) was moved or deleted: nothing was stored;"
    f" {_RESCUE}, then stop the daemon and `segue restore FILE`"
)


def translate(exc: sqlite3.Error) -> StorageFull | StorageFailed:
    """Say in the contract's words what SQLite says in its own."""
    extended = getattr(exc, "sqlite_errorcode", 0)
    code = extended & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StorageFull("the disk is full: nothing was stored; free some space and send it again", retry_after=10)
    if is_lost(exc):
        return StorageFailed(str(exc) if isinstance(exc, Lost) else _MOVED, retry_after=10)
    if code == sqlite3.SQLITE_READONLY:
        text = "the database cannot be written (read-only): nothing was stored; see to its permissions and its mount"
        return StorageFailed(text, retry_after=10)
    if extended == sqlite3.SQLITE_CORRUPT_VTAB:
        return StorageFailed("the search index is damaged: build it anew with `segue reindex`", retry_after=60)
    if is_damage(exc):
        return StorageFailed(f"{DAMAGED}. Nothing was stored", retry_after=60)
    if code == sqlite3.SQLITE_IOERR:
        text = "the disk refuses (I/O error): nothing was stored; see to the disk, its quota and the system's log"
        return StorageFailed(text, retry_after=10)
    log.error("the database failed: %s", exc, exc_info=exc)
    return StorageFailed("the database failed: nothing was stored; the daemon's log says why", retry_after=5)


def is_damage(exc: sqlite3.Error) -> bool:
    """Whether the file itself is broken, and not only the search index, which can be built anew."""
    extended = getattr(exc, "sqlite_errorcode", 0)
    code = extended & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) and extended != sqlite3.SQLITE_CORRUPT_VTAB


class Lost(sqlite3.OperationalError):
    """The file, its log or its lock is not where it was; the text says what to do."""


def is_lost(exc: sqlite3.Error) -> bool:
    """Whether the file is not where it was when it was opened."""
    return isinstance(exc, Lost) or getattr(exc, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_DBMOVED


class Health:
    """What is known of how the disk and the file are. `refusing` is why the last write failed; `damage` is remembered
    until the whole file was found to be well."""

    def __init__(self) -> None:
        self.refusing: str | None = None
        self.damage: str | None = None

    def note_write(self, failure: sqlite3.Error | None) -> None:
        """Remember how the last write went, and log it where it went otherwise than the one before."""
        before, self.refusing = self.refusing, self.refusal(failure).message if failure else None
        if self.refusing and before != self.refusing:
            log.error("nothing can be written (%s): %s", failure, self.refusing)
        elif before and not self.refusing:
            log.warning("the database takes writes again")

    def refusal(self, exc: sqlite3.Error) -> StorageFull | StorageFailed:
        """Return what callers are told."""
        if is_damage(exc):
            self.note_damage(str(exc))
        return translate(exc)

    def note_damage(self, what: str) -> None:
        if self.damage is None:
            log.error("%s (%s)", DAMAGED, what)
        self.damage = f"{DAMAGED} ({what})"

    def note_check(self, found: Integrity) -> None:
        """Remember what was found wrong; what was thought to be is forgotten once a full look finds nothing."""
        if not found.ok:
            self.note_damage(found.problems[0])
        elif found.full:
            self.damage = None


class Place:
    """Where the database file, its log and its lock were when it was opened."""

    def __init__(self, path: Path, lock: Lock) -> None:
        self._path = path
        self._log_path = beside(path)[0]
        self._lock = lock
        self._file, self._log = _identity(self._path), _identity(self._log_path)

    def check(self) -> None:
        """Raise `Lost` if they are there no more: what is written to a file that has no name is lost, and SQLite
        itself does not look, with a log beside the database."""
        if _identity(self._path) != self._file:
            raise Lost(_MOVED)
        if _identity(self._log_path) != self._log:
            raise Lost(_LOG_GONE)
        if (other := self._lock.lost_to()) is not None:
            raise Lost(f"another daemon (pid {other}) has taken the database: nothing was stored; stop one of the two")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def write_nothing(connection: sqlite3.Connection) -> None:
    """Write what is there already, all the way to the disk."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def forget(connection: sqlite3.Connection) -> None:
    """Have the connection look at the disk again, and not at what it remembers; what was interrupted is over."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")
    connection.execute("PRAGMA shrink_memory")
