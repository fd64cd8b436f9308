"""Full text over the present versions of memories. As over messages, it is brought up to date when there is time."""

from __future__ import annotations

import sqlite3

from segued.store.sqlite import search
from segued.store.sqlite.access import Reader
from segued.store.sqlite.transaction import Transaction, now_microseconds

_INDEXES = ("memory_words", "memory_trigrams")
_KEY_WEIGHT = 2.0  # a word of the key counts for so many of the value's
_CHUNK = 500  # memories indexed in one go


def index_some(connection: sqlite3.Connection) -> bool:
    """Add the next memories to the indexes, in a transaction of its own; return whether more are left."""
    if not _next_numbers(connection):
        return False
    connection.execute("BEGIN IMMEDIATE")
    try:
        catch_up(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return True


def catch_up(tx: Transaction | sqlite3.Connection) -> bool:
    """Add the next memories to the indexes, as one of the verbs of a commit; return whether more are left."""
    numbers = _next_numbers(tx)
    if numbers:
        for index in _INDEXES:
            tx.execute(
                f"INSERT INTO {index} (rowid, key, value) SELECT number, key, value FROM memory_texts"
                " WHERE number >= ? AND number <= ?",
                (numbers[0], numbers[-1]),
            )
        tx.execute("UPDATE memories_indexed SET number = ?", (numbers[-1],))
    return len(numbers) == _CHUNK


def _next_numbers(reader: Reader) -> list[int]:
    (done,) = reader.execute("SELECT number FROM memories_indexed").fetchone()
    rows = reader.execute("SELECT number FROM memories WHERE number > ? ORDER BY number LIMIT ?", (done, _CHUNK))
    return [row[0] for row in rows]


def forget(tx: Transaction, row: sqlite3.Row) -> None:
    """Take the memory's present version out of the indexes, if it is in them; they must be told its text."""
    for index in _INDEXES:
        tx.execute(
            f"INSERT INTO {index} ({index}, rowid, key, value) SELECT 'delete', ?, ?, ?"
            " WHERE ? <= (SELECT number FROM memories_indexed)",
            (row["number"], row["key"], row["value"], row["number"]),
        )


def scores(connection: sqlite3.Connection, project_id: str, tokens: list[str], enough: int) -> dict[int, float]:
    """Return the numbers of the project's memories that match, with how well they do. Parts of words are looked for
    only where whole words are not found often enough: they cost several times as much."""
    rankings: list[list[int]] = []
    for index, match in zip(_INDEXES, search.matches(tokens), strict=True):
        if match and not any(len(ranking) >= enough for ranking in rankings):
            rankings.append(_ranked(connection, index, match, project_id))
    return search.fuse(rankings)


def _ranked(connection: sqlite3.Connection, index: str, match: str, project_id: str) -> list[int]:
    rows = connection.execute(
        f"SELECT number FROM {index} JOIN memories ON number = {index}.rowid WHERE {index} MATCH :match"
        " AND project_id = :project AND (expires_at IS NULL OR expires_at > :now)"
        f" ORDER BY bm25({index}, {_KEY_WEIGHT}, 1.0), number DESC LIMIT :candidates",
        {"match": match, "project": project_id, "now": now_microseconds(), "candidates": search.CANDIDATES},
    )
    return [row[0] for row in rows]
