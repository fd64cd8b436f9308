"""The adapter of pydantic-ai: nothing outside this folder knows it, and it is imported on the first use of a model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from pydantic_ai import Agent, AgentRunResult, AgentRunResultEvent, AgentStreamEvent
from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta
from pydantic_ai.settings import ModelSettings

from segue.models import Message, Usage
from segued.agent.base import AgentError, Finished, Text
from segued.agent.provider.failures import cut_off, explain, no_words
from segued.agent.provider.history import to_history
from segued.agent.provider.models import open_model
from segued.agent.target import Target

__all__ = ["stream"]

Event = AgentStreamEvent | AgentRunResultEvent[str | None]


async def stream(target: Target, messages: Sequence[Message]) -> AsyncGenerator[Text | Finished, None]:
    """Ask once and yield the answer in pieces, then `Finished`. Raises `ModelFailure`; closing it hangs up."""
    model, client = await asyncio.to_thread(open_model, target)
    async with client:
        history = await asyncio.to_thread(to_history, messages)
        agent = Agent(model, name="segue", instructions=target.system_prompt, output_type=[str, None], retries=0)
        settings = ModelSettings(timeout=target.timeout_seconds, max_retries=0)
        said = False
        try:
            async with agent.run_stream_events(message_history=history, model_settings=settings) as events:
                async for event in _within(events, target.timeout_seconds):
                    if text := _text(event):
                        said = True
                        yield Text(text)
                    elif isinstance(event, AgentRunResultEvent):
                        yield _finish(event.result, said, target)
        except AgentError:
            raise
        except Exception as exc:
            # Without its cause: an SDK's error quotes the server's answer, and that may quote the key.
            raise explain(exc, target) from None


async def _within(events: AsyncIterator[Event], seconds: float) -> AsyncIterator[Event]:
    """Yield the events; raise TimeoutError when none comes for so long."""
    while True:
        async with asyncio.timeout(seconds):
            try:
                event = await anext(events)
            except StopAsyncIteration:
                return
        yield event


def _text(event: Event) -> str:
    match event:
        case PartStartEvent(part=TextPart(content=text)) | PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return text
        case _:
            return ""


def _finish(result: AgentRunResult[str | None], said: bool, target: Target) -> Finished:
    """Return that the answer is whole, or raise what kept it from being so."""
    response = result.response
    reason = response.finish_reason or (response.provider_details or {}).get("finish_reason")
    if not reason:
        raise cut_off(target)
    if not said or reason == "content_filter":
        raise no_words(reason)
    usage = Usage(
        input_tokens=result.usage.input_tokens or None,
        output_tokens=result.usage.output_tokens or None,
    )
    return Finished(usage, f"{target.provider}:{target.name}")
