"""Memories: what a project is to remember under a key, every version of it, until it expires or is deleted."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from segue.errors import MemoryNotFound
from segue.models import (
    MAX_TTL_SECONDS,
    MEMORY_VERSIONS,
    AddContext,
    ImportedMemory,
    MemoriesImported,
    Memory,
    MemoryHistory,
    MemoryHit,
    MemoryId,
    MemorySaved,
    MemoryVersion,
    SaveMemory,
    Skipped,
)
from segued.store.base import EVERYWHERE, Actor, MemoryRead, SearchFilter
from segued.store.sqlite import access, context, fulltext, projects
from segued.store.sqlite.search import values_of
from segued.store.sqlite.transaction import Transaction, from_time, now_microseconds, to_time
from segued.store.sqlite.words import code, snippet

_VERSION = "memory_versions.number, version, value, metadata, saved_at, saved_by, user_id, interface, session_id"
_MEMORIES = f"""
SELECT memories.id, project_id, key, memories.expires_at, created_at, last_accessed, accessed_count, restored_from,
    {_VERSION} FROM memories JOIN memory_versions USING (number)
"""
_ALIVE = "(memories.expires_at IS NULL OR memories.expires_at > :now)"
CONDITIONS = f"""
{_ALIVE} AND (:session IS NULL OR session_id = :session)
    AND (:interface IS NULL OR interface = :interface)
    AND (:user IS NULL OR saved_by = :user COLLATE NOCASE OR user_id IN (:user, :user_id))
    AND (:since IS NULL OR saved_at >= :since) AND (:until IS NULL OR saved_at < :until)
"""
_FOUND = f"""
memories ON memories.number = words.rowid JOIN memory_versions USING (number)
WHERE words MATCH :match AND +project_id = :project AND {CONDITIONS}
"""
_TEXTS = """
SELECT number, key || ' ' || key || ' ' || substr(value, 1, :characters) FROM memories
JOIN memory_versions USING (number) WHERE number IN (SELECT value FROM json_each(:numbers))
"""
_DAEMON = Actor(user_id=None, name="segued", interface="daemon", sees_all=True)


def _said(row: sqlite3.Row) -> dict[str, object]:
    """Return the fields that every version has."""
    return {
        "memory_id": row["id"],
        "project_id": row["project_id"],
        "memory_key": row["key"],
        "memory_value": row["value"],
        "metadata_json": row["metadata"],
        "version": row["version"],
        "expires_at": to_time(row["expires_at"]) if row["expires_at"] is not None else None,
        "saved_at": to_time(row["saved_at"]),
        "saved_by": row["saved_by"],
        "user_id": row["user_id"],
        "interface": row["interface"],
        "session_id": row["session_id"],
        "restored_from": row["restored_from"],
    }


def memory_from_row(row: sqlite3.Row) -> Memory:
    return Memory.model_validate(
        _said(row)
        | {
            "created_at": to_time(row["created_at"]),
            "last_accessed": to_time(row["last_accessed"]),
            "accessed_count": row["accessed_count"],
        }
    )


def _row(reader: access.Reader, project_id: str, key: str) -> sqlite3.Row | None:
    """Return the memory's row, though it may have expired."""
    row: sqlite3.Row | None = reader.execute(
        f"{_MEMORIES} WHERE project_id = ? AND key = ?", (project_id, key)
    ).fetchone()
    return row


def _find(reader: access.Reader, by: Actor, project_id: str, key: str, now: int) -> sqlite3.Row:
    """Return the memory's row; one that has expired, or is of a project that is not the actor's, is not there."""
    row = _row(reader, project_id, key) if projects.may_read(reader, by, project_id) else None
    if row is None or _is_over(row, now):
        raise MemoryNotFound(f"the project {project_id!r} remembers nothing under {key!r}: list what it does remember")
    return row


def _is_over(row: sqlite3.Row, now: int) -> bool:
    return row["expires_at"] is not None and row["expires_at"] <= now


