"""Calls about messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from segue import routes
from segue.client.calls import Calls, given
from segue.connection import Query
from segue.models import Attachment, Message, PostMessage, ReadMark, Role, SendMode
from segue.routes import path


class Messages(Calls):
    async def post(
        self,
        session_id: str,
        content: str,
        *,
        role: Role = "user",
        sender: str | None = None,
        respond: bool | None = None,
        mode: SendMode = "queue",
        images: Sequence[Attachment] = (),
        documents: Sequence[Attachment] = (),
        author: tuple[str, str] | None = None,
        place: str | None = None,
        external_id: str | None = None,
        said_at: datetime | None = None,
        key: str | None = None,
    ) -> Message:
        """Add a message; once this returns it is on disk. `turn_id` of the result names the answer that was queued.

        `respond` asks for an answer or declines one; by default the session's `reply` decides. While another answer
        is being written `mode` says whether yours waits, steers it or interrupts it. Give `key` where you may post the
        same thing twice, after a crash of your own, say: the same key is stored once.

        A bridge (scope admin) brings in the words of others: `author` is an (interface, external id) pair, and the
        message is that of the user whom this account is linked to, else of a guest called `sender`. `place` says where
        on that interface it was said, and `external_id` what it is called there: one that is known is not added again.
        `said_at` is when, where that is not just now.
        """
        whose = {"interface": author[0], "external_id": author[1]} if author else None
        body = given(role=role, content=content, sender=sender, respond=respond, mode=mode)
        body |= given(author=whose, place=place, external_id=external_id)
        body |= given(said_at=said_at.isoformat() if said_at else None)
        body |= {"images": list(images), "documents": list(documents)}
        return await self._write(Message, "POST", path(routes.MESSAGES, session_id=session_id), body, key)

    async def post_batch(
        self, session_id: str, messages: Sequence[PostMessage], *, key: str | None = None
    ) -> list[Message]:
        """Add up to 500 messages: all or none."""
        body = {"messages": [m.model_dump(exclude_unset=True) for m in messages]}
        return await self._write(list[Message], "POST", path(routes.MESSAGE_BATCH, session_id=session_id), body, key)

    async def messages(
        self,
        session_id: str,
        *,
        limit: int = 100,
        offset: int | None = None,
        before_seq: int | None = None,
        after_seq: int | None = None,
    ) -> list[Message]:
        """Return up to 500 messages, oldest first: from `offset`, the last before a seq, or the first after one."""
        query: Query = {"limit": limit, "offset": offset, "before_seq": before_seq, "after_seq": after_seq}
        return await self._get(list[Message], path(routes.MESSAGES, session_id=session_id), query)

    async def message(self, session_id: str, message_id: str) -> Message:
        """Return one message."""
        return await self._get(Message, path(routes.MESSAGE, session_id=session_id, message_id=message_id))

    async def edit_message(self, session_id: str, message_id: str, content: str) -> Message:
        """Replace a message's text."""
        where = path(routes.MESSAGE, session_id=session_id, message_id=message_id)
        return await self._write(Message, "PATCH", where, {"content": content})

    async def delete_message(self, session_id: str, message_id: str) -> None:
        """Delete a message."""
        await self._connection.request("DELETE", path(routes.MESSAGE, session_id=session_id, message_id=message_id))

    async def mark_read(self, session_id: str, seq: int) -> ReadMark:
        """Note that you have read the session up to a seq; your other windows are told. It never moves back."""
        return await self._write(ReadMark, "PUT", path(routes.SESSION_READ, session_id=session_id), {"seq": seq})

    async def tell_typing(self, session_id: str) -> None:
        """Tell who follows the session that you are typing; they show it for a few seconds."""
        await self._connection.request("POST", path(routes.SESSION_TYPING, session_id=session_id))
