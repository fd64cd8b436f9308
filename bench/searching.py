"""Lists and searches among many messages and memories, beside sqlite3 alone."""

from __future__ import annotations

import json
import random
import socket
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from itertools import accumulate, product
from pathlib import Path
from typing import Any

from bench import rows, wire
from bench.contexts import add_memory, add_project
from bench.processes import Server, daemon, folder
from bench.report import Section
from segued.store.sqlite import fulltext

_SIZES = (1_000, 100_000, 1_000_000)
_QUICK_SIZES = (1_000, 10_000)
_FILL = 10_000  # rows in one transaction
_LONG = 14  # words in a text
_SYLLABLES = ("ka", "lo", "mi", "ru", "te", "bur", "den", "fis", "gol", "sha")
_WORDS = ["".join(parts) for parts in product(_SYLLABLES, repeat=4)]
random.Random(7).shuffle(_WORDS)
_HOW_OFTEN = list(accumulate(1 / (rank + 3) for rank in range(len(_WORDS))))  # as in a language
_COMMON, _USUAL, _RARE = _WORDS[2], _WORDS[150], _WORDS[6000]
_OTHERS = 1000  # sessions and projects; the first has half of everything

_MESSAGE = """
INSERT INTO messages (number, id, session_id, seq, role, sender, content, created_at, interface)
VALUES (?, ?, ?, ?, 'user', 'bench', ?, ?, 'http')
"""
_EVENT = """
INSERT INTO events (position, session_id, seq, type, at, actor, interface)
VALUES (?, ?, ?, 'message.created', ?, 'bench', 'http')
"""
_LIST_MESSAGES = "SELECT * FROM messages WHERE session_id = ? ORDER BY seq DESC LIMIT 50"
_LIST_MEMORIES = """
SELECT * FROM memories JOIN memory_versions USING (number) WHERE project_id = ? ORDER BY last_accessed DESC LIMIT 20
"""
_GET_MEMORY = "SELECT * FROM memories JOIN memory_versions USING (number) WHERE project_id = ? AND key = ?"
_FIND_MESSAGES = """
SELECT messages.* FROM words JOIN messages ON number = words.rowid
WHERE words MATCH ? AND (? IS NULL OR session_id = ?) ORDER BY bm25(words) LIMIT 20
"""
_FIND_MEMORIES = """
SELECT memories.*, value FROM words JOIN memories ON number = words.rowid JOIN memory_versions USING (number)
WHERE words MATCH ? AND project_id = ? ORDER BY bm25(words) LIMIT 20
"""

Timed = Callable[[], object]
Pairs = dict[str, tuple[str, Timed]]


def measure(quick: bool) -> Section:
    section = Section(
        "Lists and searches",
        ("what", "among", "Segue", "sqlite3 alone", "Segue ÷ sqlite3"),
        notes=[
            "The median of one connection, one after the other, over the Unix socket, among so many messages and as"
            f" many memories of {_LONG} words as frequent as a language's, in {_OTHERS} sessions and projects, one of"
            " which has half of everything. sqlite3 makes JSON of the rows of the textbook's query on the same index:"
            " any of the words, all matches ranked by bm25. It finds no parts of words and no misspelt ones, so it has"
            " nothing to show there.",
        ],
    )
    for size in _QUICK_SIZES if quick else _SIZES:
        with folder() as home:
            section.rows += _at(home, size, 10 if quick else 40)
    return section


