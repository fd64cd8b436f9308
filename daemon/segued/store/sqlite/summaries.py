"""What stands for the earlier messages of a session before the model: the newest summary, until what it covers
changes."""

from __future__ import annotations

import sqlite3

from segue.errors import Conflict
from segue.models import SessionId, Summary
from segued.store.base import Actor, NewSummary
from segued.store.sqlite import access
from segued.store.sqlite.transaction import Transaction, from_time, to_time


def summary_from_row(row: sqlite3.Row) -> Summary:
    return Summary(
        session_id=row["session_id"],
        seq=row["seq"],
        upto_seq=row["upto_seq"],
        upto_at=to_time(row["upto_at"]),
        message_count=row["message_count"],
        text=row["text"],
        model_id=row["model_id"],
        tokens_before=row["tokens_before"],
        tokens_after=row["tokens_after"],
        tokens_source=row["tokens_source"],
        created_at=to_time(row["created_at"]),
        deleted=bool(row["deleted"]),
    )


def find(reader: access.Reader, session_id: str, seq: int) -> Summary:
    """Return the summary of the event context.compressed at `seq`."""
    row = reader.execute("SELECT * FROM summaries WHERE session_id = ? AND seq = ?", (session_id, seq)).fetchone()
    return summary_from_row(row)


def current(reader: access.Reader, session_id: SessionId) -> Summary | None:
    """Return the summary that holds now."""
    row = reader.execute(
        "SELECT * FROM summaries WHERE session_id = ? ORDER BY seq DESC LIMIT 1", (session_id,)
    ).fetchone()
    return summary_from_row(row) if row is not None and not row["deleted"] else None


def add(tx: Transaction, by: Actor, session_id: SessionId, new: NewSummary) -> Summary:
    access.writable(tx, by, session_id)
    if _is_outdated(tx, session_id, new):
        raise Conflict("what the summary covers was changed while it was made: ask for it again")
    summary = Summary(
        session_id=session_id,
        seq=tx.next_seq(session_id),
        upto_seq=new.upto_seq,
        upto_at=new.upto_at,
        message_count=new.message_count,
        text=new.text,
        model_id=new.model_id,
        tokens_before=new.tokens_before,
        tokens_after=new.tokens_after,
        tokens_source=new.tokens_source,
        created_at=tx.time,
    )
    values = dict(summary) | {"upto_at": from_time(new.upto_at), "created_at": tx.now, "turn_id": new.turn_id}
    tx.execute(
        f"INSERT INTO summaries ({', '.join(values)}) VALUES ({', '.join(f':{column}' for column in values)})", values
    )
    tx.append(by, session_id, summary.seq, "context.compressed", summary)
    return summary


def _is_outdated(tx: Transaction, session_id: SessionId, new: NewSummary) -> bool:
    """Tell whether another summary was made, or a message that this one covers was edited or deleted, since what it is
    made of was read."""
    found = current(tx, session_id)
    if (found.seq if found else None) != new.after:
        return True
    changes = tx.execute(
        "SELECT 1 FROM events WHERE session_id = ? AND seq > ? AND type IN ('message.updated', 'message.deleted')"
        " AND json_extract(data, '$.seq') <= ? LIMIT 1",
        (session_id, new.read_seq, new.upto_seq),
    )
    return changes.fetchone() is not None


def forget(tx: Transaction, session_id: SessionId, message_seq: int) -> None:
    """Empty the summary that covers the message, which is about to change, and with it all that it was made of."""
    tx.execute(
        "UPDATE summaries SET text = '', deleted = 1 WHERE session_id = :session AND NOT deleted AND"
        " (SELECT max(upto_seq) FROM summaries WHERE session_id = :session AND NOT deleted) >= :seq",
        {"session": session_id, "seq": message_seq},
    )
