"""Context and memories: how many are written a second, and how long reads take among many, beside sqlite3 alone."""

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
from pathlib import Path
from typing import Any

from uuid_utils import uuid7

from bench import rows, wire
from bench.load import NUMBER, Load, run
from bench.processes import Server, daemon, folder
from bench.report import Section

_CONNECTIONS = (1, 16, 64)
_GROUP = 64  # writes in a commit of sqlite3 alone
_SIZES = (1_000, 100_000, 1_000_000)
_QUICK_SIZES = (1_000, 10_000)
_FILL = 10_000  # memories in one transaction
_ENTRY = {"file_path": "/src/auth/login.py", "file_importance": 0.8, "decision": "We use JWT for authentication"}
_VALUE = "Using microservices with FastAPI and PostgreSQL; deployed on Fridays, by hand, before noon"
_WORDS = tuple(
    f"{a}{b}{c}" for a in ("ka", "lo", "mi", "ru", "te") for b in "aeiou" for c in ("bur", "den", "fis", "gol")
)

_CONTEXT = """
INSERT INTO context (session_id, seq, file_path, file_order, file_importance, decision, user_id, actor, interface, at)
VALUES (?, ?, '/src/auth/login.py', ?, 0.8, 'We use JWT for authentication', ?, 'bench', 'http', ?)
"""
_EVENT = (
    "INSERT INTO events (position, session_id, seq, type, at, actor, interface) VALUES (?, ?, ?, ?, ?, 'bench', 'http')"
)
_MEMORY = """
INSERT INTO memories (id, project_id, key, number, created_at, last_accessed) VALUES (?, ?, ?, ?, ?, ?)
"""
_VERSION = """
INSERT INTO memory_versions (number, memory_id, version, value, saved_at, saved_by, user_id, interface)
VALUES (?, ?, 1, ?, ?, 'bench', ?, 'http')
"""
_READ = "SELECT * FROM memories JOIN memory_versions USING (number) WHERE project_id = ?"
_FIND = """
SELECT memories.* FROM memory_words JOIN memories ON number = memory_words.rowid WHERE memory_words MATCH ?
    AND project_id = ? ORDER BY bm25(memory_words, 2.0, 1.0) LIMIT 20
"""

Timed = Callable[[], object]


def measure(quick: bool) -> Section:
    section = Section(
        "Context and memories",
        ("what", "how", "Segue", "sqlite3 alone", "Segue ÷ sqlite3"),
        notes=[
            f"Writes are acknowledged and durable, over the Unix socket; sqlite3 writes the same rows, {_GROUP} in a"
            " commit, with `synchronous=FULL`, in a loop without a server. Reads are the median of one connection, one"
            " after the other, in a project of so many memories, filled in bulk; sqlite3 runs the same SELECT and makes"
            " JSON of its rows. A search is for two of a hundred words, of which each memory has eight.",
        ],
    )
    section.rows += _writes(1.0 if quick else 3.0)
    section.rows += _reads(_QUICK_SIZES if quick else _SIZES, 20 if quick else 100)
    return section


def _writes(seconds: float) -> list[tuple[str, ...]]:
    with folder() as home, daemon(home) as segue:
        session, address = segue.call("POST", "/api/v1/sessions", {})["id"], segue.addresses["Unix socket"]
        posts = {
            "context append": (f"/api/v1/sessions/{session}/context", _ENTRY),
            "memory create": ("/api/v1/projects/bench/memories", {"key": NUMBER, "value": _VALUE}),
        }
        found = []
        for what, (path, body) in posts.items():
            with folder() as other:
                raw = _raw_writes(other / "raw.db", what, seconds)
            for connections in _CONNECTIONS:
                load = Load(address, [session], None, connections, seconds, path=path, body=json.dumps(body))
                rate = run(load).rate
                how = f"{connections} connection{'s' if connections > 1 else ''}"
                found.append((what, how, f"{rate:,.0f}/s", f"{raw:,.0f}/s", f"{rate / raw:.2f}"))
                sys.stderr.write(f"{what}, {connections} connections: {rate:,.0f}/s\n")
        return found


