"""Schedules: what is to be posted when, and posting it exactly once."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

from segue.errors import Conflict, Forbidden, ScheduleNotFound, SegueError
from segue.models import REMINDER, SCHEDULE, PostMessage, Schedule, ScheduleId, ScheduleOutcome, SessionId, UserId
from segued.store.base import Actor, Firing, NewSchedule, Timing
from segued.store.sqlite import access, audit, messages
from segued.store.sqlite.transaction import Transaction, from_time, new_id, to_time

_ENDED_DAYS = 30  # so long a schedule that is over can be looked at
_DAY = 86_400_000_000
_SCHEDULES = """
SELECT schedules.*, users.name AS user, users.disabled_at, sessions.archived, members.role,
    CASE WHEN members.user_id IS NOT NULL THEN sessions.title END AS session_title
FROM schedules JOIN users ON users.id = schedules.user_id JOIN sessions ON sessions.id = schedules.session_id
LEFT JOIN members ON members.session_id = schedules.session_id AND members.user_id = schedules.user_id
"""
_DUE = f"""
{_SCHEDULES} WHERE next_at IS NOT NULL AND next_at {{}} :now AND (cron IS NOT NULL OR NOT sessions.archived)
ORDER BY next_at LIMIT :limit
"""
_OWNED = "SELECT session_id FROM members WHERE user_id = :user AND role = 'owner'"
_WRITTEN_TO = "SELECT session_id FROM members WHERE user_id = :user AND role <> 'reader'"


def _to_time(at: int | None) -> datetime | None:
    return to_time(at) if at is not None else None


def _from_time(at: datetime | None) -> int | None:
    return from_time(at) if at is not None else None


def _from_row(row: sqlite3.Row) -> Schedule:
    return Schedule(
        id=row["id"],
        session_id=row["session_id"],
        session_title=row["session_title"],
        session_archived=bool(row["archived"]),
        user_id=row["user_id"],
        user=row["user"],
        kind=row["kind"],
        content=row["content"],
        when=row["said"],
        cron=row["cron"],
        at=_to_time(row["at"]),
        timezone=row["timezone"],
        until=_to_time(row["until"]),
        state=row["state"],
        next_at=_to_time(row["next_at"]),
        created_at=to_time(row["created_at"]),
        run_count=row["run_count"],
        last_at=_to_time(row["last_at"]),
        last_outcome=row["last_outcome"],
        last_note=row["last_note"],
        last_message_id=row["last_message_id"],
        last_turn_id=row["last_turn_id"],
    )


def _find(reader: access.Reader, by: Actor, schedule_id: ScheduleId) -> sqlite3.Row:
    """Return the row of a schedule that is the actor's, or that posts into a session which they own."""
    row: sqlite3.Row | None = reader.execute(
        f"{_SCHEDULES} WHERE schedules.id = :id"
        f" AND (:sees_all OR schedules.user_id = :user OR schedules.session_id IN ({_OWNED}))",
        {"id": schedule_id, "sees_all": by.sees_all, "user": by.user_id},
    ).fetchone()
    if row is None:
        raise ScheduleNotFound(f"there is no schedule {schedule_id!r} that you may see")
    return row


def _own(reader: access.Reader, by: Actor, schedule_id: ScheduleId) -> sqlite3.Row:
    """Return the row of a schedule whose posts are the actor's to answer for."""
    row = _find(reader, by, schedule_id)
    if not (by.sees_all or row["user_id"] == by.user_id):
        raise Forbidden(f"it posts in the name of {row['user']}: as the session's owner you may only remove it")
    return row


def _again(tx: Transaction, schedule_id: ScheduleId) -> Schedule:
    return _from_row(tx.execute(f"{_SCHEDULES} WHERE schedules.id = ?", (schedule_id,)).fetchone())


def _change(tx: Transaction, schedule_id: ScheduleId, **values: Any) -> Schedule:
    assignments = ", ".join(f"{column} = :{column}" for column in values)
    tx.execute(f"UPDATE schedules SET {assignments} WHERE id = :id", values | {"id": schedule_id})
    return _again(tx, schedule_id)


# --- reading


def get(connection: sqlite3.Connection, by: Actor, schedule_id: ScheduleId) -> Schedule:
    return _from_row(_find(connection, by, schedule_id))


def listing(
    connection: sqlite3.Connection, by: Actor, session_id: SessionId | None, ended: bool, limit: int, offset: int
) -> tuple[Schedule, ...]:
    if session_id is not None:
        access.visible(connection, by, session_id)
    mine = f"(schedules.user_id = :user OR schedules.session_id IN ({_OWNED}))"
    conditions = ["1" if by.sees_all else mine]
    conditions += ["schedules.session_id = :session"] if session_id is not None else []
    conditions += [] if ended else ["state <> 'ended'"]
    rows = connection.execute(
        f"{_SCHEDULES} WHERE {' AND '.join(conditions)}"
        " ORDER BY next_at IS NULL, next_at, schedules.created_at, schedules.id LIMIT :limit OFFSET :offset",
        {"user": by.user_id, "session": session_id, "limit": limit, "offset": offset},
    )
    return tuple(_from_row(row) for row in rows)


def due(connection: sqlite3.Connection, now: datetime, limit: int) -> tuple[tuple[Schedule, ...], datetime | None]:
    values = {"now": from_time(now), "limit": limit}
    rows = connection.execute(_DUE.format("<="), values).fetchall()
    later = connection.execute(_DUE.format(">"), values | {"limit": 1}).fetchone()
    return tuple(_from_row(row) for row in rows), to_time(later["next_at"]) if later is not None else None


# --- changing


