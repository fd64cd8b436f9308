"""The verbs about context."""

from __future__ import annotations

from typing import Protocol

from segue.models import AddContext, ContextEntry, ContextView, SessionId
from segued.store.base.actors import Actor


class ContextVerbs(Protocol):
    async def list_context(
        self, by: Actor, session_id: SessionId, after_seq: int, limit: int
    ) -> tuple[ContextEntry, ...]:
        """Return what was added to the session's context behind `after_seq`, oldest first."""
        ...

    async def get_context(
        self, by: Actor, session_id: SessionId, limit: int, upto_seq: int | None = None
    ) -> ContextView:
        """Return the session's context as it was at `upto_seq`, or is now, with the last `limit` of each kind."""
        ...

    async def add_context(
        self, by: Actor, session_id: SessionId, additions: tuple[AddContext, ...]
    ) -> tuple[ContextEntry, ...]:
        """Add to the session's context; all or none."""
        ...
