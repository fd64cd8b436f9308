"""Calls that find messages."""

from __future__ import annotations

from datetime import datetime

from segue import routes
from segue.client.calls import Calls
from segue.connection import Query
from segue.models import Rebuilt, Role, SearchPage


class Searching(Calls):
    async def search(
        self,
        query: str,
        *,
        session_id: str | None = None,
        project_id: str | None = None,
        user: str | None = None,
        interface: str | None = None,
        role: Role | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> SearchPage:
        """Search the text of all messages that you may see, best match first.

        `user` is a sender's name, or a user's name or id; `interface` is where it was said. `since` and `until` are
        times with a time zone: from the one on, and before the other."""
        where: Query = {
            "q": query,
            "session_id": session_id,
            "project_id": project_id,
            "user": user,
            "interface": interface,
            "role": role,
            "since": since.isoformat() if since else None,
            "until": until.isoformat() if until else None,
            "limit": limit,
            "offset": offset,
        }
        return await self._get(SearchPage, routes.SEARCH, where)

    async def reindex(self) -> Rebuilt:
        """Have the search index built anew, in the background. Needs scope admin."""
        return await self._write(Rebuilt, "POST", routes.SEARCH_REINDEX)
