"""Calls about sessions."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Literal

from segue import routes
from segue.client.calls import Calls, given
from segue.connection import Query
from segue.events import Snapshot
from segue.models import Reply, SessionDetail, SessionPage, SessionSummary
from segue.routes import path


class Sessions(Calls):
    async def create_session(
        self,
        *,
        title: str | None = None,
        agent_name: str | None = None,
        model_id: str | None = None,
        reply: Reply | None = None,
        project_id: str | None = None,
        workspace_path: str | None = None,
        place: tuple[str, str] | None = None,
    ) -> SessionDetail:
        """Create a session. With `place`, an (interface, place) pair, return the session bound there, made if none is:
        the way to find your conversation again after a restart."""
        where = {"interface": place[0], "place": place[1]} if place else None
        body = given(
            title=title,
            agent_name=agent_name,
            model_id=model_id,
            reply=reply,
            project_id=project_id,
            workspace_path=workspace_path,
            place=where,
        )
        return await self._write(SessionDetail, "POST", routes.SESSIONS, body)

    async def sessions(
        self,
        *,
        search: str | None = None,
        limit: int = 50,
        offset: int = 0,
        archived: bool | None = None,
        pinned: bool | None = None,
        project_id: str | None = None,
    ) -> SessionPage:
        """Return a page of the sessions that you may see: pinned ones first, then the latest changed."""
        query: Query = {
            "search": search,
            "limit": limit,
            "offset": offset,
            "archived": archived,
            "pinned": pinned,
            "project_id": project_id,
        }
        return await self._get(SessionPage, routes.SESSIONS, query)

    async def session(self, session_id: str, *, limit: int | None = None) -> SessionDetail:
        """Return a session with its messages, oldest first: all, or the last `limit`."""
        return await self._get(SessionDetail, path(routes.SESSION, session_id=session_id), {"limit": limit})

    async def snapshot(self, session_id: str) -> Snapshot:
        """Return the state that `segue.events.apply` takes from event to event, as of now."""
        return await self._get(Snapshot, path(routes.SNAPSHOT, session_id=session_id))

    async def update_session(self, session_id: str, **changes: Any) -> SessionDetail:
        """Change any of title, agent_name, model_id, reply, pinned, archived, project_id, members."""
        return await self._write(SessionDetail, "PATCH", path(routes.SESSION, session_id=session_id), changes)

    async def delete_session(self, session_id: str) -> None:
        """Delete a session with everything in it."""
        await self._connection.request("DELETE", path(routes.SESSION, session_id=session_id))

    async def related(self, session_id: str) -> list[SessionSummary]:
        """Return other active sessions of the same project or owner."""
        return await self._get(list[SessionSummary], path(routes.RELATED, session_id=session_id))

    def export(self, session_id: str, format: Literal["json", "markdown"] = "json") -> AsyncGenerator[bytes, None]:
        """Yield a session with all its messages and its context, however long, as it comes:
        `async for piece in client.export(session.id): file.write(piece)`."""
        return self._connection.download(path(routes.SESSION_EXPORT, session_id=session_id), {"format": format})
