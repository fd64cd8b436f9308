"""What happened in a session besides talk: one row for each request that added something, whatever it added."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

from segue.models import (
    IMPORTED,
    AddContext,
    Context,
    ContextEntry,
    ContextView,
    Model,
    SessionId,
)
from segued.store.base import Actor
from segued.store.sqlite import access, summaries
from segued.store.sqlite.transaction import Transaction, from_time, to_time

# What makes an entry one of a file, a search, a decision, a memory; each has its partial index.
_FILE = "file_path IS NOT NULL"
_SEARCH = "search_query IS NOT NULL"
_DECISION = "decision IS NOT NULL"
_MEMORY = "coalesce(memory_id, memory_key) IS NOT NULL"
_LAST_IMPORTANCE = """
SELECT file_importance FROM context AS scored INDEXED BY context_scores
    WHERE scored.session_id = context.session_id AND scored.seq <= :upto
    AND scored.file_path = context.file_path AND scored.file_importance IS NOT NULL ORDER BY scored.seq DESC LIMIT 1
"""
_ALL = 2**62


def entry_from_row(row: sqlite3.Row) -> ContextEntry:
    return ContextEntry(
        session_id=row["session_id"],
        seq=row["seq"],
        file_path=row["file_path"],
        file_order=row["file_order"],
        file_importance=row["file_importance"],
        search_query=row["search_query"],
        decision=row["decision"],
        memory_id=row["memory_id"],
        memory_key=row["memory_key"],
        user_id=row["user_id"],
        actor=row["actor"],
        interface=row["interface"],
        timestamp=to_time(row["at"]),
    )


def find(reader: access.Reader, session_id: str, seq: int) -> ContextEntry:
    """Return the entry of the event context.added at `seq`."""
    row = reader.execute("SELECT * FROM context WHERE session_id = ? AND seq = ?", (session_id, seq)).fetchone()
    return entry_from_row(row)


def last(reader: access.Reader, session_id: SessionId, limit: int) -> tuple[ContextEntry, ...]:
    """Return the last `limit` entries, oldest first."""
    rows = reader.execute(
        "SELECT * FROM context WHERE session_id = ? ORDER BY seq DESC LIMIT ?", (session_id, limit)
    ).fetchall()
    return tuple(entry_from_row(row) for row in reversed(rows))


def listing(
    connection: sqlite3.Connection, by: Actor, session_id: SessionId, after_seq: int, limit: int
) -> tuple[ContextEntry, ...]:
    access.visible(connection, by, session_id)
    rows = connection.execute(
        "SELECT * FROM context WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ?", (session_id, after_seq, limit)
    )
    return tuple(entry_from_row(row) for row in rows)


def view(
    connection: sqlite3.Connection, by: Actor, session_id: SessionId, limit: int, upto_seq: int | None = None
) -> ContextView:
    access.visible(connection, by, session_id)
    upto = _ALL if upto_seq is None else upto_seq

    def newest(what: str, kind: str) -> tuple[list[tuple[Any, ...]], bool]:
        return _newest(connection, session_id, what, kind, limit, upto)

    files, more_files = newest(f"file_path, file_order, file_importance, at, ({_LAST_IMPORTANCE})", _FILE)
    searches, more_searches = newest("search_query, at", _SEARCH)
    decisions, more_decisions = newest("decision, at", _DECISION)
    memories, more_memories = newest("memory_id, memory_key, at", _MEMORY)
    context = Context.model_validate(
        {
            "files_accessed": [
                {
                    "path": path,
                    "order": order,
                    "importance": importance,
                    "timestamp": to_time(at),
                    "accessed_at": to_time(at),
                }
                for path, order, importance, at, _ in files
            ],
            "file_importance_scores": {path: score for path, _, _, _, score in files if score is not None},
            "recent_searches": [{"query": query, "timestamp": to_time(at)} for query, at in searches],
            "decisions": [{"decision": decision, "timestamp": to_time(at)} for decision, at in decisions],
            "saved_memories": [
                {"memory_id": memory_id, "memory_key": key, "timestamp": to_time(at)} for memory_id, key, at in memories
            ],
        }
    )
    left_out = more_files or more_searches or more_decisions or more_memories
    summary = summaries.current(connection, session_id)
    return ContextView(
        session_id=session_id,
        context=context,
        compressed=summary is not None,
        size_bytes=_size(context) + (_size(summary) if summary else 0),
        left_out=left_out,
        compressed_context=summary,
    )


def _size(model: Model) -> int:
    return len(model.__pydantic_serializer__.to_json(model))


def _newest(
    connection: sqlite3.Connection, session_id: SessionId, what: str, kind: str, limit: int, upto: int
) -> tuple[list[tuple[Any, ...]], bool]:
    """Return `what` of the last entries of a kind, oldest first, and whether there are older ones."""
    rows = connection.execute(
        f"SELECT {what} FROM context WHERE session_id = :session AND {kind} AND seq <= :upto"
        " ORDER BY seq DESC LIMIT :limit",
        {"session": session_id, "upto": upto, "limit": limit + 1},
    ).fetchall()
    return rows[:limit][::-1], len(rows) > limit


def add(
    tx: Transaction, by: Actor, session_id: SessionId, additions: tuple[AddContext, ...]
) -> tuple[ContextEntry, ...]:
    return tuple(append(tx, by, session_id, new) for new in additions)


def append(
    tx: Transaction,
    by: Actor,
    session_id: SessionId,
    new: AddContext,
    *,
    at: datetime | None = None,
    actor: str | None = None,
) -> ContextEntry:
    """Add one entry with its event, if the actor may write there. `at` and `actor` are those of one from elsewhere."""
    session = access.writable_in_batch(tx, by, session_id)
    files = session["files"] if "files" in session else _count_files(tx, session_id)
    if new.file_path is not None:
        files += 1
    entry = ContextEntry(
        session_id=session_id,
        seq=session["last_seq"] + 1,
        file_path=new.file_path,
        file_order=files if new.file_path is not None else None,
        file_importance=new.file_importance,
        search_query=new.search_query,
        decision=new.decision,
        memory_id=new.memory_id,
        memory_key=new.memory_key,
        user_id=by.user_id if actor is None else None,
        actor=by.name if actor is None else actor,
        interface=by.interface if actor is None else IMPORTED,
        timestamp=tx.time if at is None else at,
    )
    now = from_time(entry.timestamp)
    tx.append(by, session_id, entry.seq, "context.added", entry)
    tx.batch.add_context(dict(entry) | {"at": now})
    tx.batch.count_event(session, entry.seq, now)
    tx.batch.sessions[session_id] = session | {"last_seq": entry.seq, "files": files}
    return entry


def _count_files(tx: Transaction, session_id: SessionId) -> int:
    """Return how many accesses of files are stored. What waits in the batch is known there."""
    row = tx.batch.connection.execute(
        f"SELECT file_order FROM context WHERE session_id = ? AND {_FILE} ORDER BY seq DESC LIMIT 1", (session_id,)
    ).fetchone()
    return int(row[0]) if row is not None else 0
