"""The rows of messages: how one is read, put in, counted, and emptied."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping

from segue.errors import MessageNotFound
from segue.models import PREVIEW_LENGTH, Message, MessageId, SessionId, ToolCallId, ToolUse
from segued.store.base import Actor
from segued.store.sqlite import access, fulltext, quotas, summaries
from segued.store.sqlite.access import Reader
from segued.store.sqlite.transaction import Transaction, from_time, to_time

_THESE = "(SELECT value FROM json_each(?))"
_IDS = re.compile(r'"id": ?"([^"]+)"')


def message_from_row(row: sqlite3.Row) -> Message:
    return Message(
        id=row["id"],
        session_id=row["session_id"],
        seq=row["seq"],
        role=row["role"],
        sender=row["sender"],
        content=row["content"],
        token_count=row["token_count"],
        model_id=row["model_id"],
        agent_name=row["agent_name"],
        response_time_ms=row["response_time_ms"],
        is_error=bool(row["is_error"]),
        status=row["status"],
        created_at=to_time(row["created_at"]),
        edited_at=to_time(row["edited_at"]) if row["edited_at"] is not None else None,
        deleted=bool(row["deleted"]),
        interface=row["interface"],
        place=row["place"],
        external_id=row["external_id"],
        user_id=row["user_id"],
        turn_id=row["turn_id"],
        tool_call=ToolUse.model_validate_json(row["tool_call"]) if row["tool_call"] else None,
        images=json.loads(row["images"]) if row["images"] else (),
        documents=json.loads(row["documents"]) if row["documents"] else (),
    )


def last(reader: Reader, session_id: SessionId, limit: int | None) -> tuple[Message, ...]:
    """Return the last `limit` messages (None = all), oldest first."""
    rows = reader.execute(
        "SELECT * FROM messages WHERE session_id = ? AND NOT deleted ORDER BY seq DESC LIMIT ?",
        (session_id, -1 if limit is None else limit),
    ).fetchall()
    return tuple(message_from_row(row) for row in reversed(rows))


def find(reader: Reader, session_id: SessionId, message_id: MessageId) -> Message:
    row = reader.execute(
        "SELECT * FROM messages WHERE id = ? AND session_id = ? AND NOT deleted", (message_id, session_id)
    ).fetchone()
    if row is None:
        raise MessageNotFound(f"there is no message {message_id!r} in this session")
    return message_from_row(row)


def add(tx: Transaction, by: Actor, message: Message) -> None:
    """Add a message with its event; the caller counts it."""
    position = tx.append(by, message.session_id, message.seq, "message.created", message)
    tx.batch.add_message(
        (
            position,
            message.id,
            message.session_id,
            message.seq,
            message.role,
            message.sender,
            message.content,
            message.token_count,
            message.model_id,
            message.agent_name,
            message.response_time_ms,
            message.is_error,
            message.status,
            from_time(message.created_at),
            message.interface,
            message.place,
            message.external_id,
            message.user_id,
            message.turn_id,
            json.dumps(message.images) if message.images else None,
            json.dumps(message.documents) if message.documents else None,
            message.tool_call.model_dump_json() if message.tool_call else None,
        ),
    )


def count_messages(
    tx: Transaction, session_id: SessionId, last_seq: int, more: int, content: str, at: int | None = None
) -> None:
    """Note on the session what `message.created` implies; `at` is the time of the newest one, if not now."""
    tx.batch.count_messages(session_id, last_seq, more, content[:PREVIEW_LENGTH], tx.now if at is None else at)


def erase(tx: Transaction, by: Actor, *messages: Message) -> None:
    """Empty messages of one session and take them out of sight. Their rows stay, for their places in the log."""
    if not messages:
        return
    session_id = messages[0].session_id
    these = json.dumps([message.id for message in messages])
    summaries.forget(tx, session_id, min(message.seq for message in messages))
    fulltext.forget_messages(tx, f"id IN {_THESE}", these)
    quotas.discount(tx, session_id, f"id IN {_THESE}", these)
    tx.execute(
        "UPDATE messages SET content = '', images = NULL, documents = NULL, tool_call = NULL, deleted = 1"
        f" WHERE id IN {_THESE}",
        (these,),
    )
    for message in messages:
        if message.tool_call is not None:
            _erase_call(tx, session_id, message.tool_call.id)
    tx.execute(
        "UPDATE events SET data = json_set(data, '$.content', '', '$.images', json('[]'), '$.documents', json('[]'),"
        " '$.tool_call', NULL) WHERE session_id = ?"
        f" AND type = 'message.updated' AND json_extract(data, '$.id') IN {_THESE}",
        (session_id, these),
    )
    tx.execute(
        "UPDATE events SET data = json_set(data, '$.last_message_preview', '') WHERE session_id = ?"
        " AND type = 'session.updated' AND json_extract(data, '$.last_message_preview') <> ''",
        (session_id,),
    )
    # What was delivered stays known: whoever delivered it has to take it away there.
    tx.execute(f"DELETE FROM receipts WHERE message_id IN {_THESE} AND state <> 'sent'", (these,))
    numbers = f"SELECT number FROM messages WHERE id IN {_THESE}"
    tx.execute(f"DELETE FROM message_items WHERE number IN ({numbers})", (these,))
    emptied = {"content": "", "images": (), "documents": (), "tool_call": None, "deleted": True}
    gone = {message.id: message.model_copy(update=emptied) for message in messages}
    _erase_in_keys(tx, session_id, gone)
    for message in gone.values():
        tx.append(by, session_id, tx.next_seq(session_id), "message.deleted", message)
    tx.execute("UPDATE sessions SET message_count = message_count - ? WHERE id = ?", (len(gone), session_id))
    refresh(tx, by, session_id)


def _erase_call(tx: Transaction, session_id: SessionId, call_id: ToolCallId) -> None:
    """Empty what a tool was asked: it is part of the message with its result."""
    tx.execute("UPDATE tool_calls SET arguments = '{}' WHERE id = ? AND session_id = ?", (call_id, session_id))
    for kind, call in (("tool", "$"), ("approval", "$.call")):
        tx.execute(
            f"UPDATE events SET data = json_set(data, '{call}.arguments', json('{{}}')) WHERE session_id = ?"
            f" AND type GLOB '{kind}.*' AND json_extract(data, '{call}.id') = ?",
            (session_id, call_id),
        )


def _erase_in_keys(tx: Transaction, session_id: SessionId, gone: Mapping[MessageId, Message]) -> None:
    """Empty the messages in the answers that Idempotency-Keys got."""
    rows = tx.execute("SELECT user_id, key, answer FROM keys WHERE session_id = ?", (session_id,)).fetchall()
    for user_id, key, stored in rows:
        if gone.keys().isdisjoint(_IDS.findall(stored)):
            continue
        answer = json.loads(stored)
        for message in answer if isinstance(answer, list) else [answer]:
            if (emptied := gone.get(message.get("id"))) is not None:
                message.update(emptied.model_dump(mode="json"))
        tx.execute("UPDATE keys SET answer = ? WHERE user_id = ? AND key = ?", (json.dumps(answer), user_id, key))


def refresh(tx: Transaction, by: Actor, session_id: SessionId) -> None:
    newest = last(tx, session_id, 1)
    preview = newest[0].content[:PREVIEW_LENGTH] if newest else ""
    tx.execute(
        "UPDATE sessions SET last_message_preview = ?, updated_at = ? WHERE id = ?", (preview, tx.now, session_id)
    )
    access.changed(tx, by, session_id)
