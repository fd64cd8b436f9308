"""The log of events, read again: a session's by seq, everybody's by position."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from segue.events import DurableEvent
from segue.models import SessionId
from segued.store.base import Actor
from segued.store.sqlite import transcript
from segued.store.sqlite.transaction import event_from_row

_EVENTS = """
SELECT events.position, events.session_id, events.seq, events.type, events.at, events.actor, events.interface,
    events.data FROM events
"""


def _build(connection: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> list[DurableEvent]:
    events = []
    for row in rows:
        message = None
        if row["type"] == "message.created":
            found = connection.execute(
                "SELECT * FROM messages WHERE session_id = ? AND seq = ?", (row["session_id"], row["seq"])
            ).fetchone()
            message = transcript.message_from_row(found)
        events.append(event_from_row(row, message))
    return events


def of_session(
    connection: sqlite3.Connection, session_id: SessionId, after: int, limit: int
) -> tuple[DurableEvent, ...]:
    rows = connection.execute(
        f"{_EVENTS} WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ?", (session_id, after, limit)
    ).fetchall()
    return tuple(_build(connection, rows))


def of_all(connection: sqlite3.Connection, by: Actor, after: int, limit: int) -> tuple[tuple[DurableEvent, ...], int]:
    rows = connection.execute(f"{_EVENTS} WHERE position > ? ORDER BY position LIMIT ?", (after, limit)).fetchall()
    upto = rows[-1]["position"] if rows else after
    if not by.sees_all:
        mine = {r[0] for r in connection.execute("SELECT session_id FROM members WHERE user_id = ?", (by.user_id,))}
        rows = [row for row in rows if row["session_id"] in mine or _was_mine(row, by)]
    events = _build(connection, rows)
    at = [row["position"] for row in rows]
    return tuple(e.model_copy(update={"id": position}) for e, position in zip(events, at, strict=True)), upto


def _was_mine(row: sqlite3.Row, by: Actor) -> bool:
    """Tell whether a deleted session's last event is for somebody who was a member."""
    return row["type"] == "session.deleted" and f'"user_id":"{by.user_id}"' in row["data"]


def last_position(connection: sqlite3.Connection) -> int:
    (position,) = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
    return int(position)
