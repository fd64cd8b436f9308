"""Chats: sessions of one owner, each a conversation of items."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from segue.errors import SessionNotFound
from segue.models import CreateSession, Message, Session, SessionId
from segued import items
from segued.store.base import Actor, ChatChanges, ChatItem, NewItem, chat_place
from segued.store.sqlite import access, item_texts, messages, sessions, transcript, turns
from segued.store.sqlite.transaction import Transaction

# What the agent's tools did is not said by anybody, unless a program gave it as an item.
_SAID = """
SELECT messages.*, item FROM messages LEFT JOIN message_items USING (number)
WHERE session_id = ? AND seq > ? AND NOT deleted AND (role <> 'tool' OR item IS NOT NULL) ORDER BY seq LIMIT ?
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
) -> tuple[ChatItem, ...]:
    rows = connection.execute(_SAID, (_own(connection, by, chat_id)["id"], after_seq, limit))
    return tuple(ChatItem(row["seq"], item_texts.item_of(row)) for row in rows)


def add(tx: Transaction, by: Actor, new: CreateSession, conversation: tuple[NewItem, ...]) -> SessionId:
    session = sessions.add(tx, by, new, "never")
    say(tx, by, session.id, conversation)
    return session.id


def say(tx: Transaction, by: Actor, session_id: SessionId, new: tuple[NewItem, ...]) -> tuple[Message, ...]:
    added = messages.add(tx, by, session_id, tuple(item.post for item in new))
    numbers = "SELECT number, ? FROM messages WHERE id = ?"
    kept = [(item.kept, message.id) for message, item in zip(added, new, strict=True) if item.kept is not None]
    tx.executemany(f"INSERT OR REPLACE INTO message_items (number, item) {numbers}", kept)
    return added


def update(tx: Transaction, by: Actor, chat_id: str, changes: ChatChanges) -> SessionId:
    session_id = SessionId(_own(tx, by, chat_id)["id"])
    changed = changes.conversation is not None and _rewrite(tx, by, session_id, changes.conversation)
    if changed or changes.title is not None or changes.archived is not None:
        tx.execute(
            "UPDATE sessions SET title = coalesce(?, title), archived = coalesce(?, archived), updated_at = ?"
            " WHERE id = ?",
            (changes.title, changes.archived, tx.now, session_id),
        )
        access.changed(tx, by, session_id)
    return session_id


def _rewrite(tx: Transaction, by: Actor, session_id: SessionId, conversation: tuple[NewItem, ...]) -> bool:
    """Make the session's conversation this one, keeping the messages that it has in this order already; return whether
    items of those that were kept changed. New ones only ever come last, so from the first that is neither kept nor left
    out all are said anew."""
    changed: list[tuple[int, str | None]] = []
    gone: list[Message] = []
    kept = 0
    for row in tx.execute(_SAID, (session_id, 0, -1)).fetchall():
        new = conversation[kept] if kept < len(conversation) else None
        if new is None or (row["role"], row["content"]) != (new.post.role, new.post.content):
            gone.append(transcript.message_from_row(row))
            continue
        kept += 1
        if item_texts.item_of(row) != _text(new):
            changed.append((row["number"], new.kept))
    _forget(tx, by, gone)
    tx.executemany("DELETE FROM message_items WHERE number = ?", [(number,) for number, _ in changed])
    noted = [(number, item) for number, item in changed if item is not None]
    tx.executemany("INSERT INTO message_items (number, item) VALUES (?, ?)", noted)
    say(tx, by, session_id, conversation[kept:])
    return bool(changed)


def _text(new: NewItem) -> str:
    said = new.post
    return items.plain(said.role, said.content) if new.kept is None else items.whole(new.kept, said.content)


def _forget(tx: Transaction, by: Actor, gone: Sequence[Message]) -> None:
    """Delete messages; those that waited for an answer wait no more."""
    for message in gone:
        if message.role == "user" and message.turn_id is not None:
            turns.cancel_queued(tx, by, message)
    transcript.erase(tx, by, *gone)
