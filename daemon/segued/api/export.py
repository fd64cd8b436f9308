"""Taking out: answers that are written page by page, however long they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Literal, TypeVar
from urllib.parse import quote

from aiohttp import web

from segue import routes
from segue.errors import SegueError
from segue.models import BackupStep, ImportStep, Model, Request, SessionExport, SessionId
from segued import audit
from segued.api.registry import Call, Registry
from segued.sessions.export import as_json, as_markdown

log = logging.getLogger(__name__)

T = TypeVar("T", ImportStep, BackupStep)

api = Registry("Export")

LINES = "application/x-ndjson"
_STALLED_SECONDS = 30.0  # a client that takes nothing for so long is cut off


class ExportQuery(Request):
    format: Literal["json", "markdown"] = "json"


@api.operation("GET", routes.SESSION_EXPORT, answer=SessionExport)
async def export_session(call: Call, session_id: SessionId, query: ExportQuery) -> web.StreamResponse:
    """Take out a session with all its messages and its context: as JSON, or as Markdown to be read."""
    await call.store.get_session(call.by, session_id)
    await audit.note(call.store, call.by, "session.exported", query.format, session_id)
    if query.format == "markdown":
        pieces = as_markdown(call.store, call.by, session_id)
        return await streamed(call, pieces, "text/markdown; charset=utf-8", f"{session_id}.md")
    return await streamed(call, as_json(call.store, call.by, session_id), "application/json", f"{session_id}.json")


async def streamed(
    call: Call, pieces: AsyncIterator[bytes], content_type: str, name: str | None = None, status: int = 200
) -> web.StreamResponse:
    """Answer with pieces that are yet to be read; with `name`, as a file of that name. What fails before the first is
    an error as any other; after it, the connection is cut, so that nobody takes a part for the whole."""
    request = call.request
    first = await anext(pieces)
    headers = {"Content-Type": content_type, routes.REQUEST_ID: request[routes.REQUEST_ID]}
    if name is not None:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response = web.StreamResponse(status=status, headers=headers)
    await response.prepare(request)
    try:
        await _write(response, first)
        async for piece in pieces:
            await _write(response, piece)
        await response.write_eof()
    except Exception as exc:
        log.warning("%s broke off: %s", request.path, str(exc) or type(exc).__name__)
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("the answer broke off") from exc
    return response


async def _write(response: web.StreamResponse, piece: bytes) -> None:
    async with asyncio.timeout(_STALLED_SECONDS):
        await response.write(piece)


async def as_lines(steps: AsyncIterator[T], kind: type[T]) -> AsyncIterator[bytes]:
    """Yield a line for each step. What fails before the first is an error as any other; after it, it is a line."""
    yield _line(await anext(steps))
    try:
        async for step in steps:
            yield _line(step)
    except SegueError as exc:
        yield _line(kind(error=exc.to_wire()["error"]))


def _line(step: Model) -> bytes:
    return step.model_dump_json(exclude_unset=True).encode() + b"\n"