def find_version(connection: sqlite3.Connection, number: int) -> Memory:
    """Return the memory as the event memory.saved at this position told it."""
    row = connection.execute(
        "SELECT memories.id, project_id, key, memory_versions.expires_at, created_at, saved_at AS last_accessed,"
        f" 0 AS accessed_count, restored_from, {_VERSION}"
        " FROM memory_versions JOIN memories ON memories.id = memory_id WHERE memory_versions.number = ?",
        (number,),
    ).fetchone()
    return memory_from_row(row)


# --- reading


def get(connection: sqlite3.Connection, by: Actor, project_id: str, key: str) -> Memory:
    return memory_from_row(_find(connection, by, project_id, key, now_microseconds()))


def listing(
    connection: sqlite3.Connection, by: Actor, project_id: str, limit: int, also: tuple[MemoryId, ...] = ()
) -> tuple[Memory, ...]:
    if not projects.may_read(connection, by, project_id):
        return ()
    values = {"project": project_id, "now": now_microseconds(), "limit": limit, "also": json.dumps(also)}
    rows = connection.execute(
        f"{_MEMORIES} WHERE project_id = :project AND {_ALIVE} ORDER BY last_accessed DESC LIMIT :limit", values
    ).fetchall()
    listed = {row["id"] for row in rows}
    others = connection.execute(
        f"{_MEMORIES} WHERE memories.id IN (SELECT value FROM json_each(:also))"
        f" AND +project_id = :project AND {_ALIVE}",
        values,
    )
    rows += [row for row in others if row["id"] not in listed]
    return tuple(memory_from_row(row) for row in rows)


def by_key(
    connection: sqlite3.Connection, by: Actor, project_id: str, after_key: str, limit: int
) -> tuple[Memory, ...]:
    if not projects.may_read(connection, by, project_id):
        return ()
    rows = connection.execute(
        f"{_MEMORIES} WHERE project_id = :project AND key > :after AND {_ALIVE} ORDER BY key LIMIT :limit",
        {"project": project_id, "after": after_key, "now": now_microseconds(), "limit": limit},
    )
    return tuple(memory_from_row(row) for row in rows)


def hits(
    connection: sqlite3.Connection,
    by: Actor,
    project_id: str,
    query: str,
    limit: int,
    where: SearchFilter = EVERYWHERE,
    offset: int = 0,
) -> tuple[MemoryHit, ...]:
    values = conditions_of(connection, by, project_id, where)
    if not projects.may_read(connection, by, project_id):
        return ()
    scope = fulltext.Scope(((code("k", "memory"),), (code("p", project_id),)), _FOUND, values, _TEXTS)
    found = fulltext.find(connection, scope, query)
    page = list(found.scores)[offset : offset + limit]
    return tuple(_hit(connection, number, found.scores[number], found.tokens) for number in page)


def conditions_of(connection: sqlite3.Connection, by: Actor, project_id: str, where: SearchFilter) -> dict[str, Any]:
    """Return the values of `CONDITIONS`. Raises `SessionNotFound` if the session in it is not the actor's."""
    if where.session_id is not None:
        access.visible(connection, by, where.session_id)
    return {**values_of(connection, by, where), "project": project_id, "now": now_microseconds()}


def _hit(connection: sqlite3.Connection, number: int, score: float, tokens: Sequence[str]) -> MemoryHit:
    memory = memory_from_row(connection.execute(f"{_MEMORIES} WHERE memories.number = ?", (number,)).fetchone())
    fields = {name: getattr(memory, name) for name in Memory.model_fields}
    return MemoryHit(**fields, snippet=snippet(memory.value, tokens), score=score)


def history(connection: sqlite3.Connection, by: Actor, project_id: str, key: str) -> MemoryHistory:
    memory = _find(connection, by, project_id, key, now_microseconds())
    rows = connection.execute(
        f"SELECT memory_id AS id, ? AS project_id, ? AS key, expires_at, restored_from, {_VERSION}"
        " FROM memory_versions WHERE memory_id = ? ORDER BY version DESC",
        (project_id, key, memory["id"]),
    )
    versions = tuple(MemoryVersion.model_validate(_said(row)) for row in rows)
    return MemoryHistory(project_id=project_id, key=key, memory_id=memory["id"], versions=versions)


