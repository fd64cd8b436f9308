"""Chats: sessions of one owner, their messages with the objects that programs gave for them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from segue.errors import SessionNotFound
from segue.models import CreateSession, Message, MessageId, Session, SessionId
from segued.store.base import Actor, ChatChanges, ChatMessage, GivenMessage, chat_place
from segued.store.sqlite import access, messages, sessions, transcript, turns
from segued.store.sqlite.transaction import Transaction

# What the agent's tools did is not said by anybody, unless a program gave it as a message.
_MESSAGES = """
SELECT messages.*, object FROM messages LEFT JOIN chat_objects ON message_id = id
WHERE session_id = ? AND seq > ? AND NOT deleted AND (role <> 'tool' OR object IS NOT NULL) ORDER BY seq LIMIT ?
"""


def _own(reader: access.Reader, by: Actor, chat_id: str) -> sqlite3.Row:
    """Return the row of the actor's own session of that id, or of the one that they gave this name."""
    interface, place = chat_place(by, chat_id)
    row: sqlite3.Row | None = reader.execute(
        "SELECT * FROM sessions WHERE owner_id = :user AND id IN"
        " (:chat, (SELECT session_id FROM bindings WHERE interface = :interface AND place = :place))",
        {"user": by.user_id, "chat": chat_id, "interface": interface, "place": place},
    ).fetchone()
    if row is None:
        raise SessionNotFound(f"there is no chat {chat_id!r} of yours: list them with GET /chats/")
    return row


def get(connection: sqlite3.Connection, by: Actor, chat_id: str) -> Session:
    return access.session_from_row(connection, _own(connection, by, chat_id))


def listing(
    connection: sqlite3.Connection, by: Actor, chat_id: str, after_seq: int, limit: int
) -> tuple[ChatMessage, ...]:
    session_id = _own(connection, by, chat_id)["id"]
    rows = connection.execute(_MESSAGES, (session_id, after_seq, limit))
    return tuple(ChatMessage(row["seq"], _object(row)) for row in rows)


def _object(row: sqlite3.Row) -> dict[str, Any]:
    return json.loads(row["object"]) if row["object"] is not None else _plain(row["role"], row["content"])


def _plain(role: str, content: str) -> dict[str, Any]:
    """Return the object for a message for which none was given."""
    return {"role": role, "content": content}


def add(tx: Transaction, by: Actor, new: CreateSession, given: tuple[GivenMessage, ...]) -> SessionId:
    session = sessions.add(tx, by, new, "never")
    say(tx, by, session.id, given)
    return session.id


def say(tx: Transaction, by: Actor, session_id: SessionId, given: tuple[GivenMessage, ...]) -> tuple[Message, ...]:
    added = messages.add(tx, by, session_id, tuple(one.post for one in given))
    _keep(tx, ((message.id, one) for message, one in zip(added, given, strict=True)))
    return added


def _keep(tx: Transaction, given: Iterable[tuple[MessageId, GivenMessage]]) -> None:
    """Keep the objects that say more than the messages do."""
    rows = [
        (message_id, json.dumps(one.object, ensure_ascii=False, separators=(",", ":")))
        for message_id, one in given
        if one.object != _plain(one.post.role, one.post.content)
    ]
    if rows:
        tx.executemany("INSERT OR REPLACE INTO chat_objects (message_id, object) VALUES (?, ?)", rows)


def update(tx: Transaction, by: Actor, chat_id: str, changes: ChatChanges) -> SessionId:
    session_id = SessionId(_own(tx, by, chat_id)["id"])
    changed = changes.given is not None and _rewrite(tx, by, session_id, changes.given)
    if changed or changes.title is not None or changes.archived is not None:
        tx.execute(
            "UPDATE sessions SET title = coalesce(?, title), archived = coalesce(?, archived), updated_at = ?"
            " WHERE id = ?",
            (changes.title, changes.archived, tx.now, session_id),
        )
        access.changed(tx, by, session_id)
    return session_id


def _rewrite(tx: Transaction, by: Actor, session_id: SessionId, given: tuple[GivenMessage, ...]) -> bool:
    """Make the conversation what is given, keeping the messages that it has in this order already; return whether
    objects of those that were kept changed. New ones only ever come last, so from the first that is neither kept nor
    left out all are said anew."""
    noted: list[tuple[MessageId, GivenMessage]] = []
    gone: list[Message] = []
    kept = 0
    for row in tx.execute(_MESSAGES, (session_id, 0, -1)).fetchall():
        one = given[kept] if kept < len(given) else None
        if one is None or (row["role"], row["content"]) != (one.post.role, one.post.content):
            gone.append(transcript.message_from_row(row))
            continue
        kept += 1
        if _object(row) != one.object:
            noted.append((row["id"], one))
    for message in gone:
        if message.role == "user" and message.turn_id is not None:
            turns.cancel_queued(tx, by, message)
    transcript.erase(tx, by, *gone)
    tx.executemany("DELETE FROM chat_objects WHERE message_id = ?", [(message_id,) for message_id, _ in noted])
    _keep(tx, noted)
    say(tx, by, session_id, given[kept:])
    return bool(noted)
