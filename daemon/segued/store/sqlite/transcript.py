"""The rows of messages: how one is read, put in, counted, emptied, and kept in the full-text indexes."""

from __future__ import annotations

import json
import sqlite3

from segue.errors import MessageNotFound
from segue.models import PREVIEW_LENGTH, Message, MessageId, SessionId
from segued.store.base import Actor
from segued.store.sqlite import access
from segued.store.sqlite.access import Reader
from segued.store.sqlite.transaction import Transaction, to_time


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
            tx.now,
            message.interface,
            message.place,
            message.external_id,
            message.user_id,
            message.turn_id,
            json.dumps(message.images) if message.images else None,
            json.dumps(message.documents) if message.documents else None,
        ),
    )


def count_messages(tx: Transaction, session_id: SessionId, last_seq: int, more: int, content: str) -> None:
    """Note on the session what `message.created` implies."""
    tx.batch.count_messages(session_id, last_seq, more, content[:PREVIEW_LENGTH], tx.now)


def erase(tx: Transaction, by: Actor, message: Message) -> None:
    """Empty the message and take it out of sight. Its row stays, for its place in the log."""
    forget_one(tx, message.id)
    tx.execute(
        "UPDATE messages SET content = '', images = NULL, documents = NULL, deleted = 1 WHERE id = ?", (message.id,)
    )
    tx.execute(
        "UPDATE events SET data = json_set(data, '$.content', '', '$.images', json('[]'), '$.documents', json('[]'))"
        " WHERE session_id = ?"
        " AND type = 'message.updated' AND json_extract(data, '$.id') = ?",
        (message.session_id, message.id),
    )
    tx.execute(
        "UPDATE events SET data = json_set(data, '$.last_message_preview', '') WHERE session_id = ?"
        " AND type = 'session.updated' AND json_extract(data, '$.last_message_preview') <> ''",
        (message.session_id,),
    )
    tx.execute("DELETE FROM receipts WHERE message_id = ?", (message.id,))
    gone = message.model_copy(update={"content": "", "images": (), "documents": (), "deleted": True})
    _erase_in_keys(tx, gone)
    tx.append(by, message.session_id, tx.next_seq(message.session_id), "message.deleted", gone)
    tx.execute("UPDATE sessions SET message_count = message_count - 1 WHERE id = ?", (message.session_id,))
    refresh(tx, by, message.session_id)


def _erase_in_keys(tx: Transaction, gone: Message) -> None:
    """Empty the message in the answers that Idempotency-Keys got."""
    rows = tx.execute(
        "SELECT user_id, key, answer FROM keys WHERE session_id = ? AND instr(answer, ?)", (gone.session_id, gone.id)
    ).fetchall()
    for user_id, key, stored in rows:
        answer = json.loads(stored)
        for message in answer if isinstance(answer, list) else [answer]:
            if message.get("id") == gone.id:
                message.update(gone.model_dump(mode="json"))
        tx.execute("UPDATE keys SET answer = ? WHERE user_id = ? AND key = ?", (json.dumps(answer), user_id, key))


def refresh(tx: Transaction, by: Actor, session_id: SessionId) -> None:
    newest = last(tx, session_id, 1)
    preview = newest[0].content[:PREVIEW_LENGTH] if newest else ""
    tx.execute(
        "UPDATE sessions SET last_message_preview = ?, updated_at = ? WHERE id = ?", (preview, tx.now, session_id)
    )
    access.changed(tx, by, session_id)


# The full-text indexes hold no text of their own: what is taken out of them must be named with its old text.


def forget_words(tx: Transaction, condition: str, *values: str) -> None:
    """Take the indexed messages that meet `condition` out of the full-text indexes."""
    for index in ("words", "trigrams"):
        tx.execute(
            f"INSERT INTO {index} ({index}, rowid, content) SELECT 'delete', number, content FROM messages"
            f" WHERE {condition} AND NOT deleted AND number <= (SELECT number FROM indexed)",
            values,
        )


def forget_one(tx: Transaction, message_id: MessageId) -> None:
    forget_words(tx, "id = ?", message_id)


def index_one(tx: Transaction, message_id: MessageId) -> None:
    for index in ("words", "trigrams"):
        tx.execute(
            f"INSERT INTO {index} (rowid, content) SELECT number, content FROM messages"
            " WHERE id = ? AND number <= (SELECT number FROM indexed)",
            (message_id,),
        )
