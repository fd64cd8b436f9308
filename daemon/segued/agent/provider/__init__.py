"""The adapter of pydantic-ai: nothing outside this folder knows it, and it is imported on the first use of a model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator

from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import (
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolCallPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from segue.models import Usage
from segued.agent.base import AgentError, Asked, Finished, Piece, Text
from segued.agent.prompt import Reading
from segued.agent.provider.failures import cut_off, explain, no_words
from segued.agent.provider.history import to_history
from segued.agent.provider.models import open_model
from segued.agent.target import Target
from segued.tools import Toolbox

__all__ = ["stream"]


async def stream(target: Target, reading: Reading, toolbox: Toolbox) -> AsyncGenerator[Piece, None]:
    """Ask once and yield the answer in pieces, what tools it asks for, then `Finished`. Raises `ModelFailure`; closing
    it hangs up."""
    model, client = await asyncio.to_thread(open_model, target)
    async with client:
        history = await asyncio.to_thread(to_history, reading, toolbox, target.system_prompt)
        settings = ModelSettings(timeout=target.timeout_seconds, max_retries=0)
        parameters = ModelRequestParameters(function_tools=_definitions(toolbox))
        said = False
        try:
            async with asyncio.timeout(target.timeout_seconds) as opening:
                request = model_request_stream(
                    model, history, model_settings=settings, model_request_parameters=parameters
                )
                async with request as events:
                    opening.reschedule(None)
                    async for event in _within(aiter(events), target.timeout_seconds):
                        if text := _text(event):
                            said = True
                            yield Text(text)
                    response = events.get()
            asked = list(_asked(response))
            finished = _finish(response, said or bool(asked), target)
        except AgentError:
            raise
        except Exception as exc:
            # Without its cause: an SDK's error quotes the server's answer, and that may quote the key.
            raise explain(exc, target) from None
        for one in asked:
            yield one
        yield finished


def _definitions(toolbox: Toolbox) -> list[ToolDefinition]:
    return [
        ToolDefinition(name=name, description=tool.description, parameters_json_schema=dict(tool.parameters))
        for name, tool in toolbox.tools.items()
    ]


async def _within(
    events: AsyncIterator[ModelResponseStreamEvent], seconds: float
) -> AsyncIterator[ModelResponseStreamEvent]:
    """Yield the events; raise TimeoutError when none comes for so long."""
    while True:
        async with asyncio.timeout(seconds):
            try:
                event = await anext(events)
            except StopAsyncIteration:
                return
        yield event


def _text(event: ModelResponseStreamEvent) -> str:
    match event:
        case PartStartEvent(part=TextPart(content=text)) | PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return text
        case _:
            return ""


def _asked(response: ModelResponse) -> Iterator[Asked]:
    for part in response.parts:
        if isinstance(part, ToolCallPart):
            try:
                yield Asked(part.tool_name, part.args_as_dict(raise_if_invalid=True))
            except (ValueError, AssertionError) as exc:
                yield Asked(part.tool_name, {}, wrong=f"The arguments are no JSON object ({exc}): ask again.")


def _finish(response: ModelResponse, answered: bool, target: Target) -> Finished:
    """Return that the answer is whole, or raise what kept it from being so."""
    reason = response.finish_reason or (response.provider_details or {}).get("finish_reason")
    if not reason:
        raise cut_off(target)
    if not answered or reason == "content_filter":
        raise no_words(reason)
    usage = Usage(
        input_tokens=response.usage.input_tokens or None,
        output_tokens=response.usage.output_tokens or None,
    )
    return Finished(usage, f"{target.provider}:{target.name}")
