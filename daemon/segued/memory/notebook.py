"""A project's memories as an agent has them before it while it answers in one session of the project."""

from __future__ import annotations

from dataclasses import dataclass

from segue.models import AddContext, MemoryHit, SaveMemory, Session
from segued.memory.project_memories import ProjectMemories
from segued.memory.words import telling
from segued.store.base import Actor, Store

_RECALLED = 8  # memories, at most
_LONGEST_QUESTION = 4000  # characters that are looked at


@dataclass(frozen=True)
class ProjectNotebook:
    """Read as `reader` would, the session's owner, for all its members share it; written by `writer`, who asks."""

    store: Store
    memories: ProjectMemories
    session: Session
    project_id: str
    reader: Actor
    writer: Actor

    async def recall(self, about: str) -> tuple[MemoryHit, ...]:
        """Return the memories that share a word with `about`, best first."""
        words = " ".join(telling(about[:_LONGEST_QUESTION]))
        return await self.memories.look_up(self.reader, self.project_id, words, _RECALLED, about) if words else ()

    async def note_use(self, used: tuple[MemoryHit, ...]) -> None:
        """Count the memories as read, and note in the session's context that they were used."""
        if not used:
            return
        self.memories.count_reads(used)
        uses = tuple(AddContext(memory_id=memory.memory_id, memory_key=memory.key) for memory in used)
        agent = Actor(user_id=self.writer.user_id, name=self.writer.name, interface="agent", sees_all=True)
        await self.store.add_context(agent, self.session.id, uses)

    async def remember(self, key: str, value: str) -> None:
        """Save a memory that comes from the session. Raises `Forbidden` if who asks may not."""
        new = SaveMemory(key=key, value=value, session_id=self.session.id)
        await self.memories.save(self.writer, self.project_id, new)
