"""An agent whose model is somewhere else. It may be tried again until its first word, and never after it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from itertools import count

from segue.models import MemoryHit
from segued.agent.base import AgentError, Piece, Prompt
from segued.agent.compaction import behind, retold, tokens_of
from segued.agent.prompt import (
    Reading,
    choose,
    describe,
    estimate_tokens,
    fit,
    read,
    with_memories,
    without_images,
)
from segued.agent.target import ModelFailure, Target, find_target
from segued.config import AgentSettings
from segued.tools import Toolbox

log = logging.getLogger(__name__)

Stream = Callable[[Target, Reading, Toolbox], AsyncGenerator[Piece, None]]

_LONGEST_WAIT_SECONDS = 30.0
_MOST_FOR_TOOLS = 0.75  # of the tokens; what is asked must not be cut for them


class RemoteAgent:
    """Answers with a provider's model. `backoff_seconds` is about how long the first pause between two tries is."""

    def __init__(self, settings: AgentSettings, model: str, backoff_seconds: float = 0.5) -> None:
        self._settings = settings
        self._model = model
        self._backoff_seconds = backoff_seconds

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        target = find_target(self._settings, self._model)
        stream = await asyncio.to_thread(_load_stream)
        remembered = await self._remembered(prompt)
        target = replace(target, system_prompt=with_memories(target.system_prompt, remembered))
        reading = await asyncio.to_thread(self._fitting, prompt, target.system_prompt)
        for tried in count():
            said = False
            try:
                async with aclosing(stream(target, reading, prompt.toolbox)) as pieces:
                    async for piece in pieces:
                        said = True
                        yield piece
                return
            except ModelFailure as exc:
                if said:
                    raise
                if exc.code == "model_rejected" and any(message.images for message in reading.messages):
                    log.warning("%s refused a request with images: trying again without them", self._model)
                    reading = without_images(reading)
                    continue
                if tried >= self._settings.max_retries or not _may_be_retried(exc):
                    raise
                wait_seconds = self._wait_seconds(tried, exc.retry_after)
                log.warning("%s: %s; trying again in %.1f seconds", self._model, exc.code, wait_seconds)
            await asyncio.sleep(wait_seconds)

    async def _remembered(self, prompt: Prompt) -> tuple[MemoryHit, ...]:
        """Return what is remembered of what is asked, within the budget; it is noted as used."""
        budget_tokens = min(self._settings.memory_tokens, self._settings.context_tokens // 4)
        if prompt.notebook is None or not prompt.messages or not budget_tokens:
            return ()
        used = choose(await prompt.notebook.recall(prompt.messages[-1].content), budget_tokens)
        await prompt.notebook.note_use(used)
        return used

    def _fitting(self, prompt: Prompt, system_prompt: str) -> Reading:
        earlier = retold(prompt.summary, prompt.session)
        tools = estimate_tokens(describe(prompt.toolbox))
        budget_tokens = self._settings.context_tokens - estimate_tokens(system_prompt) - tools - tokens_of(earlier)
        if tools > self._settings.context_tokens * _MOST_FOR_TOOLS:
            raise AgentError(
                "too_many_tools",
                f"describing the tools takes about {tools:,} of the {self._settings.context_tokens:,} tokens"
                " (`context_tokens`): give the agent fewer (`tools`), or raise the limit if the model can take more",
            )
        messages = behind(prompt.summary, prompt.messages, prompt.present)
        fitting = fit(read(messages, prompt.present), budget_tokens, self._settings.tool_result_tokens)
        return Reading([*earlier, *fitting.messages], fitting.present)

    def _wait_seconds(self, tried: int, retry_after: float | None) -> float:
        backoff = self._backoff_seconds * 2.0**tried * random.uniform(0.5, 1.5)
        return max(min(backoff, _LONGEST_WAIT_SECONDS), retry_after or 0)


def _may_be_retried(failure: ModelFailure) -> bool:
    return failure.may_pass and (failure.retry_after or 0) <= _LONGEST_WAIT_SECONDS


def _load_stream() -> Stream:
    """Import the adapter, which takes a second and 50 MB: on the first answer that needs it, in a thread."""
    from segued.agent.provider import stream

    return stream
