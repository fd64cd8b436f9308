"""Items of agent programs: each is a message, and what the message does not say is kept beside it."""

from __future__ import annotations

import sqlite3

from segue.errors import SegueError
from segue.models import ExportedMessage, ItemsAdded, ItemsRefused, SessionId
from segued.store.base import Actor, ItemsCleared, ItemTexts, NewItems, PoppedText
from segued.store.sqlite import access, audit, item_texts, messages, transcript, turns
from segued.store.sqlite.transaction import Transaction

_LAST = """
SELECT messages.*, item FROM messages LEFT JOIN message_items USING (number)
WHERE session_id = ? AND seq < ? AND NOT deleted ORDER BY seq DESC LIMIT ?
"""
_EXPORTED = """
SELECT messages.*, item FROM messages LEFT JOIN message_items USING (number)
WHERE session_id = ? AND seq > ? AND NOT deleted ORDER BY seq LIMIT ?
"""
_END = 2**62
_MOST_CHARACTERS = 4 * 1024 * 1024  # of the messages exported at once: an item may hold a picture


def listing(
    connection: sqlite3.Connection, by: Actor, session_id: SessionId, limit: int, before_seq: int | None = None
) -> ItemTexts:
    access.visible(connection, by, session_id)
    rows = connection.execute(_LAST, (session_id, before_seq or _END, limit)).fetchall()
    texts = tuple(item_texts.item_of(row) for row in reversed(rows))
    return ItemTexts(texts, rows[-1]["seq"] if len(rows) == limit else None)


def exported(
    connection: sqlite3.Connection, by: Actor, session_id: SessionId, limit: int, after_seq: int
) -> tuple[ExportedMessage, ...]:
    access.visible(connection, by, session_id)
    taken: list[ExportedMessage] = []
    characters = 0
    for row in connection.execute(_EXPORTED, (session_id, after_seq, limit)):
        item = None if row["item"] is None else item_texts.item_of(row)
        taken.append(ExportedMessage(**dict(transcript.message_from_row(row)), item=item))
        characters += len(row["content"]) + len(item or "")
        if characters > _MOST_CHARACTERS:
            break
    return tuple(taken)


def add(tx: Transaction, by: Actor, additions: tuple[NewItems, ...]) -> tuple[ItemsAdded | ItemsRefused, ...]:
    access.expect(tx, by, [new.session_id for new in additions])
    return tuple(_add_to_one(tx, by, new) for new in additions)


def _add_to_one(tx: Transaction, by: Actor, new: NewItems) -> ItemsAdded | ItemsRefused:
    """Add all, or refuse before anything is written."""
    try:
        added = messages.add(tx, by, new.session_id, tuple(item.post for item in new.items))
    except SegueError as exc:
        return ItemsRefused(error=exc.to_wire()["error"])
    for commit, item in zip(tx.commits[-len(added) :], new.items, strict=True):
        if item.kept is not None:
            tx.batch.add_item(commit.position, item.kept)
    return ItemsAdded(added=len(added), last_seq=added[-1].seq)


def pop(tx: Transaction, by: Actor, session_id: SessionId) -> PoppedText:
    access.writable(tx, by, session_id)
    row = tx.execute(_LAST, (session_id, _END, 1)).fetchone()
    if row is None:
        return PoppedText(session_id, None)
    messages.delete(tx, by, session_id, row["id"])
    return PoppedText(session_id, item_texts.item_of(row))


def clear(tx: Transaction, by: Actor, session_id: SessionId, upto_seq: int | None, limit: int) -> ItemsCleared:
    last_seq = access.owned(tx, by, session_id)["last_seq"]
    upto = last_seq if upto_seq is None else upto_seq
    rows = tx.execute(
        "SELECT * FROM messages WHERE session_id = ? AND seq <= ? AND NOT deleted ORDER BY seq LIMIT ?",
        (session_id, upto, limit + 1),
    ).fetchall()
    gone = [transcript.message_from_row(row) for row in rows[:limit]]
    for message in gone:
        turns.cancel_queued(tx, by, message)
    transcript.erase(tx, by, *gone)
    if len(rows) <= limit:
        audit.record(tx, by, "session.cleared", session_id=session_id)
    return ItemsCleared(session_id, upto, len(rows) > limit)
