"""How tools of MCP servers are used."""

from __future__ import annotations

import sqlite3

from segue.models import McpUsage, SessionId, SessionToolUsage, ToolUsage
from segued.store.base import Actor, McpUse
from segued.store.sqlite import access
from segued.store.sqlite.transaction import Transaction, from_time, to_time

_SESSIONS = 100  # told of at most

_ADD = """
INSERT INTO mcp_uses (session_id, server, tool, calls, errors, seconds, max_seconds, last_used)
VALUES (coalesce((SELECT id FROM sessions WHERE id = :session), ''), :server, :tool, :calls, :errors, :seconds,
    :longest, :at)
ON CONFLICT DO UPDATE SET calls = calls + :calls, errors = errors + :errors, seconds = seconds + :seconds,
    max_seconds = max(max_seconds, :longest), last_used = max(last_used, :at)
"""
_SEEN = """
FROM mcp_uses u WHERE CASE
    WHEN :session IS NOT NULL THEN u.session_id = :session
    ELSE :sees_all OR EXISTS (SELECT 1 FROM members m WHERE m.session_id = u.session_id AND m.user_id = :user)
END
"""
_BY_TOOL = f"""
SELECT server, tool, sum(calls) AS calls, sum(errors) AS errors, sum(seconds) / sum(calls) AS mean,
    max(max_seconds) AS longest, max(last_used) AS last_used
{_SEEN} GROUP BY server, tool ORDER BY server, tool
"""
_BY_SESSION = f"""
SELECT session_id, sum(calls) AS calls, sum(errors) AS errors, max(last_used) AS last_used
{_SEEN} AND session_id != '' GROUP BY session_id ORDER BY last_used DESC LIMIT {_SESSIONS}
"""


def add_uses(tx: Transaction, uses: tuple[McpUse, ...]) -> None:
    tx.executemany(
        _ADD,
        [
            {
                "session": use.session_id,
                "server": use.server,
                "tool": use.tool,
                "calls": use.calls,
                "errors": use.errors,
                "seconds": use.seconds,
                "longest": use.max_seconds,
                "at": from_time(use.last_used_at),
            }
            for use in uses
        ],
    )


def usage(connection: sqlite3.Connection, by: Actor, session_id: SessionId | None) -> McpUsage:
    if session_id is not None:
        access.visible(connection, by, session_id)
    asked = {"session": session_id, "sees_all": by.sees_all, "user": by.user_id}
    return McpUsage(
        tools=tuple(_tool(row) for row in connection.execute(_BY_TOOL, asked)),
        sessions=tuple(_session(row) for row in connection.execute(_BY_SESSION, asked)),
    )


def _tool(row: sqlite3.Row) -> ToolUsage:
    return ToolUsage(
        server=row["server"],
        tool=row["tool"],
        calls=row["calls"],
        errors=row["errors"],
        mean_seconds=row["mean"],
        max_seconds=row["longest"],
        last_used_at=to_time(row["last_used"]),
    )


def _session(row: sqlite3.Row) -> SessionToolUsage:
    return SessionToolUsage(
        session_id=row["session_id"],
        calls=row["calls"],
        errors=row["errors"],
        last_used_at=to_time(row["last_used"]),
    )


def claim(tx: Transaction, by: Actor, call_id: str) -> str:
    return call_id  # kept under the actor's key, and given again when that comes again
