"""The row of a session, and who may see it, write to it, own it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from segue.errors import Forbidden, SessionNotFound
from segue.models import ForkedFrom, Member, Session, SessionId
from segued.store.base import Actor
from segued.store.sqlite.transaction import Transaction, to_time

Reader = sqlite3.Connection | Transaction


def session_from_row(reader: Reader, row: sqlite3.Row) -> Session:
    members = reader.execute(
        "SELECT user_id, name, role FROM members JOIN users ON id = user_id WHERE session_id = ?"
        " ORDER BY role, user_id",
        (row["id"],),
    )
    return Session(
        id=row["id"],
        title=row["title"],
        agent_name=row["agent_name"],
        model_id=row["model_id"],
        reply=row["reply"],
        created_at=to_time(row["created_at"]),
        updated_at=to_time(row["updated_at"]),
        message_count=row["message_count"],
        last_message_preview=row["last_message_preview"],
        pinned=bool(row["pinned"]),
        archived=bool(row["archived"]),
        project_id=row["project_id"],
        tool_id=row["tool_id"],
        workspace_path=row["workspace_path"],
        owner_id=row["owner_id"],
        members=tuple(Member(user_id=m[0], name=m[1], role=m[2]) for m in members),
        last_seq=row["last_seq"],
        forked_from=ForkedFrom.model_validate_json(row["forked_from"]) if row["forked_from"] else None,
    )


def visible(reader: Reader, by: Actor, session_id: SessionId) -> sqlite3.Row:
    """Return the session's row with the actor's `role`; a session that is not theirs is not there."""
    row: sqlite3.Row | None = reader.execute(
        "SELECT sessions.*, role FROM sessions LEFT JOIN members ON session_id = id AND user_id = ? WHERE id = ?",
        (by.user_id, session_id),
    ).fetchone()
    if row is None or (row["role"] is None and not by.sees_all):
        raise SessionNotFound(f"there is no session {session_id!r} that you may see")
    return row


def writable(reader: Reader, by: Actor, session_id: SessionId) -> sqlite3.Row:
    """Return the session's row if the actor may write there."""
    row = visible(reader, by, session_id)
    if row["role"] == "reader" and not by.sees_all:
        raise Forbidden("you may read this session but not write to it: ask its owner to make you a writer")
    return row


def expect(tx: Transaction, by: Actor, session_ids: Sequence[SessionId]) -> None:
    """Read the rows of sessions that are about to be written to in one statement, for `writable_in_batch`."""
    batch = tx.batch
    rows = batch.connection.execute(
        "SELECT sessions.*, role FROM json_each(?) JOIN sessions ON sessions.id = value"
        " LEFT JOIN members ON session_id = sessions.id AND user_id = ?",
        (json.dumps(session_ids), by.user_id),
    )
    for row in rows:
        if by.sees_all or row["role"] not in (None, "reader"):
            batch.writers.add((row["id"], by.user_id, by.sees_all))
            batch.sessions.setdefault(row["id"], dict(row))


def writable_in_batch(tx: Transaction, by: Actor, session_id: SessionId) -> dict[str, Any]:
    """Do as `writable`; return the session's row as the verbs before in the same batch have left it. Who adds an event
    puts it back, in `Batch.sessions`, with the new `last_seq`."""
    batch = tx.batch
    writer = (session_id, by.user_id, by.sees_all)
    if writer not in batch.writers:
        row = writable(batch.connection, by, session_id)
        batch.writers.add(writer)
        batch.sessions.setdefault(session_id, dict(row))
    return batch.sessions[session_id]


def owned(reader: Reader, by: Actor, session_id: SessionId) -> sqlite3.Row:
    """Return the session's row if the actor owns it."""
    row = visible(reader, by, session_id)
    if row["role"] != "owner" and not by.sees_all:
        raise Forbidden("only the session's owner may do that")
    return row


def changed(tx: Transaction, by: Actor, session_id: SessionId) -> Session:
    """Append session.updated with the session as it now is."""
    seq = tx.next_seq(session_id)
    row = tx.execute("SELECT * FROM sessions WHERE id = ?", (session_id,)).fetchone()
    session = session_from_row(tx, row)
    tx.append(by, session_id, seq, "session.updated", session)
    return session
