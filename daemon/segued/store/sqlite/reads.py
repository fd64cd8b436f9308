"""What each user has read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from segue.errors import Invalid
from segue.models import IMPORTED, SessionId
from segued.store.base import Actor, Reading
from segued.store.sqlite import access
from segued.store.sqlite.transaction import Transaction

_COUNTED = 100
_LOOKED_AT = 1000  # messages, the newest: who writes much to nobody but themselves does not wait for the count


def listing(connection: sqlite3.Connection, by: Actor, session_ids: Sequence[SessionId]) -> dict[SessionId, Reading]:
    rows = connection.execute(
        "WITH own AS (SELECT value AS id, coalesce((SELECT seq FROM reads WHERE session_id = value"
        " AND user_id = :user), 0) AS read_seq FROM json_each(:ids))"
        " SELECT id, read_seq, (SELECT count(*) FROM (SELECT 1 FROM"
        " (SELECT * FROM messages WHERE session_id = own.id AND seq > read_seq ORDER BY seq DESC LIMIT :looked_at)"
        " WHERE role IN ('user', 'assistant') AND NOT deleted AND interface <> :imported"
        " AND NOT (user_id IS :user AND sender = :name) LIMIT :most)) FROM own",
        {
            "ids": json.dumps(session_ids),
            "user": by.user_id,
            "name": by.name,
            "most": _COUNTED,
            "looked_at": _LOOKED_AT,
            "imported": IMPORTED,
        },
    )
    return {row[0]: Reading(row[1], row[2]) for row in rows}


def mark(tx: Transaction, by: Actor, session_id: SessionId, seq: int) -> int:
    last_seq = access.visible(tx, by, session_id)["last_seq"]
    if by.user_id is None:
        raise Invalid("only a user can have read something: call with a user's token")
    (now,) = tx.execute(
        "INSERT INTO reads (session_id, user_id, seq) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq) RETURNING seq",
        (session_id, by.user_id, min(seq, last_seq)),
    ).fetchone()
    return int(now)
