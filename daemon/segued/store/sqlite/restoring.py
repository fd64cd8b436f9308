"""Putting a copy in the database's place, while no daemon runs: at every moment there is one that is whole."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path

from segued import clock
from segued.errors import StoreDamaged, StoreLocked, StoreUnusable
from segued.store.base import Contents
from segued.store.sqlite import copies, migrations
from segued.store.sqlite.lock import locked

_NOTHING_CHANGED = "Nothing was changed."


def verify(file: Path, say: Callable[[str], object]) -> Contents:
    """Look through a backup and say what is in it; raise a `StartError` that says what is wrong with it."""
    with _explained(file, file):
        found = _check(file)
    say(f"{file} is whole: {found.sessions} sessions, {found.messages} messages, of version {found.schema_version}")
    return found


def restore(path: Path, file: Path, dry_run: bool, say: Callable[[str], object]) -> None:
    """Put a copy of `file` in the place of the database at `path`, which is kept beside it under another name.

    Says what it does. Raises a `StartError` where it refuses, and has changed nothing then.
    """
    with _explained(path, file), locked(path):
        if path.exists() and file.exists() and file.samefile(path):
            raise copies.NotWhole(f"{file} is the database itself")
        found = verify(file, say)
        aside = _free_name(path)
        had_one = path.exists()
        if dry_run:
            kept = f", which would be kept as {aside}" if had_one else ""
            say(f"it would take the place of {path}{kept}")
            return
        drop_unfinished(path)
        fresh = _unfinished(path)
        copies.copy_file(file, fresh, lambda done, total: None)
        if _check(fresh) != found:
            fresh.unlink()
            raise copies.NotWhole(f"the copy of {file} is not what that is: the disk of {path.parent} may be failing")
        _exchange(path, fresh, aside)
    say(f"restored: {path} is {file} now")
    if had_one:
        say(f"what was there is kept as {aside}; delete it once all is well")


def drop_unfinished(path: Path) -> None:
    """Delete what a restore that was killed left beside the database. Only for whoever has the lock."""
    fresh = _unfinished(path)
    for name in (fresh, fresh.with_name(fresh.name + "-journal"), *copies.beside(fresh)):
        name.unlink(missing_ok=True)


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.restoring")


def _free_name(path: Path) -> Path:
    """Return a name for the database that is put aside, which neither it nor its log would share with another."""
    stem = f"{path.name}.before-restore-{datetime.fromtimestamp(clock.now(), UTC):%Y%m%dT%H%M%SZ}"
    names = (path.with_name(name) for name in chain([stem], (f"{stem}-{number}" for number in count(1))))
    return next(name for name in names if not any(map(os.path.lexists, (name, *copies.beside(name)))))


def _check(file: Path) -> Contents:
    return copies.check(file, migrations.newest(), lambda done, total: None)


def _exchange(path: Path, fresh: Path, aside: Path) -> None:
    """Give the old database a second name, with its log; then put the new one in its place.

    A log that stays behind beside another database would be played into that: it goes first. Whoever is stopped in
    between has the old one whole under its second name.
    """
    for old, kept in zip((path, *copies.beside(path)), (aside, *copies.beside(aside)), strict=True):
        if old.exists():
            _link(old, kept)
    copies.sync(path.parent)
    for name in copies.beside(path):
        name.unlink(missing_ok=True)
    os.replace(fresh, path)
    copies.sync(path.parent)


def _link(old: Path, kept: Path) -> None:
    try:
        os.link(old, kept)
    except FileExistsError:
        raise
    except OSError:  # a file system that knows one name a file
        os.rename(old, kept)


@contextmanager
def _explained(path: Path, file: Path) -> Iterator[None]:
    try:
        yield
    except StoreLocked as exc:
        raise StoreLocked(
            f"a daemon runs on {path}: stop it first (`segue server stop`; under systemd"
            f" `systemctl --user stop segued.socket segued.service`). {_NOTHING_CHANGED}"
        ) from exc
    except copies.NotWhole as exc:
        raise StoreDamaged(f"{exc}. {_NOTHING_CHANGED}") from exc
    except (sqlite3.Error, OSError) as exc:
        raise StoreUnusable(f"{file} cannot be restored: {exc}. {_NOTHING_CHANGED}") from exc
