"""Calls about what happens in a session besides talk."""

from __future__ import annotations

from segue import routes
from segue.client.calls import Calls, given
from segue.models import Compression, ContextView
from segue.routes import path


class SessionContexts(Calls):
    async def context(self, session_id: str, *, limit: int | None = None) -> ContextView:
        """Return what happened in a session besides talk, with up to `limit` entries of each kind (by default 1000)."""
        return await self._get(ContextView, path(routes.CONTEXT, session_id=session_id), {"limit": limit})

    async def add_context(
        self,
        session_id: str,
        *,
        file_path: str | None = None,
        file_importance: float | None = None,
        search_query: str | None = None,
        decision: str | None = None,
        memory_id: str | None = None,
        memory_key: str | None = None,
    ) -> ContextView:
        """Add to a session's context, any of these in one step; return it with its newest entries."""
        body = given(
            file_path=file_path,
            file_importance=file_importance,
            search_query=search_query,
            decision=decision,
            memory_id=memory_id,
            memory_key=memory_key,
        )
        return await self._write(ContextView, "POST", path(routes.CONTEXT, session_id=session_id), body)

    async def compress(self, session_id: str) -> Compression:
        """Have the earlier messages summarised for the model, now; the transcript keeps them."""
        return await self._write(Compression, "POST", path(routes.COMPRESS, session_id=session_id))
