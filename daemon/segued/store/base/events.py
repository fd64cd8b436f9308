"""The verbs about events."""

from __future__ import annotations

from typing import Protocol

from segue.events import DurableEvent
from segue.models import SessionId
from segued.store.base.actors import Actor


class EventVerbs(Protocol):
    async def list_events(self, session_id: SessionId, after: int, limit: int) -> tuple[DurableEvent, ...]:
        """Return the session's events behind seq `after`, in order."""
        ...

    async def list_all_events(self, by: Actor, after: int, limit: int) -> tuple[tuple[DurableEvent, ...], int]:
        """Return events behind position `after` of the whole log that `by` may see, in order, with their position as
        `id`; and the position up to which the log was read."""
        ...

    async def get_last_position(self) -> int: ...
