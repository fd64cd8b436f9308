"""What people have answered once for all later calls of a tool in a session."""

from __future__ import annotations

import sqlite3

from segue.models import SessionId, ToolPermission
from segued.store.base import Actor
from segued.store.sqlite import access, audit
from segued.store.sqlite.transaction import Transaction, to_time


def listing(connection: sqlite3.Connection, by: Actor, session_id: SessionId) -> tuple[ToolPermission, ...]:
    access.visible(connection, by, session_id)
    rows = connection.execute(
        "SELECT p.*, u.name FROM tool_permissions p LEFT JOIN users u ON u.id = p.user_id WHERE p.session_id = ?"
        " ORDER BY p.server, p.tool",
        (session_id,),
    )
    return tuple(
        ToolPermission(
            server=row["server"],
            tool=row["tool"],
            decision=row["decision"],
            decided_by=row["name"],
            decided_at=to_time(row["at"]),
        )
        for row in rows
    )


def decision(tx: Transaction, session_id: SessionId, server: str, tool: str) -> str | None:
    """Return what holds for the tool; None if somebody has to be asked."""
    row = tx.execute(
        "SELECT decision FROM tool_permissions WHERE session_id = ? AND server = ? AND tool = ?",
        (session_id, server, tool),
    ).fetchone()
    return str(row[0]) if row else None


def remember(tx: Transaction, by: Actor, session_id: SessionId, server: str, tool: str, decision: str) -> None:
    tx.execute(
        "INSERT OR REPLACE INTO tool_permissions (session_id, server, tool, decision, user_id, at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (session_id, server, tool, decision, by.user_id, tx.now),
    )


def forget(tx: Transaction, by: Actor, session_id: SessionId, server: str, tool: str) -> None:
    access.writable(tx, by, session_id)
    if decision(tx, session_id, server, tool) is None:
        return
    tx.execute(
        "DELETE FROM tool_permissions WHERE session_id = ? AND server = ? AND tool = ?", (session_id, server, tool)
    )
    audit.record(tx, by, "approval.forgotten", f"{server}/{tool}", session_id)
