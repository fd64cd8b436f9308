"""MCP: a call through the shared pool beside the same on a bare SDK session; cold and warm; memory shared and not."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from mcp import Client, StdioServerParameters

from bench.processes import folder
from bench.report import Section, Target
from segued.config import McpServerSettings, Settings, StoreSettings
from segued.mcp import SharedMCPConnectionPool
from segued.store import open_store

_SERVER = str(Path(__file__).parent / "mcp_servers" / "echo.py")  # in a folder without an `mcp.py`
_ROUNDS = 8
_SESSIONS = 20
_SERVERS = 5
_MB = 1024 * 1024

Call = Callable[[str], Awaitable[object]]


def measure(quick: bool) -> Section:
    return asyncio.run(_measure(quick))


async def _measure(quick: bool) -> Section:
    calls = 100 if quick else 400
    cold, warm = await _cold_and_warm()
    one = await _side_by_side(calls, 1)
    many = await _side_by_side(calls, 16)
    sessions = 2 if quick else _SESSIONS
    shared, own = await _shared_memory(), await _own_memory(sessions)
    section = Section("MCP", ("what", "through the pool", "bare SDK session", "ratio"))
    for what, (pool, bare) in (("one call after the other", one), ("16 calls at once", many)):
        section.rows.append((f"{what}, ms a call", f"{pool:.2f}", f"{bare:.2f}", f"{pool / bare:.2f}"))
    section.rows += [
        ("first call, the server not running, ms", f"{cold:.0f}", "", ""),
        ("the call after it, ms", f"{warm:.2f}", "", f"{cold / warm:.0f} x"),
        (f"{_SESSIONS} sessions sharing {_SERVERS} servers, MB", f"{shared:.0f}", "", ""),
        (f"{_SESSIONS} sessions with {_SERVERS} servers each, MB", "", f"{own:.0f}", f"{shared / own:.2f}"),
    ]
    section.notes = [
        "Over standard input and output; medians of the best of rounds that take turns. Memory is what the servers'"
        " processes have for themselves and their part of what they share (PSS), the pool's supervisors included."
        + ("" if sessions == _SESSIONS else f" The last line was measured with {sessions} sessions and scaled.")
    ]
    worst = max(one[0] / one[1], many[0] / many[1])
    section.targets = [Target("a call through the pool beside a bare one", "≤ 1.3 x", f"{worst:.2f} x", worst <= 1.3)]
    sys.stderr.write(f"{section.rows}\n")
    return section


@asynccontextmanager
async def _pool(servers: int = 1) -> AsyncIterator[SharedMCPConnectionPool]:
    settings = McpServerSettings(command=sys.executable, args=(_SERVER,), max_concurrent=64)
    with folder() as home:
        store_settings = Settings(store=StoreSettings(path=str(home / "bench.db")))
        async with open_store(store_settings, lambda commits: None) as store:
            pool = SharedMCPConnectionPool({f"s{number}": settings for number in range(servers)})
            async with pool.running(store):
                yield pool


def _bare() -> Client:
    return Client(StdioServerParameters(command=sys.executable, args=[_SERVER]))


async def _cold_and_warm() -> tuple[float, float]:
    """Return the milliseconds of a pool's first call, and of the next ones."""
    async with _pool() as pool:
        began = time.perf_counter()
        await pool.call("s0", "echo", {"text": "x"})
        cold = (time.perf_counter() - began) * 1000
        return cold, await _milliseconds(lambda text: pool.call("s0", "echo", {"text": text}), 50, 1)


async def _side_by_side(calls: int, width: int) -> tuple[float, float]:
    """Return the milliseconds a call through the pool, and on a session of the SDK: the best round of each."""
    async with _pool() as pool, _bare() as client:
        through_pool: Call = lambda text: pool.call("s0", "echo", {"text": text})  # noqa: E731
        on_session: Call = lambda text: client.call_tool("echo", {"text": text})  # noqa: E731
        pooled, bare = [], []
        for _ in range(_ROUNDS):
            pooled.append(await _milliseconds(through_pool, calls, width))
            bare.append(await _milliseconds(on_session, calls, width))
        return min(pooled), min(bare)


async def _milliseconds(call: Call, calls: int, width: int) -> float:
    """Return the median of a batch of `width` calls, for each call of it."""
    taken = []
    for _ in range(calls // width):
        began = time.perf_counter()
        await asyncio.gather(*(call(str(number)) for number in range(width)))
        taken.append((time.perf_counter() - began) * 1000 / width)
    return statistics.median(taken)


async def _shared_memory() -> float:
    async with _pool(_SERVERS) as pool:
        names = [f"s{number}" for number in range(_SERVERS)]
        await asyncio.gather(*(pool.call(name, "echo", {"text": "x"}) for name in names * _SESSIONS))
        return _memory_of_children()


async def _own_memory(sessions: int) -> float:
    async with AsyncExitStack() as stack:
        for _ in range(sessions * _SERVERS):
            client = await stack.enter_async_context(_bare())
            await client.call_tool("echo", {"text": "x"})
        return _memory_of_children() * _SESSIONS / sessions


def _memory_of_children() -> float:
    """Return the megabytes of all processes that descend from this one."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    left, total = list(children.get(os.getpid(), [])), 0
    while left:
        pid = left.pop()
        left += children.get(pid, [])
        total += _pss(pid)
    return total / _MB


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
