"""What memories and messages mean, as vectors: made in the background, for what has none of the present model yet.

Nothing is queued: what is left to do is what has no vector, so it survives every restart and every failure.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from segue.errors import Unavailable
from segued.config import SearchSettings
from segued.memory.embedders import Embedder, EmbedderFailed
from segued.store.base import Actor, Meant, SearchFilter, Store, Unembedded, Vectors

log = logging.getLogger(__name__)

_BATCH = 32  # texts embedded at once
_FIRST_PAUSE_SECONDS = 1.0  # after a failure; doubled with each
_LONGEST_PAUSE_SECONDS = 60.0
_QUERY_SECONDS = 5.0  # that a search waits for the embedder
_NEAREST = 50
_MESSAGES = 20_000  # messages whose vectors are compared: the newest


class Meanings:
    """Embeds what is new, and finds what is near to a question."""

    def __init__(self, store: Store, settings: SearchSettings, embedder: Embedder) -> None:
        self._store = store
        self._settings = settings
        self._embedder = embedder
        self._changed = asyncio.Event()
        self._from_start = True
        self._down_until = 0.0
        self.failure = ""
        """Why the embedder gave no vectors the last time that it was asked; empty where it did."""
        self.busy = False

    @property
    def model(self) -> str:
        return self._embedder.model

    @property
    def covers_messages(self) -> bool:
        return self._settings.messages

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Embed what is left to do inside the block."""
        async with asyncio.TaskGroup() as tasks:
            worker = tasks.create_task(self._keep_embedding(), name="embedding")
            try:
                yield
            finally:
                worker.cancel()
                await self._embedder.close()

    def wake(self, *, from_start: bool = False) -> None:
        """Say that something is new; `from_start`: that a text which had been reached already has changed."""
        self._from_start |= from_start
        self._changed.set()

    # --- embedding

    async def _keep_embedding(self) -> None:
        after, pause = 0, _FIRST_PAUSE_SECONDS
        while True:
            self._changed.clear()
            if self._from_start:
                after, self._from_start = 0, False
            try:
                texts = await self._store.list_unembedded(self.model, after, _BATCH, self._settings.messages)
                self.busy = bool(texts)
                if texts:
                    await self._embed(texts)
                    after, pause = texts[-1].number, _FIRST_PAUSE_SECONDS
                else:
                    await self._changed.wait()
            except (EmbedderFailed, Unavailable) as exc:
                log.warning("nothing is embedded for %g s: %s", pause, exc)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _embed(self, texts: Sequence[Unembedded]) -> None:
        """Embed the texts; those that the embedder will not have are left out until the next start."""
        try:
            vectors = await self._ask([text.text for text in texts])
        except EmbedderFailed as exc:
            if not exc.refused:
                raise
            if len(texts) > 1:
                for text in texts:
                    await self._embed([text])
            else:
                log.warning("a text (number %d) is not searched by its meaning: %s", texts[0].number, exc)
            return
        meant = (Meant(text.number, vector) for text, vector in zip(texts, vectors, strict=True))
        await self._store.add_vectors(self.model, tuple(meant))

    async def _ask(self, texts: Sequence[str]) -> list[bytes]:
        try:
            vectors = await self._embedder.embed(texts)
        except EmbedderFailed as exc:
            if not exc.refused:
                self.failure, self._down_until = str(exc), time.monotonic() + _QUERY_SECONDS
            raise
        self.failure, self._down_until = "", 0.0
        return vectors

    # --- finding

    async def near_memories(self, by: Actor, project_id: str, where: SearchFilter, question: str) -> list[str]:
        """Return the ids of the project's memories that are nearest to a question. Raises `EmbedderFailed`."""
        vectors = await self._store.list_memory_vectors(by, project_id, self.model, where)
        return await self._nearest(question, vectors)

    async def near_messages(self, by: Actor, where: SearchFilter, question: str) -> list[str]:
        """Return the ids of the messages that are nearest to a question. Raises `EmbedderFailed`."""
        vectors = await self._store.list_message_vectors(by, where, self.model, _MESSAGES)
        return await self._nearest(question, vectors)

    async def _nearest(self, question: str, vectors: Vectors) -> list[str]:
        if not vectors.ids:
            return []
        if time.monotonic() < self._down_until:
            raise EmbedderFailed(self.failure)
        try:
            async with asyncio.timeout(_QUERY_SECONDS):
                (vector,) = await self._ask([question])
        except TimeoutError as exc:
            raise EmbedderFailed(f"no answer within {_QUERY_SECONDS:g} s") from exc
        from segued.memory.nearness import nearest

        at_least = self._settings.min_similarity
        return await asyncio.to_thread(nearest, vector, vectors.ids, vectors.joined, _NEAREST, at_least)
