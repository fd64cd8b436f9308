"""The verbs about reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from segue.models import SessionId
from segued.store.base.actors import Actor


@dataclass(frozen=True)
class Reading:
    """Up to which seq somebody has read a session, and how many messages of others came after it, counted up to 100."""

    seq: int = 0
    unread: int = 0


class ReadingVerbs(Protocol):
    async def list_reading(self, by: Actor, session_ids: Sequence[SessionId]) -> dict[SessionId, Reading]:
        """Return how far the actor has read these sessions."""
        ...

    async def update_read(self, by: Actor, session_id: SessionId, seq: int) -> int:
        """Note up to which seq the actor has read, and return it; it never moves back."""
        ...