def _raw_writes(path: Path, what: str, seconds: float) -> float:
    connection = rows.open_database(path)
    user_id, session_id = rows.add_session(connection)
    _add_project(connection, "bench", user_id)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(_GROUP):
            count += 1
            now = time.time_ns() // 1000
            if what == "context append":
                connection.execute(
                    "UPDATE sessions SET last_seq = ?, updated_at = ? WHERE id = ?", (count, now, session_id)
                )
                connection.execute(_EVENT, (count, session_id, count, "context.added", now))
                connection.execute(_CONTEXT, (session_id, count, count, user_id, now))
            else:
                _add_memory(connection, "bench", user_id, count, f"{count:016x}", _VALUE)
        connection.execute("COMMIT")
    took = time.perf_counter() - start
    connection.close()
    return count / took


def _add_project(connection: sqlite3.Connection, project_id: str, user_id: str) -> None:
    connection.execute("INSERT INTO projects VALUES (?, ?, ?)", (project_id, user_id, time.time_ns() // 1000))


def _add_memory(connection: sqlite3.Connection, project: str, user_id: str, number: int, key: str, value: str) -> None:
    now, memory_id = time.time_ns() // 1000, f"mem_{uuid7().hex[-12:]}"
    connection.execute(_EVENT, (number, "", number, "memory.saved", now))
    connection.execute(_MEMORY, (memory_id, project, key, number, now, now))
    connection.execute(_VERSION, (number, memory_id, value, now, user_id))


def _reads(sizes: tuple[int, ...], repeats: int) -> list[tuple[str, ...]]:
    found = []
    for size in sizes:
        with folder() as home:
            with daemon(home) as segue:
                user_id = segue.call("GET", "/api/v1/me")["user"]["id"]
            _fill(home / "segue.db", user_id, size)
            sys.stderr.write(f"filled {size:,}\n")
            with daemon(home) as segue, closing(_reader(home / "segue.db")) as connection:
                found += _reads_at(segue, connection, size, repeats)
    return found


def _reads_at(segue: Server, connection: sqlite3.Connection, size: int, repeats: int) -> list[tuple[str, ...]]:
    base, key = "/api/v1/projects/bench/memories", f"k{size // 2}"
    words = (_WORDS[3], _WORDS[71])
    pairs: dict[str, tuple[str, Timed]] = {
        "list of 20": (
            f"{base}?limit=20",
            lambda: _rows(connection, f"{_READ} ORDER BY last_accessed DESC LIMIT 20", ("bench",)),
        ),
        "get by key": (f"{base}?key={key}", lambda: _rows(connection, f"{_READ} AND key = ?", ("bench", key))),
        "search": (
            f"{base}/search?q={words[0]}+{words[1]}",
            lambda: _rows(connection, _FIND, (f'"{words[0]}" OR "{words[1]}"', "bench")),
        ),
    }
    found = []
    with wire.connect(segue.addresses["Unix socket"]) as sock:
        for what, (path, raw) in pairs.items():
            count = max(5, repeats // 10) if what == "search" and size > 10_000 else repeats
            mine, theirs = [], []
            for _ in range(count):
                mine.append(_milliseconds(lambda path=path: _get(sock, path)))  # type: ignore[misc]
                theirs.append(_milliseconds(raw))
            ours, alone = statistics.median(mine), statistics.median(theirs)
            found.append((what, f"among {size:,}", f"{ours:.2f} ms", f"{alone:.2f} ms", f"{ours / alone:.1f}"))
            sys.stderr.write(f"{what} among {size:,}: {ours:.2f} ms, sqlite3 alone {alone:.2f} ms\n")
    return found


def _fill(path: Path, user_id: str, count: int) -> None:
    """Add memories to the database of a daemon that is not running, with their full-text index."""
    connection, random_ = rows.open_database(path), random.Random(7)
    connection.execute("PRAGMA synchronous = OFF")
    _add_project(connection, "bench", user_id)
    (last,) = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
    for start in range(0, count, _FILL):
        connection.execute("BEGIN IMMEDIATE")
        for n in range(start, min(start + _FILL, count)):
            _add_memory(connection, "bench", user_id, last + 1 + n, f"k{n}", " ".join(random_.choices(_WORDS, k=8)))
        for index in ("memory_words", "memory_trigrams"):
            connection.execute(
                f"INSERT INTO {index} (rowid, key, value) SELECT number, key, value FROM memory_texts WHERE number > ?",
                (last + start,),
            )
        connection.execute("UPDATE memories_indexed SET number = (SELECT max(number) FROM memories)")
        connection.execute("COMMIT")
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
    if b" 200 " not in data[:20] or b"mem_" not in data:
        raise RuntimeError(f"no memories: {data[:500]!r}")
