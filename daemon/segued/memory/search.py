"""Search: by words, which the store does; with an embedder by meaning too, both fused by reciprocal rank."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from segue.events import DurableEvent
from segue.models import Memory, MemoryHit, MemoryId, MessageId, Model, SearchPage
from segued.config import SearchSettings
from segued.memory.embedders import EmbedderFailed, open_embedder
from segued.memory.meanings import Meanings
from segued.store.base import EVERYWHERE, Actor, SearchFilter, Store

_FUSED = 100  # of what was found by words, where it is fused with what was found by meaning
_FUSION = 60  # the usual constant of reciprocal rank fusion
_BEHIND = 1000  # messages and memories that are not indexed yet, from which on a search says so
_SNIPPET = 160  # characters
_MOST_WAITING = 10_000  # up to which the store counts them

Hit = TypeVar("Hit", bound=Model)


class Search:
    """Finds messages and memories. Without an embedder, or while it fails, by their words alone."""

    def __init__(self, store: Store, settings: SearchSettings) -> None:
        self._store = store
        embedder = open_embedder(settings)
        self._meanings = Meanings(store, settings, embedder) if embedder is not None else None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if self._meanings is None:
            yield
            return
        async with self._meanings.running():
            yield

    def note(self, event: DurableEvent) -> None:
        """Take notice of what there is to be found anew."""
        if self._meanings is None:
            return
        if event.type == "memory.saved":
            self._meanings.wake()
        elif self._meanings.covers_messages and event.type in ("message.created", "message.updated"):
            self._meanings.wake(from_start=event.type == "message.updated")

    async def state(self) -> str:
        """Say in a line how things are found."""
        waiting = await self._store.get_unindexed()
        count = f"{waiting:,}" if waiting < _MOST_WAITING else f"more than {_MOST_WAITING:,}"
        index = f"; {count} are still to be indexed" if waiting > _BEHIND else ""
        if self._meanings is None:
            return f"by words only: no embedder is set (search.embedder){index}"
        what = "memories and messages" if self._meanings.covers_messages else "memories"
        if self._meanings.failure:
            return f"by words only for now: the embedder fails: {self._meanings.failure}{index}"
        busy = ", still embedding" if self._meanings.busy else ""
        return f"by words, and {what} by meaning ({self._meanings.model}{busy}){index}"

    async def memories(
        self,
        by: Actor,
        project_id: str,
        query: str,
        limit: int,
        question: str = "",
        where: SearchFilter = EVERYWHERE,
        offset: int = 0,
    ) -> tuple[tuple[MemoryHit, ...], str]:
        """Return a page of the project's memories that match, best first, and what to say of the search. `question` is
        what is meant, if that is more than the words of `query`."""
        note = await self._note_of_index()
        if self._meanings is None:
            return await self._store.list_memory_hits(by, project_id, query, limit, where, offset), note
        try:
            near = await self._meanings.near_memories(by, project_id, where, question or query)
        except EmbedderFailed as exc:
            by_words = await self._store.list_memory_hits(by, project_id, query, limit, where, offset)
            return by_words, _join(note, _without_meaning(exc))
        by_words = await self._store.list_memory_hits(by, project_id, query, _FUSED, where)
        hits = {str(hit.memory_id): hit for hit in by_words}
        others = tuple(MemoryId(one) for one in near if one not in hits)
        for memory in await self._store.list_memories(by, project_id, 0, others):
            hits[memory.memory_id] = _as_hit(memory)
        fused = _fused(hits, [str(hit.memory_id) for hit in by_words], near)
        return tuple(fused[offset : offset + limit]), note

    async def messages(self, by: Actor, query: str, where: SearchFilter, limit: int, offset: int) -> SearchPage:
        """Return a page of the messages that match, best first."""
        note = await self._note_of_index()
        by_words = await self._store.list_hits(by, query, where, limit, offset)
        if self._meanings is None or not self._meanings.covers_messages:
            return by_words.model_copy(update={"note": note})
        try:
            near = await self._meanings.near_messages(by, where, query)
        except EmbedderFailed as exc:
            return by_words.model_copy(update={"note": _join(note, _without_meaning(exc))})
        first = (await self._store.list_hits(by, query, where, _FUSED)).hits
        hits = {str(hit.message.id): hit for hit in first}
        others = tuple(MessageId(one) for one in near if one not in hits)
        hits |= {str(hit.message.id): hit for hit in await self._store.list_hits_by_id(by, query, others)}
        fused = _fused(hits, [str(hit.message.id) for hit in first], near)
        return by_words.model_copy(
            update={"hits": tuple(fused[offset : offset + limit]), "total": len(fused), "note": note}
        )

    async def _note_of_index(self) -> str:
        behind = await self._store.get_unindexed()
        return "the search index is being built: not everything can be found yet" if behind > _BEHIND else ""


def _without_meaning(exc: EmbedderFailed) -> str:
    return f"searched by words only: the embedder fails ({exc})"


def _join(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _as_hit(memory: Memory) -> MemoryHit:
    """Return a memory that was found by what it means: no word of it is marked."""
    fields = {name: getattr(memory, name) for name in Memory.model_fields}
    shown = memory.value[:_SNIPPET] + ("…" if len(memory.value) > _SNIPPET else "")
    return MemoryHit(**fields, snippet=shown, score=0.0)


def _fused(hits: Mapping[str, Hit], *rankings: Sequence[str]) -> list[Hit]:
    """Return the hits by the sum of their reciprocal ranks, best first; of equals, those found by words first."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, one in enumerate(ranking):
            scores[one] = scores.get(one, 0.0) + 1 / (_FUSION + rank)
    best = sorted((one for one in scores if one in hits), key=lambda one: -scores[one])
    return [hits[one].model_copy(update={"score": round(scores[one], 6)}) for one in best]