# --- writing


def save(tx: Transaction, by: Actor, project_id: str, new: SaveMemory) -> MemorySaved:
    if new.session_id is not None:
        access.writable(tx, by, new.session_id)
    projects.writable(tx, by, project_id)
    memory = _put(
        tx,
        by,
        project_id,
        new.key,
        new.value,
        _as_text(new.metadata),
        expires_at=tx.now + new.ttl_seconds * 1_000_000 if new.ttl_seconds is not None else None,
        session_id=new.session_id,
    )
    if new.session_id is not None:
        use = AddContext(memory_id=memory.memory_id, memory_key=memory.key)
        context.append(tx, by, new.session_id, use)
    return _saved(memory)


def _as_text(metadata: dict[str, object] | None) -> str | None:
    return None if metadata is None else json.dumps(metadata, ensure_ascii=False)


def _saved(memory: Memory) -> MemorySaved:
    done = f"restored from version {memory.restored_from}" if memory.restored_from else "updated successfully"
    return MemorySaved(
        memory_id=memory.memory_id,
        project_id=memory.project_id,
        key=memory.key,
        version=memory.version,
        message=f"Memory {'created successfully' if memory.version == 1 else done}",
    )


def _put(
    tx: Transaction,
    by: Actor,
    project_id: str,
    key: str,
    value: str,
    metadata: str | None,
    *,
    expires_at: int | None,
    session_id: str | None = None,
    restored_from: int | None = None,
) -> Memory:
    """Add the next version of the memory, the first where there is none, with its event."""
    old = _row(tx, project_id, key)
    if old is not None and _is_over(old, tx.now):
        _remove(tx, _DAEMON, old, "memory.expired")
        old = None
    memory = Memory(
        memory_id=_new_id(tx) if old is None else old["id"],
        project_id=project_id,
        memory_key=key,
        memory_value=value,
        metadata_json=metadata,
        version=1 if old is None else old["version"] + 1,
        expires_at=to_time(expires_at) if expires_at is not None else None,
        saved_at=tx.time,
        saved_by=by.name,
        user_id=by.user_id,
        interface=by.interface,
        session_id=session_id,
        restored_from=restored_from,
        created_at=tx.time if old is None else to_time(old["created_at"]),
        last_accessed=tx.time,
    )
    number = tx.append_to_project(by, "memory.saved", memory, projects.audience(tx, project_id))
    if old is None:
        tx.execute(
            "INSERT INTO memories (id, project_id, key, number, created_at, expires_at, last_accessed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (memory.memory_id, project_id, key, number, tx.now, expires_at, tx.now),
        )
    else:
        fulltext.forget_memory(tx, old)
        tx.execute(
            "UPDATE memories SET number = ?, expires_at = ?, last_accessed = ? WHERE id = ?",
            (number, expires_at, tx.now, memory.memory_id),
        )
    values = {
        "number": number,
        "memory_id": memory.memory_id,
        "version": memory.version,
        "value": value,
        "metadata": metadata,
        "expires_at": expires_at,
        "saved_at": tx.now,
        "saved_by": by.name,
        "user_id": by.user_id,
        "interface": by.interface,
        "session_id": session_id,
        "restored_from": restored_from,
    }
    tx.execute(
        f"INSERT INTO memory_versions ({', '.join(values)}) VALUES ({', '.join(f':{c}' for c in values)})", values
    )
    if memory.version > MEMORY_VERSIONS:
        _forget_versions(tx, memory.memory_id, upto=memory.version - MEMORY_VERSIONS)
    return memory


def _new_id(tx: Transaction) -> MemoryId:
    while True:
        memory_id = MemoryId(f"mem_{secrets.token_hex(6)}")
        if tx.execute("SELECT 1 FROM memories WHERE id = ?", (memory_id,)).fetchone() is None:
            return memory_id


