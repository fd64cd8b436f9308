"""Sessions, and the snapshot of one."""

from __future__ import annotations

import sqlite3
from typing import Any

from segue.errors import Invalid, PlaceTaken, SessionNotFound
from segue.events import Snapshot
from segue.models import CreateSession, Reply, Session, SessionId, UpdateSession
from segued.store.base import Actor, SessionFilter
from segued.store.sqlite import (
    access,
    audit,
    context,
    fulltext,
    members,
    places,
    projects,
    quotas,
    summaries,
    tools,
    transcript,
    turns,
)
from segued.store.sqlite.transaction import Transaction, new_id

_FILTERS = ("archived", "pinned", "project_id", "owner_id")
_SLICE = 500  # messages deleted with one commit
_SNAPSHOT_CONTEXT = 20  # entries of the context in a snapshot


def listing(
    connection: sqlite3.Connection, by: Actor, where: SessionFilter, limit: int, offset: int
) -> tuple[tuple[Session, ...], int]:
    conditions = ["1" if by.sees_all else "id IN (SELECT session_id FROM members WHERE user_id = :user)"]
    if where.search is not None:
        conditions.append(r"(title LIKE :search ESCAPE '\' OR last_message_preview LIKE :search ESCAPE '\')")
    for column in _FILTERS:
        if getattr(where, column) is not None:
            conditions.append(f"{column} = :{column}")
    pattern = (where.search or "").replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    values = {"user": by.user_id, "search": f"%{pattern}%", "limit": limit, "offset": offset} | {
        column: getattr(where, column) for column in _FILTERS
    }
    condition = " AND ".join(conditions)
    (total,) = connection.execute(f"SELECT count(*) FROM sessions WHERE {condition}", values).fetchone()
    rows = connection.execute(
        f"SELECT * FROM sessions WHERE {condition} ORDER BY pinned DESC, updated_at DESC, id DESC"
        " LIMIT :limit OFFSET :offset",
        values,
    ).fetchall()
    return tuple(access.session_from_row(connection, row) for row in rows), total


def related(connection: sqlite3.Connection, by: Actor, session_id: SessionId, limit: int) -> tuple[Session, ...]:
    session = access.visible(connection, by, session_id)
    rows = connection.execute(
        "SELECT * FROM sessions WHERE id <> :id AND NOT archived AND (project_id = :project OR owner_id = :owner)"
        " AND (:sees_all OR id IN (SELECT session_id FROM members WHERE user_id = :user))"
        " ORDER BY updated_at DESC, id DESC LIMIT :limit",
        {
            "id": session_id,
            "project": session["project_id"],
            "owner": session["owner_id"],
            "sees_all": by.sees_all,
            "user": by.user_id,
            "limit": limit,
        },
    ).fetchall()
    return tuple(access.session_from_row(connection, row) for row in rows)


def get(reader: access.Reader, by: Actor, session_id: SessionId) -> Session:
    return access.session_from_row(reader, access.visible(reader, by, session_id))


def snapshot(connection: sqlite3.Connection, by: Actor, session_id: SessionId, messages_limit: int) -> Snapshot:
    session = access.session_from_row(connection, access.visible(connection, by, session_id))
    last = transcript.last(connection, session_id, messages_limit)
    open_turns = turns.open_turns(connection, session_id)
    return Snapshot(
        session=session,
        messages=last,
        turns=open_turns,
        partial=turns.saved_partial(connection, open_turns),
        tool_calls=tools.open_calls(connection, session_id),
        approvals=tools.pending(connection, session_id),
        bindings=places.of_session(connection, session_id),
        receipts=places.receipts_of_messages(connection, last),
        context=context.last(connection, session_id, _SNAPSHOT_CONTEXT),
        summary=summaries.current(connection, session_id),
    )


def add(tx: Transaction, by: Actor, new: CreateSession, reply: Reply) -> Session:
    if new.place is not None:
        bound = places.find(tx, new.place.interface, new.place.place)
        if bound is not None:
            raise PlaceTaken(
                f"{new.place.interface} {new.place.place!r} is bound to a session already: unbind it first",
                session_id=bound["session_id"] if by.sees_all else None,
            )
    session = make(tx, by, new, reply)
    if new.place is None:
        return session
    places.bind(tx, by, new.place, session.id)
    return get(tx, by, session.id)


