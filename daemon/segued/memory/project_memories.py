"""The memories of projects, as the API and the agents use them. What needs no more than the store is asked of that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from segue.errors import Invalid, TooLarge
from segue.models import (
    MAX_TTL_SECONDS,
    ImportedMemory,
    MemoriesImported,
    Memory,
    MemoryHit,
    MemoryHits,
    MemorySaved,
    SaveMemory,
)
from segued import clock
from segued.config import MemorySettings
from segued.jobs import NEVER, Job
from segued.memory.reads import Reads
from segued.memory.search import Search
from segued.store.base import EVERYWHERE, Actor, SearchFilter, Store

_EXPIRED_AT_ONCE = 500


class ProjectMemories:
    """Saves within the limits, counts reads, and deletes what has expired, soon after it has."""

    def __init__(self, store: Store, settings: MemorySettings, search: Search) -> None:
        self._store = store
        self._search = search
        self._settings = settings
        self._reads = Reads(store)
        self._expiry = Job("expiry of memories", self._delete_expired)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Store counts and delete what expires inside the block."""
        async with asyncio.TaskGroup() as tasks:
            kept = [
                tasks.create_task(self._reads.keep_storing(), name="reads of memories"),
                tasks.create_task(self._expiry.keep_running(), name=self._expiry.name),
            ]
            try:
                yield
            finally:
                for task in kept:
                    task.cancel()
                await self._reads.store()

    # --- saving

    async def save(self, by: Actor, project_id: str, new: SaveMemory) -> MemorySaved:
        self._check_size(new.key, new.value)
        saved = await self._store.save_memory(by, project_id, new)
        if new.ttl_seconds is not None:
            self._expiry.due(clock.now() + new.ttl_seconds)
        return saved

    async def bring_in(self, by: Actor, project_id: str, memories: tuple[ImportedMemory, ...]) -> MemoriesImported:
        for at, new in enumerate(memories):
            self._check_size(new.key, new.value)
            _check_life(at, new)
        report = await self._store.save_memories(by, project_id, memories)
        self._expiry.due(min((m.expires_at.timestamp() for m in memories if m.expires_at), default=NEVER))
        return report

    async def restore(self, by: Actor, project_id: str, key: str, version: int) -> MemorySaved:
        saved = await self._store.restore_memory(by, project_id, key, version)
        self._expiry.due(clock.now())  # which finds out whether what was restored expires, and when
        return saved

    def _check_size(self, key: str, value: str) -> None:
        limit = self._settings.max_value_bytes
        if len(value) * 4 > limit and (size := len(value.encode())) > limit:
            raise TooLarge(
                f"the value of {key!r} has {size} bytes and the limit is {limit}: remember less of it, or in parts",
                limit_bytes=limit,
            )

    # --- reading, which counts

    async def get(self, by: Actor, project_id: str, key: str) -> Memory:
        pending = self._reads.of_project(project_id)
        memory = await self._store.get_memory(by, project_id, key)
        return self._reads.count([self._reads.lay_over(memory, pending)])[0]

    async def latest(self, by: Actor, project_id: str, limit: int, offset: int = 0) -> tuple[Memory, ...]:
        """Return the project's memories, those read last first."""
        pending = self._reads.of_project(project_id)
        found = await self._store.list_memories(by, project_id, offset + limit, tuple(pending))
        ordered = sorted(
            (self._reads.lay_over(memory, pending) for memory in found), key=lambda m: m.last_accessed, reverse=True
        )
        return self._reads.count(ordered[offset : offset + limit])

    async def search(
        self, by: Actor, project_id: str, query: str, where: SearchFilter, limit: int, offset: int
    ) -> MemoryHits:
        """Return a page of the project's memories that match, best first."""
        hits, note = await self._find(by, project_id, query, limit + 1, where=where, offset=offset)
        page = self.count_reads(hits[:limit])
        more = len(hits) > limit
        return MemoryHits(project_id=project_id, query=query, memories=page, count=len(page), more=more, note=note)

    async def look_up(
        self, by: Actor, project_id: str, query: str, limit: int, question: str = ""
    ) -> tuple[MemoryHit, ...]:
        """Do as `search`, without counting: what is used of it is counted by `count_reads`. `question` is the whole of
        what `query` has the telling words of."""
        hits, _ = await self._find(by, project_id, query, limit, question)
        return hits

    async def _find(
        self,
        by: Actor,
        project_id: str,
        query: str,
        limit: int,
        question: str = "",
        where: SearchFilter = EVERYWHERE,
        offset: int = 0,
    ) -> tuple[tuple[MemoryHit, ...], str]:
        pending = self._reads.of_project(project_id)
        hits, note = await self._search.memories(by, project_id, query, limit, question, where, offset)
        return tuple(self._reads.lay_over(hit, pending) for hit in hits), note

    def count_reads(self, hits: tuple[MemoryHit, ...]) -> tuple[MemoryHit, ...]:
        return self._reads.count(hits)

    # --- expiry

    async def _delete_expired(self) -> float:
        """Delete what has expired; it is invisible already, so that it stays for a while harms nobody."""
        _, due = await self._store.delete_expired_memories(_EXPIRED_AT_ONCE)
        return due.timestamp() if due is not None else NEVER


def _check_life(at: int, new: ImportedMemory) -> None:
    """Raise `Invalid` if the memory would live longer than one that is saved may."""
    if new.expires_at is not None and new.expires_at.timestamp() > clock.now() + MAX_TTL_SECONDS:
        days = MAX_TTL_SECONDS // 86_400
        raise Invalid(
            f"{new.key!r} would expire in more than {days} days: bring it closer, or leave expires_at out to keep it",
            field=f"memories.{at}.expires_at",
        )
