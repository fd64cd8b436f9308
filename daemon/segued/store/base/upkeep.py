"""The verbs about what is kept, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from segue.models import SessionId


@dataclass(frozen=True)
class Quotas:
    """How much each user may have; 0 = as much as they like."""

    sessions: int = 0
    bytes: int = 0


NO_QUOTAS = Quotas()


class UpkeepVerbs(Protocol):
    """A session is idle since its last event. One that is pinned, bound to a place, or owed a turn never is."""

    async def list_idle_sessions(self, before: datetime, limit: int, archived: bool | None) -> tuple[SessionId, ...]:
        """Return sessions that are idle since before that time, archived or not as asked (None = both)."""
        ...

    async def archive_idle_session(self, session_id: SessionId, before: datetime) -> bool:
        """Archive the session in the daemon's name, unless something happened in it meanwhile; tell whether."""
        ...

    async def delete_idle_session(self, session_id: SessionId, before: datetime) -> bool:
        """Delete the session in the daemon's name, unless something happened in it meanwhile; tell whether."""
        ...

    async def finish_deletions(self) -> None:
        """Delete what a crash has left of deleted sessions; nobody sees it."""
        ...

    async def delete_old_events(self, before: datetime, after: int, limit: int) -> tuple[int, int | None]:
        """Delete the events of before that time among the next `limit` behind position `after`; return how many, and
        up to which position was looked, None where all is newer. A session keeps its last event, and what happened
        since a place was served where something was delivered."""
        ...

    async def get_log_start(self) -> int:
        """Return the position up to which events were dropped for their age: no cursor before it can be served."""
        ...

    async def delete_old_keys(self, days: int, limit: int) -> int:
        """Forget at most `limit` idempotency keys older than `days`; return how many."""
        ...

    async def delete_expired_links(self) -> int:
        """Delete the codes that nobody used in time; return how many."""
        ...

    async def rebuild(self) -> tuple[int, int]:
        """Write the whole store anew without what is free in it; return its size in bytes before and after. Whoever
        writes waits meanwhile; readers go on."""
        ...
