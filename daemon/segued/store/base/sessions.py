"""The verbs about sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from segue.events import Snapshot
from segue.models import CreateSession, ForkSession, Reply, Session, SessionId, UpdateSession, UserId
from segued.store.base.actors import Actor


@dataclass(frozen=True)
class SessionFilter:
    search: str | None = None
    archived: bool | None = None
    pinned: bool | None = None
    project_id: str | None = None
    owner_id: UserId | None = None


class SessionVerbs(Protocol):
    async def list_sessions(
        self, by: Actor, where: SessionFilter, limit: int, offset: int
    ) -> tuple[tuple[Session, ...], int]:
        """Return a page, pinned first, then the latest changed; and how many there are in all."""
        ...

    async def list_related_sessions(self, by: Actor, session_id: SessionId, limit: int) -> tuple[Session, ...]:
        """Return other sessions of the same project or owner that are not archived, latest changed first."""
        ...

    async def get_session(self, by: Actor, session_id: SessionId) -> Session: ...

    async def get_snapshot(self, by: Actor, session_id: SessionId, messages: int) -> Snapshot:
        """Return all that is durable in one consistent view, with the last `messages` messages."""
        ...

    async def add_session(self, by: Actor, new: CreateSession, reply: Reply) -> Session:
        """Add a session, bound to `new.place` if given. Raises `PlaceTaken` if that is bound already."""
        ...

    async def get_or_add_session(self, by: Actor, new: CreateSession, reply: Reply) -> tuple[Session, bool]:
        """Return the session bound at `new.place`, added if there is none, and whether it was added."""
        ...

    async def update_session(self, by: Actor, session_id: SessionId, changes: UpdateSession) -> Session:
        """Change the fields that were set in `changes`."""
        ...

    async def fork_session(self, by: Actor, session_id: SessionId, fork: ForkSession) -> Session:
        """Copy the session up to a point, for who may read it: messages, context and summary, into a new one of the
        actor's that is bound nowhere."""
        ...

    async def delete_session(self, by: Actor, session_id: SessionId) -> None:
        """Delete the session with all that belongs to it; only `session.deleted` stays in the log. Its messages go
        some a commit, the last before this returns; what a crash leaves of them, `finish_deletions` deletes."""
        ...
