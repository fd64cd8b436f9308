"""What the daemon keeps: `base` says what a store does, each driver has a folder of its own."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from segued.config import Settings
from segued.store.base import Publish, Store


def open_store(settings: Settings, publish: Publish) -> AbstractAsyncContextManager[Store]:
    """Open the store that the settings name; `publish` is given every event once it is on disk."""
    from segued.store.sqlite import open_sqlite

    return open_sqlite(settings.database, settings.store.readers, publish)
