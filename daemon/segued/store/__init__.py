"""What the daemon keeps: `base` says what a store does, each driver has a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from segued.config import Settings
from segued.store.base import Publish, Quotas, Store


def open_store(settings: Settings, publish: Publish) -> AbstractAsyncContextManager[Store]:
    """Open the store that the settings name; `publish` is given every event once it is on disk."""
    from segued.store.sqlite import open_sqlite

    quotas = Quotas(settings.users.max_sessions, settings.users.max_bytes)
    return open_sqlite(settings.database, settings.store.readers, publish, quotas)


def verify(file: Path, say: Callable[[str], object]) -> None:
    """Look through a backup and say what is in it; raise a `StartError` if it could not be restored."""
    from segued.store.sqlite import restoring

    restoring.verify(file, say)


def restore(settings: Settings, file: Path, *, dry_run: bool, say: Callable[[str], object]) -> None:
    """Put a backup in the place of what is there, which is kept aside. Raises a `StartError` where it refuses."""
    from segued.store.sqlite import restoring

    restoring.restore(settings.database, file, dry_run, say)
