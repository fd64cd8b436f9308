"""The session for the OpenAI Agents SDK beside that SDK's own: one item, many agents at once, the last items."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from uuid import uuid4

from agents import Session, SQLiteSession
from agents.extensions.memory import SQLAlchemySession
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bench.processes import daemon, folder
from bench.report import Section, Target
from segue.agents_session import SegueSession
from segue.client import Client

_AGENTS = 16
_SIZES = (1_000, 100_000)
_FILL = 5_000  # items in one call
_LAST = 50
_ITEM: Any = {"role": "user", "content": "A line of talk about the build, the tests and what we decided on Thursday."}
_SEGUE, _SQLITE, _SQLALCHEMY = "SegueSession", "SQLiteSession", "SQLAlchemySession (aiosqlite)"

Make = Callable[[str], Session]
"""Opens the session of a name, in one database for all names."""


def measure(quick: bool) -> Section:
    return asyncio.run(_measure(quick))


async def _measure(quick: bool) -> Section:
    section = Section(
        "Sessions of the OpenAI Agents SDK",
        (
            "session",
            "add of one item, ms",
            f"{_AGENTS} agents, items/s",
            f"the last {_LAST} at {_SIZES[0]:,}, ms",
            f"at {_SIZES[1]:,}, ms",
            "growth",
        ),
    )
    with folder() as home, daemon(home) as segue:
        async with Client(segue.addresses["Unix socket"]) as client, _engine(home / "alchemy.db") as engine:
            makes: dict[str, Make] = {
                _SEGUE: lambda name: SegueSession(name, client),
                _SQLITE: lambda name: SQLiteSession(name, home / "sqlite.db"),
                _SQLALCHEMY: lambda name: SQLAlchemySession(name, engine=engine, create_tables=True),
            }
            rounds, seconds = (1, 1.0) if quick else (5, 2.0)
            alone = await _alone(makes, 50 if quick else 500)
            together = await _together(makes, rounds, seconds)
            last = await _last(makes, 20 if quick else 200)
            section.notes.append(_how(home))
    for who in makes:
        few, many = (last[who, size] for size in _SIZES)
        figures = (f"{alone[who]:.2f}", f"{together[who]:,.0f}", f"{few:.2f}", f"{many:.2f}", f"{many / few:.2f}")
        section.rows.append((who, *figures))
    growth = last[_SEGUE, _SIZES[1]] / last[_SEGUE, _SIZES[0]]
    section.targets.append(Target(f"last {_LAST} items, 100k against 1k", "≤ 1.5 ×", f"{growth:.2f} ×", growth <= 1.5))
    for rival in (_SQLITE, _SQLALCHEMY):
        factor = together[_SEGUE] / together[rival]
        what = f"adds by {_AGENTS} agents, against {rival}"
        section.targets.append(Target(what, "≥ 3 ×", f"{factor:.1f} ×", factor >= 3))
    return section


@asynccontextmanager
async def _engine(path: Path) -> AsyncIterator[AsyncEngine]:
    """Open the database of the SQLAlchemySession, whose durability can be set."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous = FULL")

    try:
        yield engine
    finally:
        await engine.dispose()


async def _alone(makes: dict[str, Make], count: int) -> dict[str, float]:
    """Return the median milliseconds of adding one item, one after the other."""
    took: dict[str, list[float]] = {who: [] for who in makes}
    sessions = {who: make("alone") for who, make in makes.items()}
    for _ in range(count):
        for who, session in sessions.items():
            start = time.perf_counter()
            await session.add_items([_ITEM])
            took[who].append((time.perf_counter() - start) * 1000)
    return {who: statistics.median(some) for who, some in took.items()}


async def _together(makes: dict[str, Make], rounds: int, seconds: float) -> dict[str, float]:
    """Return the items a second that agents with a session each add at once; take turns, so that noise hits all."""
    agents = {who: [make(f"agent {uuid4()}") for _ in range(_AGENTS)] for who, make in makes.items()}
    best = dict.fromkeys(makes, 0.0)
    for number in range(rounds):
        for who, sessions in agents.items():
            rate = await _rate(sessions, seconds)
            best[who] = max(best[who], rate)
            sys.stderr.write(f"round {number + 1}: {who}, {_AGENTS} agents: {rate:,.0f}/s\n")
    return best


async def _rate(sessions: Sequence[Session], seconds: float) -> float:
    for session in sessions:
        await session.add_items([_ITEM])
    start = time.perf_counter()
    counts = await asyncio.gather(*(_keep_adding(session, start + seconds) for session in sessions))
    return sum(counts) / (time.perf_counter() - start)


async def _keep_adding(session: Session, end: float) -> int:
    count = 0
    while time.perf_counter() < end:
        await session.add_items([_ITEM])
        count += 1
    return count


async def _last(makes: dict[str, Make], count: int) -> dict[tuple[str, int], float]:
    """Return the median milliseconds of getting the last items of sessions of each size."""
    sessions = {(who, size): make(f"{size} items") for who, make in makes.items() for size in _SIZES}
    for (who, size), session in sessions.items():
        for start in range(0, size, _FILL):
            await session.add_items([_ITEM] * min(_FILL, size - start))
        sys.stderr.write(f"filled {who} with {size:,}\n")
    took: dict[tuple[str, int], list[float]] = {which: [] for which in sessions}
    for _ in range(count):
        for which, session in sessions.items():
            start_at = time.perf_counter()
            if len(await session.get_items(_LAST)) != _LAST:
                raise RuntimeError(f"{which} does not hold what it was given")
            took[which].append((time.perf_counter() - start_at) * 1000)
    return {which: statistics.median(some) for which, some in took.items()}


def _how(home: Path) -> str:
    with closing(sqlite3.connect(home / "sqlite.db")) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    level = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}[synchronous]
    return (
        "All three keep what they acknowledge through a power cut: journal WAL, `synchronous=FULL`. The daemon sets it,"
        " for SQLAlchemySession the benchmark does; SQLiteSession has no setting for it and keeps SQLite's default,"
        f" which is {level} here with journal {mode}. One process, one event loop; SegueSession over the Unix socket,"
        " its agents on one client; each agent has a session of its own and adds one item at a time. The contestants"
        " take turns. SegueSession also numbers each item as an event and tells it to whoever follows."
    )
