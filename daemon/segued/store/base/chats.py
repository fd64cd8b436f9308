"""The verbs about chats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from segue.models import CreateSession, Message, Session, SessionId
from segued.store.base.actors import Actor
from segued.store.base.items import NewItem


@dataclass(frozen=True)
class ChatItem:
    """An item of a conversation as its JSON, and the seq of its message."""

    seq: int
    text: str


@dataclass(frozen=True)
class ChatChanges:
    """What is to change of a chat; None stays as it is. `conversation` is the whole of it."""

    title: str | None = None
    archived: bool | None = None
    conversation: tuple[NewItem, ...] | None = None


def chat_place(by: Actor, name: str) -> tuple[str, str]:
    """Return the interface and place of the session that the actor calls so. Everybody has names of their own."""
    return "http", f"{by.user_id}/{name}"


class ChatVerbs(Protocol):
    async def get_chat(self, by: Actor, chat_id: str) -> Session:
        """Raises `SessionNotFound`, too if the session is somebody else's."""
        ...

    async def list_chat_items(self, by: Actor, chat_id: str, after_seq: int, limit: int) -> tuple[ChatItem, ...]:
        """Return what was said behind `after_seq`, oldest first."""
        ...

    async def add_chat(self, by: Actor, new: CreateSession, conversation: tuple[NewItem, ...]) -> SessionId:
        """Add a session with its first messages; it answers when asked."""
        ...

    async def add_chat_items(self, by: Actor, session_id: SessionId, items: tuple[NewItem, ...]) -> tuple[Message, ...]:
        """Do as `add_messages`, and keep the items as they were given."""
        ...

    async def update_chat(self, by: Actor, chat_id: str, changes: ChatChanges) -> SessionId: ...
