"""What happened in a session besides talk."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from segue import routes
from segue.models import AddContext, Compression, ContextView, Request, SessionId
from segued.api.registry import Call, Registry

api = Registry("Context")

_ANSWERED = 200  # entries of each kind in the answer to an addition: what it costs must not grow with the session


class ContextQuery(Request):
    limit: Annotated[int, Field(ge=1, le=10_000)] = Field(1000, description="How many entries of each kind, at most.")


@api.operation("GET", routes.CONTEXT, at_root=True)
async def get_context(call: Call, session_id: SessionId, query: ContextQuery) -> ContextView:
    """Get what happened in a session besides talk: files, searches, decisions and memories used, oldest first."""
    return await call.store.get_context(call.by, session_id, query.limit)


@api.operation("POST", routes.CONTEXT, scope="write", at_root=True)
async def add_context(call: Call, session_id: SessionId, body: AddContext) -> ContextView:
    """Add to a session's context, in one step, and get it with its newest entries."""
    (entry,) = await call.store.add_context(call.by, session_id, (body,))
    return await call.store.get_context(call.by, session_id, _ANSWERED, entry.seq)


@api.operation("POST", routes.COMPRESS, scope="run", at_root=True)
async def compress(call: Call, session_id: SessionId) -> Compression:
    """Summarise the earlier messages for the model, now; the transcript keeps them. Too little to summarise is no
    error."""
    return await call.manager.compactor.compress(call.by, session_id)
