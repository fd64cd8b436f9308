"""Projects: whose they are.

A name is nobody's secret, so naming a project lets nobody in. It belongs to who named it first, for a session of theirs
or a memory. Its people are the owner, and whoever is a member of a session of it that one of its people owns; those who
are more than readers there may write, and bring in others. So a session gets into a project only through somebody who
may write there; and one that is handed over stays in it only if both may: its members must not come into what its new
owner's projects remember, nor go on in what its old owner was taken out of.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from segue.errors import Forbidden
from segue.models import Project, SessionId, UserId
from segued.store.base import Actor
from segued.store.sqlite import access
from segued.store.sqlite.transaction import Transaction, now_microseconds

_WRITERS = """
WITH RECURSIVE writers (user_id) AS (
    SELECT :owner
    UNION
    SELECT members.user_id FROM writers
    JOIN sessions ON sessions.project_id = :project AND sessions.owner_id = writers.user_id
    JOIN members ON members.session_id = sessions.id AND members.role <> 'reader'
)
"""


def _owner(reader: access.Reader, project_id: str) -> UserId | None:
    row = reader.execute("SELECT owner_id FROM projects WHERE id = ?", (project_id,)).fetchone()
    return UserId(row[0]) if row is not None else None


def _people(reader: access.Reader, project_id: str, owner: UserId) -> frozenset[UserId]:
    rows = reader.execute(
        f"{_WRITERS} SELECT user_id FROM writers UNION SELECT members.user_id FROM writers"
        " JOIN sessions ON sessions.project_id = :project AND sessions.owner_id = writers.user_id"
        " JOIN members ON members.session_id = sessions.id",
        {"project": project_id, "owner": owner},
    )
    return frozenset(UserId(row[0]) for row in rows)


def may_read(reader: access.Reader, by: Actor, project_id: str) -> bool:
    """Tell whether the project's memories are the actor's too. Of one that has none, there is nothing to read."""
    owner = _owner(reader, project_id)
    if owner is None or by.sees_all or by.user_id == owner:
        return owner is not None
    return by.user_id in _people(reader, project_id, owner)


def audience(tx: Transaction, project_id: str) -> frozenset[UserId]:
    """Return who may read the project's memories, from a cache that `Transaction.forget_audience` keeps true."""
    known = tx.batch.audiences.of_project
    if project_id not in known:
        owner = _owner(tx, project_id)
        known[project_id] = _people(tx, project_id, owner) if owner is not None else frozenset()
    return known[project_id]


def writable(tx: Transaction, by: Actor, project_id: str, whose: UserId | None = None) -> None:
    """Raise `Forbidden` unless the actor may write the project's memories, and put sessions into it; one that is new
    belongs to `whose`, by default the actor's user, from now on."""
    known = _owner(tx, project_id)
    rightful = known or _first_to_name(tx, project_id)
    if rightful is not None and not by.sees_all and not _writes(tx, by.user_id, project_id, rightful):
        raise Forbidden(
            f"the project {project_id!r} is somebody else's: choose another name, or ask them to make you a writer in"
            " one of its sessions"
        )
    owner = rightful or whose or by.user_id
    if owner is None:
        raise Forbidden("a project needs an owner: call with a user's token")
    if known is None:
        tx.execute("INSERT INTO projects (id, owner_id, created_at) VALUES (?, ?, ?)", (project_id, owner, tx.now))


def _first_to_name(tx: Transaction, project_id: str) -> UserId | None:
    """Return whose a project is that was named when sessions did not claim theirs yet."""
    row = tx.execute("SELECT owner_id FROM sessions WHERE project_id = ? ORDER BY id LIMIT 1", (project_id,)).fetchone()
    return UserId(row[0]) if row is not None else None


def _writes(tx: Transaction, user_id: UserId | None, project_id: str, owner: UserId) -> bool:
    if user_id == owner:
        return True
    row = tx.execute(
        f"{_WRITERS} SELECT 1 FROM writers WHERE user_id = :user",
        {"project": project_id, "owner": owner, "user": user_id},
    ).fetchone()
    return row is not None


def may_write(tx: Transaction, user_id: UserId | None, project_id: str) -> bool:
    """Tell whether a user may write the project's memories; of one that is new, everybody may."""
    owner = _owner(tx, project_id) or _first_to_name(tx, project_id)
    return owner is None or _writes(tx, user_id, project_id, owner)


def settle(tx: Transaction, session_id: SessionId) -> None:
    """Take a session out of its project if its owner may not write there. Whoever calls this tells of the session."""
    row = tx.execute("SELECT project_id, owner_id FROM sessions WHERE id = ?", (session_id,)).fetchone()
    if row["project_id"] is not None and not may_write(tx, UserId(row["owner_id"]), row["project_id"]):
        tx.execute("UPDATE sessions SET project_id = NULL WHERE id = ?", (session_id,))
        tx.forget_audience(session_id)


def listing(connection: sqlite3.Connection, by: Actor, limit: int, offset: int) -> tuple[Project, ...]:
    who = {"sees_all": by.sees_all, "user": by.user_id}
    sessions = _counts(
        connection,
        "SELECT project_id, count(*) FROM sessions WHERE project_id IS NOT NULL AND (:sees_all OR id IN"
        " (SELECT session_id FROM members WHERE user_id = :user)) GROUP BY project_id",
        who,
    )
    owned = connection.execute("SELECT id FROM projects WHERE :sees_all OR owner_id = :user", who)
    page = sorted(sessions.keys() | {row[0] for row in owned})[offset : offset + limit]
    return tuple(
        Project(
            project_id=project_id,
            session_count=sessions.get(project_id, 0),
            memory_count=_count_memories(connection, project_id) if may_read(connection, by, project_id) else 0,
        )
        for project_id in page
    )


def _counts(connection: sqlite3.Connection, sql: str, values: Mapping[str, object]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(sql, values)}


def _count_memories(connection: sqlite3.Connection, project_id: str) -> int:
    (count,) = connection.execute(
        "SELECT count(*) FROM memories WHERE project_id = ? AND (expires_at IS NULL OR expires_at > ?)",
        (project_id, now_microseconds()),
    ).fetchone()
    return int(count)
