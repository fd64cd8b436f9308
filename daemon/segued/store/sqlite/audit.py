"""The audit log: appended to inside the transaction of the act that it tells of, and trimmed at its old end."""

from __future__ import annotations

import sqlite3
from typing import Any

from segue.models import Audited, AuditEntry, AuditPage, AuditQuery, Outcome, SessionId
from segued.store.base import Actor
from segued.store.sqlite.transaction import Transaction, from_time, to_time

DAEMON = Actor(None, "segued", "daemon", sees_all=True)
_AT_ONCE = 5000  # entries deleted in one commit
_CONDITIONS = {
    "session_id": "session_id = :session_id",
    "since": "at >= :since",
    "until": "at < :until",
    "before": "id < :before",
    "after": "id > :after",
}


def record(
    tx: Transaction,
    by: Actor,
    action: Audited,
    target: str | None = None,
    session_id: SessionId | None = None,
    outcome: Outcome = "done",
) -> None:
    """Note what the actor does in this transaction."""
    via = by.via
    tx.execute(
        "INSERT INTO audit (at, user_id, user, token_id, uid, address, interface, action, target, session_id, outcome,"
        " request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(tx.now, by.user_id, by.name, via.token_id, via.uid, via.address, by.interface),
            *(action, target, session_id, outcome, via.request_id),
        ),
    )


def listing(connection: sqlite3.Connection, by: Actor, query: AuditQuery) -> AuditPage:
    where, values = _where(by, query)
    order = "ASC" if query.after is not None else "DESC"
    rows = connection.execute(
        f"SELECT * FROM audit WHERE {' AND '.join(where)} ORDER BY id {order} LIMIT :limit", values
    ).fetchall()
    entries = tuple(AuditEntry.model_validate(dict(row) | {"at": to_time(row["at"])}) for row in rows[: query.limit])
    return AuditPage(entries=entries, more=len(rows) > query.limit)


def _where(by: Actor, query: AuditQuery) -> tuple[list[str], dict[str, Any]]:
    values = query.model_dump() | {"me": by.user_id, "limit": query.limit + 1}
    values |= {name: from_time(at) for name in ("since", "until") if (at := getattr(query, name)) is not None}
    where = ["1" if by.sees_all else "user_id = :me"]
    where += [condition for name, condition in _CONDITIONS.items() if values[name] is not None]
    if query.user is not None:
        where.append("(user_id = :user OR user = :user)")
    if query.action is not None:
        where.append("(action = :action OR (action > :action || '.' AND action < :action || '/'))")  # '/' follows '.'
    return where, values


def delete_old(tx: Transaction, days: int) -> int:
    tx.execute("UPDATE audit_begin SET since = max(since, ?)", (tx.now - days * 86_400_000_000,))
    gone = tx.execute(
        "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < (SELECT since FROM audit_begin) LIMIT ?)",
        (_AT_ONCE,),
    ).rowcount
    if gone:
        record(tx, DAEMON, "audit.trimmed", f"{gone} older than {days} days")
    return gone
