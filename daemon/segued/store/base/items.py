"""The verbs about items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from segue.models import ExportedMessage, ItemsAdded, ItemsRefused, PostMessage, SessionId
from segued.store.base.actors import Actor


@dataclass(frozen=True)
class NewItem:
    """The message that people see of an item, and what is kept of the item beside it (None: the message says all)."""

    post: PostMessage
    kept: str | None


@dataclass(frozen=True)
class NewItems:
    """Items that go into a session together."""

    session_id: SessionId
    items: tuple[NewItem, ...]


@dataclass(frozen=True)
class ItemTexts:
    """Items as their JSON, oldest first; if there may be earlier ones, the seq before which they are."""

    texts: tuple[str, ...]
    before_seq: int | None


@dataclass(frozen=True)
class PoppedText:
    session_id: SessionId
    text: str | None


@dataclass(frozen=True)
class ItemsCleared:
    """Up to which seq a session is to be emptied, and whether messages are left there."""

    session_id: SessionId
    upto_seq: int
    is_left: bool


class ItemVerbs(Protocol):
    async def list_items(
        self, by: Actor, session_id: SessionId, limit: int, before_seq: int | None = None
    ) -> ItemTexts:
        """Return the last `limit` items, or the last before a seq; of a message that somebody posted, what it says."""
        ...

    async def list_exported(
        self, by: Actor, session_id: SessionId, limit: int, after_seq: int
    ) -> tuple[ExportedMessage, ...]:
        """Return the first messages after a seq with what is kept beside them: up to `limit`, and fewer where they are
        long; none only where there are none."""
        ...

    async def add_items(self, by: Actor, additions: tuple[NewItems, ...]) -> tuple[ItemsAdded | ItemsRefused, ...]:
        """Add to several sessions; what is refused in one of them leaves the others be."""
        ...

    async def pop_item(self, by: Actor, session_id: SessionId) -> PoppedText:
        """Delete the session's last message and return it as an item."""
        ...

    async def clear_items(self, by: Actor, session_id: SessionId, upto_seq: int | None, limit: int) -> ItemsCleared:
        """Delete the first `limit` messages up to a seq (None: of all that are there now)."""
        ...