def _timing(timing: Timing) -> dict[str, Any]:
    """Return the columns that say when."""
    return {
        "said": timing.when,
        "cron": timing.cron,
        "at": _from_time(timing.at),
        "timezone": timing.timezone,
        "until": _from_time(timing.until),
        "state": timing.state,
        "next_at": _from_time(timing.next_at),
    }


def add(tx: Transaction, by: Actor, new: NewSchedule, at_most: int) -> Schedule:
    session = access.visible(tx, by, new.session_id)
    if session["role"] not in ("owner", "writer"):
        raise Forbidden("a schedule posts in your name: be a member who may write there first", field="session_id")
    assert by.user_id is not None
    known = count(tx, by.user_id)
    if known >= at_most:
        raise Conflict(f"you have {known} schedules and the limit is {at_most}: remove one that you need no more")
    tx.execute(
        "DELETE FROM schedules WHERE user_id = ? AND state = 'ended' AND coalesce(last_at, created_at) < ?",
        (by.user_id, tx.now - _ENDED_DAYS * _DAY),
    )
    schedule_id = ScheduleId(new_id())
    values = {
        "id": schedule_id,
        "session_id": new.session_id,
        "user_id": by.user_id,
        "kind": new.kind,
        "content": new.content,
        "created_at": tx.now,
        **_timing(new.timing),
    }
    tx.execute(f"INSERT INTO schedules ({', '.join(values)}) VALUES ({', '.join(f':{c}' for c in values)})", values)
    audit.record(tx, by, "schedule.created", schedule_id, new.session_id)
    return _again(tx, schedule_id)


def update(tx: Transaction, by: Actor, seen: Schedule, content: str | None, timing: Timing | None) -> Schedule:
    row = _own(tx, by, seen.id)
    if timing is not None and row["next_at"] != _from_time(seen.next_at):
        raise Conflict("it was due at this very moment: look at it, and try again")
    values = _timing(timing) if timing is not None else {}
    audit.record(tx, by, "schedule.changed", seen.id, seen.session_id)
    return _change(tx, seen.id, content=content if content is not None else row["content"], **values)


def delete(tx: Transaction, by: Actor, schedule_id: ScheduleId) -> None:
    row = _find(tx, by, schedule_id)
    tx.execute("DELETE FROM schedules WHERE id = ?", (schedule_id,))
    audit.record(tx, by, "schedule.deleted", schedule_id, row["session_id"])


def hand_over(tx: Transaction, user_id: UserId, heir: UserId) -> int:
    """Give a user's schedules, where the heir may write, to the heir; return how many that are not over."""
    values = {"before": user_id, "user": heir}
    rows = tx.execute(
        f"UPDATE schedules SET user_id = :user WHERE user_id = :before AND session_id IN ({_WRITTEN_TO})"
        " RETURNING state",
        values,
    ).fetchall()
    return sum(row["state"] != "ended" for row in rows)


def count(reader: access.Reader, user_id: UserId) -> int:
    """Return how many schedules of a user's are not over."""
    (found,) = reader.execute(
        "SELECT count(*) FROM schedules WHERE user_id = ? AND state <> 'ended'", (user_id,)
    ).fetchone()
    return int(found)


# --- posting


def fire(tx: Transaction, firing: Firing) -> Schedule | None:
    row = tx.execute(f"{_SCHEDULES} WHERE schedules.id = ?", (firing.schedule_id,)).fetchone()
    if row is None or row["next_at"] != from_time(firing.due):
        return None
    following = {
        "next_at": _from_time(firing.next_at),
        "state": "active" if firing.next_at is not None else "ended",
    }
    if row["archived"] and row["cron"] is None:
        return None
    if row["archived"]:
        return _note(tx, row, "skipped", "the session is archived", **following)
    if firing.next_at is not None and _still_runs(tx, row):
        return _note(tx, row, "skipped", "its last run had not ended", **following)
    if row["role"] not in ("owner", "writer"):
        if firing.next_at is not None:
            following = {"state": "paused", "next_at": None}
        return _note(tx, row, "refused", f"{row['user']} may not write there any more", **following)
    if row["disabled_at"] is not None:
        return _note(tx, row, "refused", f"{row['user']} is disabled", **following)
    try:
        return _post(tx, row, firing.content, firing.note, **following)
    except SegueError as exc:
        return _note(tx, row, "refused", exc.message, **following)


def run(tx: Transaction, by: Actor, schedule_id: ScheduleId) -> Schedule:
    row = _own(tx, by, schedule_id)
    if _still_runs(tx, row):
        raise Conflict("its last run has not ended: wait for the answer, or cancel that turn")
    return _post(tx, row, row["content"], "run by hand")


def _still_runs(tx: Transaction, row: sqlite3.Row) -> bool:
    open_turn = tx.execute(
        "SELECT 1 FROM turns WHERE id = ? AND state IN ('queued', 'running')", (row["last_turn_id"],)
    ).fetchone()
    return open_turn is not None


def _post(tx: Transaction, row: sqlite3.Row, content: str, note: str, **following: Any) -> Schedule:
    """Post in the name of the schedule's user, who may do no more than they may by now."""
    reminds = row["kind"] == "reminder"
    by = Actor(row["user_id"], row["user"], SCHEDULE)
    post = PostMessage(content=content, respond=not reminds, sender=REMINDER if reminds else None)
    (message,) = messages.add(tx, by, SessionId(row["session_id"]), (post,))
    posted = {"last_message_id": message.id, "last_turn_id": message.turn_id, "run_count": row["run_count"] + 1}
    return _note(tx, row, "posted", note, **posted, **following)


def _note(tx: Transaction, row: sqlite3.Row, outcome: ScheduleOutcome, note: str, **values: Any) -> Schedule:
    values |= {"last_at": tx.now, "last_outcome": outcome, "last_note": note}
    return _change(tx, ScheduleId(row["id"]), **values)