def make(
    tx: Transaction, by: Actor, new: CreateSession, reply: Reply, session_id: SessionId | None = None, **fields: Any
) -> Session:
    """Add a session, bound nowhere, with `fields` of its row besides; `session_id` is its id if it has one."""
    if by.user_id is None:
        raise Invalid("a session needs an owner: call with a user's token")
    quotas.check_sessions(tx, by, by.user_id)
    if new.project_id is not None:
        projects.writable(tx, by, new.project_id)
    session_id = session_id or SessionId(new_id())
    values = new.model_dump(exclude={"place", "reply"}) | {
        "id": session_id,
        "reply": reply,
        "created_at": tx.now,
        "updated_at": tx.now,
        "owner_id": by.user_id,
        "last_seq": 1,
        **fields,
    }
    columns = ", ".join(values)
    tx.execute(f"INSERT INTO sessions ({columns}) VALUES ({', '.join(f':{c}' for c in values)})", values)
    tx.execute("INSERT INTO members (session_id, user_id, role) VALUES (?, ?, 'owner')", (session_id, by.user_id))
    session = get(tx, by, session_id)
    tx.append(by, session_id, session.last_seq, "session.created", session)
    return session


def get_or_add(tx: Transaction, by: Actor, new: CreateSession, reply: Reply) -> tuple[Session, bool]:
    bound = places.find(tx, new.place.interface, new.place.place) if new.place else None
    if bound is None:
        return add(tx, by, new, reply), True
    try:
        return get(tx, by, SessionId(bound["session_id"])), False
    except SessionNotFound as exc:
        raise PlaceTaken("that place belongs to somebody else's session: use another place") from exc


def update(tx: Transaction, by: Actor, session_id: SessionId, changes: UpdateSession) -> Session:
    row = access.writable(tx, by, session_id)
    values = changes.model_dump(exclude={"members"}, exclude_unset=True)
    for column in ("title", "agent_name", "reply", "pinned", "archived"):
        if column in values and values[column] is None:
            raise Invalid(f"{column} cannot be null: leave it out, or give a value", field=column)
    moves = "project_id" in values and values["project_id"] != row["project_id"]
    if moves or changes.members is not None:
        access.owned(tx, by, session_id)
    if moves and values["project_id"] is not None:
        projects.writable(tx, by, values["project_id"], row["owner_id"])
    if changes.members is not None:
        members.replace(tx, by, session_id, {m.user_id: m.role for m in changes.members})
    values |= {"id": session_id, "updated_at": tx.now}
    assignments = ", ".join(f"{column} = :{column}" for column in values if column != "id")
    tx.execute(f"UPDATE sessions SET {assignments} WHERE id = :id", values)
    if moves:
        tx.forget_audience(session_id)
    return access.changed(tx, by, session_id)


def unfinished(connection: sqlite3.Connection) -> tuple[SessionId, ...]:
    """Return the sessions that are deleted, and some of whose messages are not yet."""
    return tuple(SessionId(row[0]) for row in connection.execute("SELECT session_id FROM unfinished_deletions"))


def delete_some(tx: Transaction, session_id: SessionId) -> bool:
    """Delete the next messages of a session that is gone; tell whether they were the last."""
    row = tx.execute(
        f"SELECT seq FROM messages WHERE session_id = ? ORDER BY seq LIMIT 1 OFFSET {_SLICE}", (session_id,)
    ).fetchone()
    these = "session_id = ?" if row is None else f"session_id = ? AND seq < {row['seq']}"
    fulltext.forget_messages(tx, these, session_id)
    tx.execute(f"DELETE FROM messages WHERE {these}", (session_id,))
    if row is None:
        tx.execute("DELETE FROM unfinished_deletions WHERE session_id = ?", (session_id,))
    return row is None


def delete(tx: Transaction, by: Actor, session_id: SessionId) -> None:
    row = access.owned(tx, by, session_id)
    session = access.session_from_row(tx, row)
    seq = row["last_seq"] + 1
    gone = session.model_copy(update={"last_seq": seq, "last_message_preview": ""})
    tx.append(by, session_id, seq, "session.deleted", gone)
    audit.record(tx, by, "session.deleted", session_id=session_id)
    tx.execute("DELETE FROM keys WHERE session_id = ?", (session_id,))
    quotas.discount(tx, session_id, "session_id = ?", session_id)
    if not delete_some(tx, session_id):
        tx.execute("INSERT INTO unfinished_deletions (session_id) VALUES (?)", (session_id,))
    tx.execute("DELETE FROM events WHERE session_id = ? AND seq < ?", (session_id, seq))
    tx.execute("DELETE FROM sessions WHERE id = ?", (session_id,))
    tx.forget_audience(session_id)
