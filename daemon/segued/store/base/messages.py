"""The verbs about messages."""

from __future__ import annotations

from typing import Protocol

from segue.models import Message, MessageId, PostMessage, SessionId, TurnId
from segued.store.base.actors import Actor
from segued.store.base.imports import Imported, ImportedEntry, ImportedMessage, Origin


class MessageVerbs(Protocol):
    async def list_messages(
        self,
        by: Actor,
        session_id: SessionId,
        limit: int,
        offset: int | None = None,
        before_seq: int | None = None,
        after_seq: int | None = None,
    ) -> tuple[Message, ...]:
        """Return messages oldest first: from `offset`, the last before a seq, the first after one, or the first."""
        ...

    async def list_prompt_messages(self, turn_id: TurnId, max_characters: int) -> tuple[Message, ...]:
        """Return what the turn is to be answered on, in the order to be read: each answer behind its question,
        without the questions that wait for later turns; the newest up to `max_characters`."""
        ...

    async def get_message(self, by: Actor, session_id: SessionId, message_id: MessageId) -> Message: ...

    async def add_messages(
        self, by: Actor, session_id: SessionId, posts: tuple[PostMessage, ...]
    ) -> tuple[Message, ...]:
        """Append messages, and a queued turn for each that calls for an answer; all or none. One with an `external_id`
        that is known at its place is returned as it is."""
        ...

    async def add_imported(
        self, by: Actor, origin: Origin, messages: tuple[ImportedMessage, ...], entries: tuple[ImportedEntry, ...]
    ) -> Imported:
        """Append what a conversation holds, with its times, where it was not brought in before; all or none. It asks
        for no answer."""
        ...

    async def update_message(
        self, by: Actor, session_id: SessionId, message_id: MessageId, content: str
    ) -> Message: ...

    async def delete_message(self, by: Actor, session_id: SessionId, message_id: MessageId) -> None:
        """Delete the message; its text leaves the database and the log. A queued turn that was to answer it is
        cancelled."""
        ...
