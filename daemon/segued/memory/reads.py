"""How often memories are read, without a write for each read: counted here, stored together, a second later.

What was counted and is not yet stored is laid over what the store says, so every answer is true. A crash loses the
counts of the last second, and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from segue.errors import Unavailable
from segue.models import Memory, MemoryId
from segued import clock
from segued.store.base import MemoryRead, Store

log = logging.getLogger(__name__)

M = TypeVar("M", bound=Memory)

_STORE_SECONDS = 1.0
_TICK = timedelta(microseconds=1)


class Reads:
    """The reads that are not yet stored, by project."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._of_project: dict[str, dict[MemoryId, MemoryRead]] = {}
        self._counted = asyncio.Event()
        self._last = datetime.fromtimestamp(0, UTC)

    def of_project(self, project_id: str) -> Mapping[MemoryId, MemoryRead]:
        """Return what is to be taken before the store is read, for `lay_over`."""
        return dict(self._of_project.get(project_id, {}))

    def lay_over(self, memory: M, before: Mapping[MemoryId, MemoryRead]) -> M:
        """Return the memory as read by now. What was pending before the store was asked may have been stored since,
        or not: the higher count is the true one."""
        pending = self._of_project.get(memory.project_id, {})
        reads = [read for source in (before, pending) if (read := source.get(memory.memory_id)) is not None]
        if not reads:
            return memory
        return memory.model_copy(
            update={
                "accessed_count": max(memory.accessed_count, *(read.accessed_count for read in reads)),
                "last_accessed": max(memory.last_accessed, *(read.last_accessed for read in reads)),
            }
        )

    def count(self, memories: Sequence[M]) -> tuple[M, ...]:
        """Count one read of each, and return them with it. Of those read together, the first counts as the latest."""
        now = self._last = max(clock.utc(), self._last + len(memories) * _TICK)
        counted = tuple(
            memory.model_copy(
                update={"accessed_count": memory.accessed_count + 1, "last_accessed": now - place * _TICK}
            )
            for place, memory in enumerate(self.lay_over(memory, {}) for memory in memories)
        )
        for memory in counted:
            read = MemoryRead(memory.memory_id, memory.last_accessed, memory.accessed_count)
            self._of_project.setdefault(memory.project_id, {})[memory.memory_id] = read
        self._counted.set()
        return counted

    async def keep_storing(self) -> None:
        """Store what is counted, a second after it was, until cancelled."""
        while True:
            await self._counted.wait()
            await asyncio.sleep(_STORE_SECONDS)
            await self.store()

    async def store(self) -> None:
        """Store what is counted; where the disk refuses, it is kept for the next time."""
        self._counted.clear()
        stored = {project_id: dict(reads) for project_id, reads in self._of_project.items()}
        if not stored:
            return
        try:
            await self._store.update_memory_reads(tuple(read for reads in stored.values() for read in reads.values()))
        except Exception as exc:  # no answer waits for this, and nothing else is lost
            log.warning("reads of memories are not stored yet: %s", exc, exc_info=not isinstance(exc, Unavailable))
            self._counted.set()
            return
        for project_id, reads in stored.items():
            pending = self._of_project[project_id]
            for memory_id, read in reads.items():
                if pending.get(memory_id) is read:
                    del pending[memory_id]
            if not pending:
                del self._of_project[project_id]
