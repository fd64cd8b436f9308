"""The search over messages, and its index."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from segue import routes
from segue.models import Moment, Name, Rebuilt, Request, Role, SearchPage, SessionId
from segued.api.registry import Call, Registry
from segued.store.base import SearchFilter

api = Registry("Search")

SearchWords = Annotated[str, Field(min_length=1, max_length=1000)]


class SearchQuery(Request):
    q: SearchWords
    session_id: SessionId | None = None
    project_id: str | None = Field(None, description="Only in sessions of this project.")
    user: Name | None = Field(None, description="Only what somebody said: a sender's name, or a user's name or id.")
    interface: Name | None = Field(None, description="Only what came from there: tui, discord, http, …")
    role: Role | None = None
    since: Moment | None = Field(None, description="Only from then on.")
    until: Moment | None = Field(None, description="Only before then.")
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    offset: Annotated[int, Field(ge=0, le=500)] = Field(0, description="Only the best 500 are ranked.")


@api.operation("GET", routes.SEARCH)
async def search(call: Call, query: SearchQuery) -> SearchPage:
    """Search the messages that you may see, best match first."""
    where = SearchFilter(
        session_id=query.session_id,
        project_id=query.project_id,
        user=query.user,
        interface=query.interface,
        role=query.role,
        since=query.since,
        until=query.until,
    )
    return await call.manager.search.messages(call.by, query.q, where, query.limit, query.offset)


@api.operation("POST", routes.SEARCH_REINDEX, scope="admin", status=202)
async def reindex(call: Call) -> Rebuilt:
    """Build the search index anew from what is stored, while everything goes on; searches say so until it is whole."""
    return await call.store.rebuild_index(call.by)
