"""Sessions."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field, TypeAdapter

from segue import routes
from segue.events import Snapshot
from segue.models import (
    CreateSession,
    ForkSession,
    Message,
    ReadMark,
    Request,
    SessionDetail,
    SessionId,
    SessionPage,
    SessionSummary,
    UpdateSession,
)
from segued.api.registry import Answer, Call, Registry
from segued.sessions.attach import SNAPSHOT_MESSAGES
from segued.store.base import SessionFilter

api = Registry("Sessions")

_PAGE = 500  # messages read and encoded at once
_MESSAGES = TypeAdapter(tuple[Message, ...])


class SessionsQuery(Request):
    search: Annotated[str, Field(max_length=500)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    offset: Annotated[int, Field(ge=0, le=2**53)] = 0
    archived: bool | None = None
    pinned: bool | None = None
    project_id: str | None = None


class DetailQuery(Request):
    limit: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(None, description="Only the last so many messages.")


class RelatedQuery(Request):
    limit: Annotated[int, Field(ge=1, le=100)] = 20


@api.operation("GET", routes.SESSIONS)
async def list_sessions(call: Call, query: SessionsQuery) -> SessionPage:
    """List the sessions you may see: pinned first, then the latest changed."""
    where = SessionFilter(query.search, query.archived, query.pinned, query.project_id)
    found, total = await call.store.list_sessions(call.by, where, query.limit, query.offset)
    page = await call.manager.summaries(call.by, found)
    return SessionPage.model_construct(sessions=page, total=total, limit=query.limit, offset=query.offset)


@api.operation("POST", routes.SESSIONS, status=201, scope="write")
async def create_session(call: Call, body: CreateSession | None = None) -> SessionDetail | Answer:
    """Make a session (201); with `place`, get the one bound there with its last messages (200), made where none is."""
    new = body or CreateSession()
    if new.place is None:
        session = await call.manager.create_session(call.by, new)
        return SessionDetail.model_construct(**dict(await call.manager.summary(call.by, session)))
    context = await call.manager.open_place(call.by, new)
    detail = await call.manager.detail(call.by, context.session.id, SNAPSHOT_MESSAGES)
    return Answer(detail, 201 if context.created else 200)


@api.operation("GET", routes.SESSION)
async def get_session(call: Call, session_id: SessionId, query: DetailQuery) -> SessionDetail | web.Response:
    """Get a session with its messages, oldest first."""
    detail = await call.manager.detail(call.by, session_id, min(query.limit or _PAGE, _PAGE))
    tokens = await call.manager.compactor.measure(call.by, session_id)
    detail = detail.model_copy(update={"tokens": tokens})
    wanted = min(query.limit or detail.message_count, detail.message_count)
    return detail if wanted <= len(detail.messages) else await _long(call, detail, wanted)


async def _long(call: Call, detail: SessionDetail, wanted: int) -> web.Response:
    """Answer with a long transcript, read and encoded page by page: others are served in between."""
    pages: list[bytes] = []
    messages = detail.messages
    while messages and wanted:
        pages.append(_MESSAGES.dump_json(messages[-wanted:])[1:-1])
        wanted -= len(messages[-wanted:])
        messages = await call.store.list_messages(call.by, detail.id, _PAGE, before_seq=messages[0].seq)
    head = detail.model_copy(update={"messages": ()}).model_dump_json().encode()
    body = head.removesuffix(b"[]}") + b"[" + b",".join(reversed(pages)) + b"]}"
    return web.Response(body=body, content_type="application/json")


@api.operation("PATCH", routes.SESSION, scope="write")
async def update_session(call: Call, session_id: SessionId, body: UpdateSession) -> SessionDetail:
    """Change what is given of a session, and get it with its last messages."""
    await call.manager.update_session(call.by, session_id, body)
    return await call.manager.detail(call.by, session_id, SNAPSHOT_MESSAGES)


@api.operation("POST", routes.SESSION_FORK, status=201, scope="write")
async def fork_session(call: Call, session_id: SessionId, body: ForkSession | None = None) -> SessionDetail:
    """Copy a session that you may read, whole or up to a point, into a new one of yours: its messages and context."""
    session = await call.store.fork_session(call.by, session_id, body or ForkSession())
    return await call.manager.detail(call.by, session.id, SNAPSHOT_MESSAGES)


@api.operation("DELETE", routes.SESSION, scope="write", status=204)
async def delete_session(call: Call, session_id: SessionId) -> None:
    """Delete a session with all that belongs to it."""
    await call.store.delete_session(call.by, session_id)


@api.operation("GET", routes.RELATED)
async def list_related(call: Call, session_id: SessionId, query: RelatedQuery) -> tuple[SessionSummary, ...]:
    """List other active sessions of the same project or owner."""
    found = await call.store.list_related_sessions(call.by, session_id, query.limit)
    return await call.manager.summaries(call.by, found)


@api.operation("PUT", routes.SESSION_READ)
async def put_read(call: Call, session_id: SessionId, body: ReadMark) -> ReadMark:
    """Note up to which seq you have read; your other windows are told. It never moves back."""
    return ReadMark(seq=await call.manager.mark_read(call.by, session_id, body.seq))


@api.operation("POST", routes.SESSION_TYPING, scope="write", status=204)
async def tell_typing(call: Call, session_id: SessionId) -> None:
    """Tell who follows that you are typing; nothing is stored."""
    await call.manager.typing(call.by, session_id)


@api.operation("GET", routes.SNAPSHOT)
async def get_snapshot(call: Call, session_id: SessionId) -> Snapshot:
    """Get what somebody who attaches now is given first."""
    return await call.manager.snapshot(call.by, session_id)
