"""Vectors: what texts mean to an embedding model. What has none of the present model is what is left to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from segued.store.base import EVERYWHERE, Actor, Meant, SearchFilter, Unembedded, Vectors
from segued.store.sqlite import access, memories, projects
from segued.store.sqlite.search import CONDITIONS, FROM, values_of
from segued.store.sqlite.transaction import Transaction

LONGEST = 8000  # characters of a text that are embedded: what models take is less

_LEFT = "NOT EXISTS (SELECT 1 FROM vectors WHERE vectors.number = {0}.number AND model = :model)"
_MEMORIES_LEFT = f"""
SELECT memories.number AS number, key || ': ' || value AS text FROM memories JOIN memory_versions USING (number)
WHERE memories.number > :after AND {_LEFT.format("memories")} ORDER BY memories.number LIMIT :limit
"""
_MESSAGES_LEFT = f"""
SELECT number, content AS text FROM messages
WHERE number > :after AND NOT deleted AND content <> '' AND {_LEFT.format("messages")} ORDER BY number LIMIT :limit
"""


def left_to_do(
    connection: sqlite3.Connection, model: str, after: int, limit: int, messages: bool
) -> tuple[Unembedded, ...]:
    values = {"model": model, "after": after, "limit": limit}
    found = []
    for sql in (_MEMORIES_LEFT, _MESSAGES_LEFT) if messages else (_MEMORIES_LEFT,):
        found += [Unembedded(row["number"], row["text"][:LONGEST]) for row in connection.execute(sql, values)]
    return tuple(sorted(found, key=lambda text: text.number)[:limit])


def add(tx: Transaction, model: str, vectors: tuple[Meant, ...]) -> None:
    tx.executemany(
        "INSERT OR REPLACE INTO vectors (number, model, vector) SELECT :number, :model, :vector"
        " WHERE EXISTS (SELECT 1 FROM memories WHERE number = :number)"
        " OR EXISTS (SELECT 1 FROM messages WHERE number = :number AND NOT deleted)",
        ({"number": meant.number, "model": model, "vector": meant.vector} for meant in vectors),
    )


def of_memories(
    connection: sqlite3.Connection, by: Actor, project_id: str, model: str, where: SearchFilter = EVERYWHERE
) -> Vectors:
    values = memories.conditions_of(connection, by, project_id, where)
    if not projects.may_read(connection, by, project_id):
        return Vectors((), b"")
    return _joined(
        connection.execute(
            "SELECT id, vector FROM memories JOIN memory_versions USING (number) JOIN vectors USING (number)"
            f" WHERE project_id = :project AND model = :model AND {memories.CONDITIONS}",
            {**values, "model": model},
        )
    )


def of_messages(connection: sqlite3.Connection, by: Actor, where: SearchFilter, model: str, limit: int) -> Vectors:
    if where.session_id is not None:
        access.visible(connection, by, where.session_id)
    return _joined(
        connection.execute(
            f"SELECT messages.id, vector {FROM} CROSS JOIN vectors USING (number)"
            f" WHERE {_nearby(by, where)} AND model = :model AND {CONDITIONS}"
            " ORDER BY messages.number DESC LIMIT :limit",
            {**values_of(connection, by, where), "model": model, "limit": limit},
        )
    )


def _nearby(by: Actor, where: SearchFilter) -> str:
    """Return which messages are read at all, in a form for which there is an index."""
    if where.session_id is not None:
        return "session_id = :session"
    if where.project_id is not None:
        return "session_id IN (SELECT id FROM sessions WHERE project_id = :project)"
    return "true" if by.sees_all else "session_id IN (SELECT session_id FROM members WHERE user_id = :actor)"


def _joined(rows: Iterable[sqlite3.Row]) -> Vectors:
    found = [(row[0], row[1]) for row in rows]
    return Vectors(tuple(name for name, _ in found), b"".join(vector for _, vector in found))


def drop_orphans(tx: Transaction) -> int:
    """Drop the vectors of what is not there any more; return how many."""
    return tx.execute(
        "DELETE FROM vectors WHERE number NOT IN (SELECT number FROM memories)"
        " AND number NOT IN (SELECT number FROM messages WHERE NOT deleted)"
    ).rowcount
