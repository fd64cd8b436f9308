"""Sessions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from segue import routes
from segue.events import Snapshot
from segue.models import (
    CreateSession,
    Request,
    SessionDetail,
    SessionId,
    SessionPage,
    SessionSummary,
    UpdateSession,
)
from segued.api.registry import Answer, Call, Registry
from segued.store.base import SessionFilter

api = Registry("Sessions")


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
    page = tuple(call.manager.summary(session) for session in found)
    return SessionPage.model_construct(sessions=page, total=total, limit=query.limit, offset=query.offset)


@api.operation("POST", routes.SESSIONS, status=201, scope="write")
async def create_session(call: Call, body: CreateSession | None = None) -> SessionDetail | Answer:
    """Make a session; with `place`, get the one that is bound there (200), made where there is none (201)."""
    new = body or CreateSession()
    if new.place is None:
        session = await call.manager.create_session(call.by, new)
        return await call.manager.detail(call.by, session.id, None)
    context = await call.manager.open_place(call.by, new)
    detail = await call.manager.detail(call.by, context.session.id, None)
    return Answer(detail, 201 if context.created else 200)


@api.operation("GET", routes.SESSION)
async def get_session(call: Call, session_id: SessionId, query: DetailQuery) -> SessionDetail:
    """Get a session with its messages, oldest first."""
    return await call.manager.detail(call.by, session_id, query.limit)


@api.operation("PATCH", routes.SESSION, scope="write")
async def update_session(call: Call, session_id: SessionId, body: UpdateSession) -> SessionDetail:
    """Change what is given of a session."""
    await call.manager.update_session(call.by, session_id, body)
    return await call.manager.detail(call.by, session_id, None)


@api.operation("DELETE", routes.SESSION, scope="write", status=204)
async def delete_session(call: Call, session_id: SessionId) -> None:
    """Delete a session with all that belongs to it."""
    await call.store.delete_session(call.by, session_id)


@api.operation("GET", routes.RELATED)
async def list_related(call: Call, session_id: SessionId, query: RelatedQuery) -> tuple[SessionSummary, ...]:
    """List other active sessions of the same project or owner."""
    found = await call.store.list_related_sessions(call.by, session_id, query.limit)
    return tuple(call.manager.summary(session) for session in found)


@api.operation("GET", routes.SNAPSHOT)
async def get_snapshot(call: Call, session_id: SessionId) -> Snapshot:
    """Get what somebody who attaches now is given first."""
    return await call.manager.snapshot(call.by, session_id)
