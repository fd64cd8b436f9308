"""The verbs about memories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from segue.models import (
    ImportedMemory,
    MemoriesImported,
    Memory,
    MemoryHistory,
    MemoryHit,
    MemoryId,
    MemorySaved,
    Project,
    SaveMemory,
)
from segued.store.base.actors import Actor
from segued.store.base.search import EVERYWHERE, SearchFilter


@dataclass(frozen=True)
class MemoryRead:
    """How often a memory was read by now, and when last."""

    memory_id: MemoryId
    last_accessed: datetime
    accessed_count: int


class MemoryVerbs(Protocol):
    async def list_projects(self, by: Actor, limit: int, offset: int) -> tuple[Project, ...]:
        """Return the projects of the actor's sessions, and those that are theirs, by name."""
        ...

    async def list_memories(
        self, by: Actor, project_id: str, limit: int, also: tuple[MemoryId, ...] = ()
    ) -> tuple[Memory, ...]:
        """Return the project's memories that were read last, behind them those of `also`. Of a project that is not
        the actor's, or that nobody knows: none."""
        ...

    async def list_memories_by_key(
        self, by: Actor, project_id: str, after_key: str, limit: int
    ) -> tuple[Memory, ...]: ...

    async def list_memory_hits(
        self, by: Actor, project_id: str, query: str, limit: int, where: SearchFilter = EVERYWHERE, offset: int = 0
    ) -> tuple[MemoryHit, ...]:
        """Return a page of the project's memories that match the words of `query`, best first."""
        ...

    async def get_memory(self, by: Actor, project_id: str, key: str) -> Memory:
        """Raises `MemoryNotFound`, too if it has expired or the project is not the actor's."""
        ...

    async def get_memory_history(self, by: Actor, project_id: str, key: str) -> MemoryHistory: ...

    async def save_memory(self, by: Actor, project_id: str, new: SaveMemory) -> MemorySaved:
        """Save the next version of a memory, its first where there is none. Raises `Forbidden` if the project is
        somebody else's."""
        ...

    async def save_memories(self, by: Actor, project_id: str, memories: tuple[ImportedMemory, ...]) -> MemoriesImported:
        """Save those that are new or say something new; all or none."""
        ...

    async def restore_memory(self, by: Actor, project_id: str, key: str, version: int) -> MemorySaved:
        """Let the memory say again what it said in that version, as its next one. If that version was to
        expire, so is this one, after as long."""
        ...

    async def delete_memory(self, by: Actor, project_id: str, key: str) -> None:
        """Delete the memory with all its versions; only `memory.deleted` stays in the log."""
        ...

    async def delete_expired_memories(self, limit: int) -> tuple[int, datetime | None]:
        """Delete memories that have expired, at most `limit`; return how many, and when the next one expires."""
        ...

    async def update_memory_reads(self, reads: tuple[MemoryRead, ...]) -> None:
        """Note how often memories were read. Neither count nor time moves back."""
        ...
