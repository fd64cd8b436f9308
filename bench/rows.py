"""The rows that one post leaves behind, written with nothing but sqlite3 into the store's own schema."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from uuid_utils import uuid7

from bench.load import WORDS
from segued.store.sqlite.migrations import migrate

_MESSAGE = """
INSERT INTO messages (id, session_id, seq, role, sender, content, token_count, model_id, agent_name, response_time_ms,
    is_error, status, created_at, interface, user_id, turn_id, images, documents)
VALUES (?, ?, ?, 'user', 'bench', ?, NULL, NULL, NULL, NULL, 0, 'complete', ?, 'http', ?, NULL, NULL, NULL)
"""
_EVENT = """
INSERT INTO events (session_id, seq, type, at, actor, interface, data)
VALUES (?, ?, 'message.created', ?, 'bench', 'http', NULL)
"""
_SESSION = """
UPDATE sessions SET last_seq = ?, message_count = message_count + ?, last_message_preview = ?, updated_at = ?
WHERE id = ?
"""
_FILL = 10_000  # messages in one transaction


def open_database(path: Path) -> sqlite3.Connection:
    """Open a database as the daemon's writer does."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    migrate(connection)
    return connection


def add_session(connection: sqlite3.Connection) -> tuple[str, str]:
    """Add a user and a session of theirs; return the ids of both."""
    user_id, session_id, now = str(uuid7()), str(uuid7()), time.time_ns() // 1000
    connection.execute("INSERT INTO users VALUES (?, 'bench', ?)", (user_id, now))
    connection.execute(
        "INSERT INTO sessions (id, title, agent_name, reply, created_at, updated_at, owner_id)"
        " VALUES (?, 'bench', 'chat', 'never', ?, ?, ?)",
        (session_id, now, now, user_id),
    )
    return user_id, session_id


def post(connection: sqlite3.Connection, session_id: str, user_id: str, seq: int) -> None:
    """Write the rows of one post, in the transaction that is open."""
    now = time.time_ns() // 1000
    connection.execute(_MESSAGE, (str(uuid7()), session_id, seq, WORDS, now, user_id))
    connection.execute(_EVENT, (session_id, seq, now))
    connection.execute(_SESSION, (seq, 1, WORDS, now, session_id))


def rate(path: Path, group: int, seconds: float) -> float:
    """Return how many posts a second sqlite3 alone writes, `group` in each transaction."""
    connection = open_database(path)
    user_id, session_id = add_session(connection)
    seq = 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(group):
            seq += 1
            post(connection, session_id, user_id, seq)
        connection.execute("COMMIT")
    took = time.perf_counter() - start
    connection.close()
    return seq / took


def fill(path: Path, session_id: str, count: int) -> None:
    """Add messages to a session of a daemon that is not running, in bulk and without the full-text index."""
    connection = open_database(path)
    connection.execute("PRAGMA synchronous = OFF")
    last_seq, user_id = connection.execute(
        "SELECT last_seq, owner_id FROM sessions WHERE id = ?", (session_id,)
    ).fetchone()
    for some in _parts(range(last_seq + 1, last_seq + count + 1)):
        now = time.time_ns() // 1000
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_MESSAGE, ((str(uuid7()), session_id, seq, WORDS, now, user_id) for seq in some))
        connection.executemany(_EVENT, ((session_id, seq, now) for seq in some))
        connection.execute(_SESSION, (some[-1], len(some), WORDS, now, session_id))
        connection.execute("UPDATE indexed SET number = (SELECT max(number) FROM messages)")
        connection.execute("COMMIT")
    connection.close()


def _parts(seqs: range) -> Iterator[Sequence[int]]:
    for start in range(0, len(seqs), _FILL):
        yield seqs[start : start + _FILL]