def _forget_versions(tx: Transaction, memory_id: MemoryId, upto: int) -> None:
    """Delete the versions up to `upto`, and the events that told them."""
    old = (memory_id, upto)
    tx.execute(
        "DELETE FROM events WHERE position IN"
        " (SELECT number FROM memory_versions WHERE memory_id = ? AND version <= ?)",
        old,
    )
    tx.execute("DELETE FROM memory_versions WHERE memory_id = ? AND version <= ?", old)


def restore(tx: Transaction, by: Actor, project_id: str, key: str, version: int) -> MemorySaved:
    memory = _find(tx, by, project_id, key, tx.now)
    projects.writable(tx, by, project_id)
    old = tx.execute(
        "SELECT value, metadata, expires_at - saved_at AS life FROM memory_versions"
        " WHERE memory_id = ? AND version = ?",
        (memory["id"], version),
    ).fetchone()
    if old is None:
        raise MemoryNotFound(f"{key!r} has no version {version}: look at those it has")
    return _saved(
        _put(
            tx,
            by,
            project_id,
            key,
            old["value"],
            old["metadata"],
            expires_at=tx.now + min(old["life"], MAX_TTL_SECONDS * 1_000_000) if old["life"] is not None else None,
            restored_from=version,
        )
    )


def bring_in(tx: Transaction, by: Actor, project_id: str, memories: tuple[ImportedMemory, ...]) -> MemoriesImported:
    projects.writable(tx, by, project_id)
    saved = unchanged = 0
    skipped = []
    for new in memories:
        expires_at = from_time(new.expires_at) if new.expires_at is not None else None
        wanted = (new.value, _as_text(new.metadata), expires_at)
        row = _row(tx, project_id, new.key)
        if expires_at is not None and expires_at <= tx.now:
            skipped.append(Skipped(key=new.key, reason=f"it has expired on {new.expires_at:%Y-%m-%d}"))
        elif row is not None and (row["value"], row["metadata"], row["expires_at"]) == wanted:
            unchanged += 1
        else:
            _put(tx, by, project_id, new.key, new.value, _as_text(new.metadata), expires_at=expires_at)
            saved += 1
    return MemoriesImported(project_id=project_id, saved=saved, unchanged=unchanged, skipped=tuple(skipped))


def delete(tx: Transaction, by: Actor, project_id: str, key: str) -> None:
    row = _find(tx, by, project_id, key, tx.now)
    projects.writable(tx, by, project_id)
    _remove(tx, by, row, "memory.deleted")


def _remove(tx: Transaction, by: Actor, row: sqlite3.Row, kind: str) -> None:
    """Delete the memory with all its versions and the events that told them; only that it went stays in the log."""
    gone = memory_from_row(row).model_copy(update={"memory_value": "", "metadata_json": None})
    tx.append_to_project(by, kind, gone, projects.audience(tx, row["project_id"]))
    fulltext.forget_memory(tx, row)
    _forget_versions(tx, row["id"], upto=row["version"])
    tx.execute("DELETE FROM memories WHERE id = ?", (row["id"],))


def delete_expired(tx: Transaction, limit: int) -> tuple[int, datetime | None]:
    rows = tx.execute(
        f"{_MEMORIES} WHERE memories.expires_at <= ? ORDER BY memories.expires_at LIMIT ?", (tx.now, limit)
    ).fetchall()
    for row in rows:
        _remove(tx, _DAEMON, row, "memory.expired")
    (due,) = tx.execute("SELECT min(expires_at) FROM memories WHERE expires_at IS NOT NULL").fetchone()
    return len(rows), to_time(due) if due is not None else None


def note_reads(tx: Transaction, reads: tuple[MemoryRead, ...]) -> None:
    tx.executemany(
        "UPDATE memories SET last_accessed = max(last_accessed, ?), accessed_count = max(accessed_count, ?)"
        " WHERE id = ?",
        [(from_time(read.last_accessed), read.accessed_count, read.memory_id) for read in reads],
    )
