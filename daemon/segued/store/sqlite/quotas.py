"""How much each user has, and may have. Sessions are counted as they are added; the bytes of messages, as they come
and go, on their session's owner."""

from __future__ import annotations

import os
from collections.abc import Iterable

from segue.errors import QuotaExceeded
from segue.models import SessionId, UserId
from segued.store.base import Actor
from segued.store.sqlite.transaction import Transaction

_SIZE = (
    "length(CAST(content AS BLOB)) + coalesce(length(CAST(images AS BLOB)), 0)"
    " + coalesce(length(CAST(documents AS BLOB)), 0)"
)
_HAS_NO_LIMIT = "SELECT 1 FROM identities WHERE user_id = ? AND interface = 'unix' AND external_id = ?"


def check_sessions(tx: Transaction, by: Actor, owner_id: UserId) -> None:
    """Raise `QuotaExceeded` if the user may own no session more."""
    limit = tx.batch.quotas.sessions
    if not limit or _is_free(tx, by, owner_id):
        return
    (count,) = tx.execute("SELECT count(*) FROM sessions WHERE owner_id = ?", (owner_id,)).fetchone()
    if count >= limit:
        raise QuotaExceeded(
            f"you own {count} sessions, and may own {limit}: delete some that you need no more"
            " (`segue sessions delete`), or ask whoever runs the daemon for more ([users] max_sessions)",
            limit=limit,
        )


def check_bytes(tx: Transaction, by: Actor, owner_id: UserId, texts: Iterable[str], instead_of: str = "") -> None:
    """Raise `QuotaExceeded` if that is more than there is room for in the user's sessions. Nobody is kept from making
    what is there shorter."""
    limit = tx.batch.quotas.bytes
    if not limit or _is_free(tx, by, owner_id):
        return
    (used,) = tx.execute("SELECT bytes FROM users WHERE id = ?", (owner_id,)).fetchone()
    more = sum(len(text.encode()) for text in texts) - len(instead_of.encode())
    if used + more > limit and not (instead_of and more <= 0):
        raise QuotaExceeded(
            f"the messages in the sessions of this session's owner take {used} bytes, and may take {limit}: delete"
            " what is needed no more, or ask whoever runs the daemon for more ([users] max_bytes)",
            limit_bytes=limit,
        )


def check_heir(tx: Transaction, by: Actor, session_id: SessionId, heir: UserId, name: str) -> None:
    """Raise `QuotaExceeded` if the user may not be given one session more, or not that much."""
    limits = tx.batch.quotas
    if not (limits.sessions or limits.bytes) or _is_free(tx, by, heir):
        return
    (owned,) = tx.execute("SELECT count(*) FROM sessions WHERE owner_id = ?", (heir,)).fetchone()
    (used,) = tx.execute("SELECT bytes FROM users WHERE id = ?", (heir,)).fetchone()
    more = _of_messages(tx, "session_id = ?", session_id)
    if (limits.sessions and owned >= limits.sessions) or (limits.bytes and used + more > limits.bytes):
        raise QuotaExceeded(
            f"{name} has no room for this session: hand it over once they have deleted what they need no more, or may"
            " have more ([users] max_sessions and max_bytes)"
        )


def _is_free(tx: Transaction, by: Actor, owner_id: UserId) -> bool:
    """Tell whether nothing is counted against the user: an admin acts, or the daemon is theirs."""
    return by.sees_all or tx.execute(_HAS_NO_LIMIT, (owner_id, str(os.getuid()))).fetchone() is not None


def count(tx: Transaction, session_id: SessionId) -> None:
    """Count all messages of a session that has come to be."""
    tx.batch.count_bytes(session_id, _of_messages(tx, "session_id = ?", session_id))


def discount(tx: Transaction, session_id: SessionId, condition: str, *values: str) -> None:
    """Count the session's messages that meet `condition` no more: they are about to be emptied or deleted."""
    tx.batch.count_bytes(session_id, -_of_messages(tx, condition, *values))


def _of_messages(tx: Transaction, condition: str, *values: str) -> int:
    (size,) = tx.execute(f"SELECT coalesce(sum({_SIZE}), 0) FROM messages WHERE {condition}", values).fetchone()
    return int(size)
