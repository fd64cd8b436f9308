"""A file's items in portions, read in a thread: a little at a time, so that others are served in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import islice

from segue.models import ImportProgress
from segued import clock
from segued.imports.base import Item, Read, Said, Source
from segued.imports.sifting import sifted

_ITEMS = 500
_CHARACTERS = 2 * 1024 * 1024
_SECONDS = 0.2


class Feed:
    """Reads the source once from its beginning."""

    def __init__(self, read: Read, source: Source, most_bytes: int, most_kept_bytes: int) -> None:
        self._items = sifted(read(source), most_bytes, most_kept_bytes, clock.utc())
        self._file = source.file
        self._size = source.file.seek(0, 2)
        self._furthest = 0

    async def portions(self) -> AsyncIterator[list[Item]]:
        """Yield the items, some at a time: as many as go into one commit, or as can be read in a moment."""
        while True:
            items, more = await asyncio.to_thread(self._take)
            yield items
            if not more:
                return

    def progress(self, checking: bool) -> ImportProgress:
        stage = "checking" if checking else "storing"
        return ImportProgress(stage=stage, done=self._furthest, total=self._size)

    def _take(self) -> tuple[list[Item], bool]:
        taken: list[Item] = []
        characters, until = 0, time.monotonic() + _SECONDS
        for item in islice(self._items, _ITEMS):
            taken.append(item)
            characters += len(item.text) + len(item.kept or "") if isinstance(item, Said) else 0
            if characters > _CHARACTERS or time.monotonic() > until:
                break
        else:
            if len(taken) < _ITEMS:
                self._furthest = self._size
                return taken, False
        self._furthest = max(self._furthest, self._file.tell())
        return taken, True
