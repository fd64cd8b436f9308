"""Context and memories: how many are written a second, beside sqlite3 alone."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from pathlib import Path

from uuid_utils import uuid7

from bench import rows
from bench.load import NUMBER, Load, run
from bench.processes import daemon, folder
from bench.report import Section

_CONNECTIONS = (1, 16, 64)
_GROUP = 64  # writes in a commit of sqlite3 alone
_ENTRY = {"file_path": "/src/auth/login.py", "file_importance": 0.8, "decision": "We use JWT for authentication"}
_VALUE = "Using microservices with FastAPI and PostgreSQL; deployed on Fridays, by hand, before noon"

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


def measure(quick: bool) -> Section:
    section = Section(
        "Context and memories",
        ("what", "how", "Segue", "sqlite3 alone", "Segue ÷ sqlite3"),
        notes=[
            f"Writes are acknowledged and durable, over the Unix socket; sqlite3 writes the same rows, {_GROUP} in a"
            " commit, with `synchronous=FULL`, in a loop without a server.",
        ],
    )
    section.rows += _writes(1.0 if quick else 3.0)
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
    add_project(connection, "bench", user_id)
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
                add_memory(connection, "bench", user_id, count, f"{count:016x}", _VALUE)
        connection.execute("COMMIT")
    took = time.perf_counter() - start
    connection.close()
    return count / took


def add_project(connection: sqlite3.Connection, project_id: str, user_id: str) -> None:
    connection.execute("INSERT INTO projects VALUES (?, ?, ?)", (project_id, user_id, time.time_ns() // 1000))


def add_memory(connection: sqlite3.Connection, project: str, user_id: str, number: int, key: str, value: str) -> None:
    now, memory_id = time.time_ns() // 1000, f"mem_{uuid7().hex[-12:]}"
    connection.execute(_EVENT, (number, "", number, "memory.saved", now))
    connection.execute(_MEMORY, (memory_id, project, key, number, now, now))
    connection.execute(_VERSION, (number, memory_id, value, now, user_id))
