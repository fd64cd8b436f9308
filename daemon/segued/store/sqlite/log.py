"""The log of events, read again: a session's by seq, everybody's by position."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import cache

from segue.events import DurableEvent, MemoryEvent
from segue.models import Model, SessionId
from segued.store.base import Actor
from segued.store.sqlite import context, memories, projects, summaries, transcript
from segued.store.sqlite.transaction import NO_SESSION, event_from_row

_EVENTS = """
SELECT events.position, events.session_id, events.seq, events.type, events.at, events.actor, events.interface,
    events.data FROM events
"""


def _build(connection: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> list[DurableEvent]:
    return [event_from_row(row, _kept(connection, row)) for row in rows]


def _kept(connection: sqlite3.Connection, row: sqlite3.Row) -> Model | None:
    """Return the data of an event that has none of its own in the log."""
    match row["type"]:
        case "message.created":
            found = connection.execute(
                "SELECT * FROM messages WHERE session_id = ? AND seq = ?", (row["session_id"], row["seq"])
            ).fetchone()
            return transcript.message_from_row(found)
        case "context.added":
            return context.find(connection, row["session_id"], row["seq"])
        case "context.compressed":
            return summaries.find(connection, row["session_id"], row["seq"])
        case "memory.saved":
            return memories.find_version(connection, row["position"])
    return None


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
        rows = [r for r in rows if r["session_id"] in mine or _was_mine(r, by) or r["session_id"] == NO_SESSION]
    events = zip(_build(connection, rows), (row["position"] for row in rows), strict=True)
    readable = cache(lambda project_id: projects.may_read(connection, by, project_id))
    seen = (e.model_copy(update={"id": position}) for e, position in events if _is_readable(e, readable))
    return tuple(seen), upto


def _is_readable(event: DurableEvent, project: Callable[[str], bool]) -> bool:
    """Tell whether an event, if it is of a project, is of one that may be read."""
    return not isinstance(event, MemoryEvent) or project(event.data.project_id)


def _was_mine(row: sqlite3.Row, by: Actor) -> bool:
    """Tell whether a deleted session's last event is for somebody who was a member."""
    return row["type"] == "session.deleted" and f'"user_id":"{by.user_id}"' in row["data"]


def last_position(connection: sqlite3.Connection) -> int:
    (position,) = connection.execute(  # behind what a fork has used that came to nothing
        "SELECT max(coalesce((SELECT max(position) FROM events), 0),"
        " coalesce((SELECT max(number) FROM unfinished_forks), 0))"
    ).fetchone()
    return int(position)