def _at(home: Path, size: int, repeats: int) -> list[tuple[str, ...]]:
    with daemon(home) as segue:
        user_id = segue.call("GET", "/api/v1/me")["user"]["id"]
        sessions = [segue.call("POST", "/api/v1/sessions", {})["id"] for _ in range(min(_OTHERS, size // 10))]
    _fill(home / "segue.db", user_id, sessions, size)
    sys.stderr.write(f"filled {size:,}\n")
    with daemon(home) as segue, closing(_reader(home / "segue.db")) as connection:
        pairs = _messages(connection, sessions) | _memories(connection, size)
        return [_timed(segue, what, size, *pair, repeats) for what, pair in pairs.items()]


def _messages(connection: sqlite3.Connection, sessions: list[str]) -> Pairs:
    big, small = sessions[0], sessions[-1]

    def found(match: str, session: str | None) -> Timed:
        return lambda: _rows(connection, _FIND_MESSAGES, (match, session, session))

    search = "/api/v1/search?limit=20&q="
    return {
        "last 50 messages of a session": (
            f"/api/v1/sessions/{big}/messages?limit=50&before_seq=100000000",
            lambda: _rows(connection, _LIST_MESSAGES, (big,)),
        ),
        "messages: a usual word": (f"{search}{_USUAL}", found(f'"{_USUAL}"', None)),
        "messages: two words, one common": (f"{search}{_COMMON}+{_USUAL}", found(f'"{_COMMON}" OR "{_USUAL}"', None)),
        "messages: a common word, one small session": (
            f"{search}{_COMMON}&session_id={small}",
            found(f'"{_COMMON}"', small),
        ),
        "messages: a rare word, misspelt": (f"{search}{_misspelt(_RARE)}", found(f'"{_misspelt(_RARE)}"', None)),
        "messages: part of a word": (f"{search}{_RARE[2:]}", found(f'"{_RARE[2:]}"', None)),
    }


def _memories(connection: sqlite3.Connection, size: int) -> Pairs:
    base, key = "/api/v1/projects/p0/memories", "k0"

    def found(match: str, project: str) -> Timed:
        return lambda: _rows(connection, _FIND_MEMORIES, (match, project))

    small = min(_OTHERS, size // 10) - 1
    return {
        "list of 20 memories": (f"{base}?limit=20", lambda: _rows(connection, _LIST_MEMORIES, ("p0",))),
        "a memory by its key": (f"{base}?key={key}", lambda: _rows(connection, _GET_MEMORY, ("p0", key))),
        "memories: two words, the big project": (
            f"{base}/search?q={_COMMON}+{_USUAL}",
            found(f'"{_COMMON}" OR "{_USUAL}"', "p0"),
        ),
        "memories: two words, a small project": (
            f"/api/v1/projects/p{small}/memories/search?q={_COMMON}+{_USUAL}",
            found(f'"{_COMMON}" OR "{_USUAL}"', f"p{small}"),
        ),
    }


def _misspelt(word: str) -> str:
    return f"{word[:3]}{word[4]}{word[3]}{word[5:]}"


def _timed(segue: Server, what: str, size: int, path: str, raw: Timed, repeats: int) -> tuple[str, ...]:
    with wire.connect(segue.addresses["Unix socket"]) as sock:
        mine = [_milliseconds(lambda: _get(sock, path)) for _ in range(repeats)]
    theirs = [_milliseconds(raw) for _ in range(max(3, repeats // 4))]
    ours, alone = statistics.median(mine), statistics.median(theirs)
    sys.stderr.write(f"{what} among {size:,}: {ours:.2f} ms, sqlite3 alone {alone:.2f} ms\n")
    return what, f"{size:,}", f"{ours:.2f} ms", f"{alone:.2f} ms", f"{ours / alone:.2f}"


def _fill(path: Path, user_id: str, sessions: list[str], count: int) -> None:
    """Add as many messages as memories to the database of a daemon that is not running, with their index."""
    connection, chance = rows.open_database(path), random.Random(7)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = OFF")
    for project in range(len(sessions)):
        add_project(connection, f"p{project}", user_id)
    (number,) = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
    seqs = dict(connection.execute("SELECT id, last_seq FROM sessions").fetchall())
    for start in range(0, count, _FILL):
        connection.execute("BEGIN IMMEDIATE")
        for n in range(start, min(start + _FILL, count)):
            place = 0 if n % 2 == 0 else chance.randrange(1, len(sessions))
            first, second = (" ".join(chance.choices(_WORDS, cum_weights=_HOW_OFTEN, k=_LONG)) for _ in range(2))
            session, now = sessions[place], time.time_ns() // 1000
            seqs[session] += 1
            connection.execute(_EVENT, (number + 1, session, seqs[session], now))
            connection.execute(_MESSAGE, (number + 1, f"m{n}", session, seqs[session], first, now))
            add_memory(connection, f"p{place}", user_id, number + 2, f"k{n}", second)
            number += 2
        connection.execute("COMMIT")
    connection.executemany("UPDATE sessions SET last_seq = ? WHERE id = ?", [(seq, one) for one, seq in seqs.items()])
    while fulltext.index_some(connection):
        pass
    connection.close()


def _reader(path: Path) -> sqlite3.Connection:
    """Open the daemon's database to be read by sqlite3 alone."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    return connection


def _rows(connection: sqlite3.Connection, sql: str, values: tuple[Any, ...]) -> str:
    return json.dumps([dict(row) for row in connection.execute(sql, values)])


def _milliseconds(work: Timed) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _get(sock: socket.socket, path: str) -> None:
    sock.sendall(wire.request("GET", path))
    data = b""
    while (length := wire.response_length(data)) is None or len(data) < length:
        data += sock.recv(1 << 18)
    if b" 200 " not in data[:20]:
        raise RuntimeError(f"no answer: {data[:500]!r}")
