"""Bringing in: a file of any length, taken as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from aiohttp import web

from segue import routes
from segue.errors import SegueError
from segue.models import ImportQuery, ImportReport, ImportStep
from segued.api.export import streamed
from segued.api.registry import Call, Registry
from segued.imports import bring_in

api = Registry("Import")

_LINES = "application/x-ndjson"


@api.operation("POST", routes.IMPORT, scope="write", upload=True, answer=ImportReport)
async def import_file(call: Call, query: ImportQuery) -> ImportReport | web.StreamResponse:
    """Bring in a file: what an export gives, ChatGPT's conversations.json or its archive, DiscordChatExporter's JSON,
    or a plain log of IRC. What is there already is not added again, and no answer is asked for. With
    `Accept: application/x-ndjson` a line tells each step, the last one with the report or the error."""
    pieces, limits = call.request.content.iter_any(), call.manager.import_limits
    async with aclosing(bring_in(call.store, call.by, pieces, query, limits, call.manager.reply_of)) as steps:
        if _LINES in call.request.headers.get("Accept", ""):
            return await streamed(call, _lines(steps), _LINES)
        async for step in steps:
            report = step.report
    assert report is not None
    return report


async def _lines(steps: AsyncIterator[ImportStep]) -> AsyncIterator[bytes]:
    """Yield a line for each step. What fails before the first is an error as any other; after it, it is a line."""
    yield _line(await anext(steps))
    try:
        async for step in steps:
            yield _line(step)
    except SegueError as exc:
        yield ImportStep(error=exc.to_wire()["error"]).model_dump_json(exclude_unset=True).encode() + b"\n"


def _line(step: ImportStep) -> bytes:
    return step.model_dump_json(exclude_unset=True).encode() + b"\n"
