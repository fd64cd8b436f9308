"""The verbs about search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from segue.models import MessageId, Rebuilt, Role, SearchHit, SearchPage, SessionId
from segued.store.base.actors import Actor


@dataclass(frozen=True)
class SearchFilter:
    """Which messages are searched: `user` is the name of who said it, or their user's name or id; from `since` on, and
    before `until`. Of memories, who saved the present version, where and when; they have no role, and the project is
    named beside it."""

    session_id: SessionId | None = None
    project_id: str | None = None
    user: str | None = None
    interface: str | None = None
    role: Role | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERYWHERE = SearchFilter()


@dataclass(frozen=True)
class Meant:
    """A vector that says what a message or a memory means; `number` is that of the text it was made of."""

    number: int
    vector: bytes


@dataclass(frozen=True)
class Unembedded:
    """A text that has no vector of the model yet."""

    number: int
    text: str


@dataclass(frozen=True)
class Vectors:
    """Vectors of one model, one behind the other, and the ids of the memories or messages that they are of."""

    ids: tuple[str, ...]
    joined: bytes


class SearchVerbs(Protocol):
    async def list_hits(self, by: Actor, query: str, where: SearchFilter, limit: int, offset: int = 0) -> SearchPage:
        """Return a page of the messages that match the words of `query`, best first."""
        ...

    async def list_hits_by_id(self, by: Actor, query: str, message_ids: tuple[MessageId, ...]) -> tuple[SearchHit, ...]:
        """Return these messages as hits, in this order, without those that the actor does not see."""
        ...

    async def list_unembedded(self, model: str, after: int, limit: int, messages: bool) -> tuple[Unembedded, ...]:
        """Return texts of memories, and with `messages` of messages, that have no vector of the model, by their
        numbers, behind `after`."""
        ...

    async def list_memory_vectors(
        self, by: Actor, project_id: str, model: str, where: SearchFilter = EVERYWHERE
    ) -> Vectors: ...

    async def list_message_vectors(self, by: Actor, where: SearchFilter, model: str, limit: int) -> Vectors:
        """Return the vectors of the newest messages that there are in question."""
        ...

    async def add_vectors(self, model: str, vectors: tuple[Meant, ...]) -> None:
        """Keep vectors, instead of those that an other model gave; not those of texts that are gone."""
        ...

    async def get_unindexed(self) -> int:
        """Return how many messages and memories are not in the full-text index yet, counted up to 10,000."""
        ...

    async def rebuild_index(self, by: Actor) -> Rebuilt:
        """Empty the full-text index, to be filled again from the messages and memories while the daemon goes on, and
        drop the vectors of what is gone."""
        ...
