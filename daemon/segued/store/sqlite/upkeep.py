"""What is kept for how long: idle sessions, old events, keys, and codes that nobody used."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from segue.models import SessionId
from segued.store.sqlite import access, sessions
from segued.store.sqlite.audit import DAEMON
from segued.store.sqlite.transaction import Transaction, from_time

# The last event tells since when, not `updated_at`: what is brought in from elsewhere has the times of there. A clock
# that was wrong for a while has left times to come in either: such a session is not idle.
_IDLE = """
NOT pinned AND updated_at < :before
AND (SELECT at FROM events WHERE session_id = sessions.id AND seq = last_seq) < :before
AND NOT EXISTS (SELECT 1 FROM bindings WHERE session_id = sessions.id)
AND NOT EXISTS (
    SELECT 1 FROM schedules JOIN members USING (session_id, user_id)
    WHERE session_id = sessions.id AND next_at IS NOT NULL AND role <> 'reader'
)
AND NOT EXISTS (SELECT 1 FROM turns WHERE session_id = sessions.id AND state IN ('queued', 'running'))
"""

# Of each session that is there its last event stays; and while a place is not served again what happened since: a
# bridge that comes back learns from it what was edited and deleted of that which it delivered.
_DROP = """
DELETE FROM events WHERE position > :after AND position <= :upto
AND position < (SELECT max(position) FROM events)
AND seq < coalesce((
    SELECT min(last_seq, coalesce((
        SELECT min(cursor) + 1 FROM bindings WHERE session_id = sessions.id AND EXISTS (
            SELECT 1 FROM receipts
            WHERE receipts.interface = bindings.interface AND receipts.place = bindings.place
        )
    ), last_seq)) FROM sessions WHERE id = events.session_id
), seq + 1)
RETURNING position
"""


def idle(connection: sqlite3.Connection, before: datetime, limit: int, archived: bool | None) -> tuple[SessionId, ...]:
    rows = connection.execute(
        f"SELECT id FROM sessions WHERE {_IDLE} AND (:archived IS NULL OR archived = :archived)"
        " ORDER BY updated_at LIMIT :limit",
        {"before": from_time(before), "limit": limit, "archived": archived},
    )
    return tuple(SessionId(row[0]) for row in rows)


def archive_idle(tx: Transaction, session_id: SessionId, before: datetime) -> bool:
    if not _is_idle(tx, session_id, before):
        return False
    tx.execute("UPDATE sessions SET archived = 1 WHERE id = ?", (session_id,))
    access.changed(tx, DAEMON, session_id)
    return True


def delete_idle(tx: Transaction, session_id: SessionId, before: datetime) -> bool:
    if not _is_idle(tx, session_id, before):
        return False
    sessions.delete(tx, DAEMON, session_id)
    return True


def _is_idle(tx: Transaction, session_id: SessionId, before: datetime) -> bool:
    found = tx.execute(
        f"SELECT 1 FROM sessions WHERE id = :id AND {_IDLE}", {"id": session_id, "before": from_time(before)}
    )
    return found.fetchone() is not None


def delete_old_events(tx: Transaction, before: datetime, after: int, limit: int) -> tuple[int, int | None]:
    rows = tx.execute(
        "SELECT position, at FROM events WHERE position > ? ORDER BY position LIMIT ?", (after, limit)
    ).fetchall()
    oldest = from_time(before)
    end = next((n for n, row in enumerate(rows) if oldest <= row["at"] <= tx.now), len(rows))
    upto = max((row["position"] for row in rows[:end] if row["at"] < oldest), default=after)
    dropped = tx.execute(_DROP, {"after": after, "upto": upto}).fetchall()
    if dropped:
        tx.execute("UPDATE dropped SET position = max(position, ?)", (max(row[0] for row in dropped),))
    return len(dropped), rows[-1]["position"] if len(rows) == end == limit else None


def log_start(connection: sqlite3.Connection) -> int:
    (position,) = connection.execute("SELECT position FROM dropped").fetchone()
    return int(position)


def delete_old_keys(tx: Transaction, days: int, limit: int) -> int:
    return tx.execute(
        "DELETE FROM keys WHERE (user_id, key) IN (SELECT user_id, key FROM keys WHERE at < ? ORDER BY at LIMIT ?)",
        (tx.now - days * 86_400_000_000, limit),
    ).rowcount


def delete_expired_links(tx: Transaction) -> int:
    return tx.execute("DELETE FROM links WHERE expires_at <= ?", (tx.now,)).rowcount
