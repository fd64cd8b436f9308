"""A pool over a real store, for a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from segue.models import ConnectionInfo
from segued.config import McpServerSettings, Settings, StoreSettings
from segued.mcp import SharedMCPConnectionPool
from segued.store import open_store
from segued.store.base import Store

PATIENCE_SECONDS = 30.0


@asynccontextmanager
async def open_store_in(folder: Path) -> AsyncIterator[Store]:
    async with open_store(Settings(store=StoreSettings(path=str(folder / "p.db"))), lambda commits: None) as store:
        yield store


@asynccontextmanager
async def open_pool(folder: Path, **servers: McpServerSettings) -> AsyncIterator[SharedMCPConnectionPool]:
    async with open_store_in(folder) as store:
        pool = SharedMCPConnectionPool(servers)
        async with pool.running(store):
            yield pool


def begin(call: Coroutine[Any, Any, dict[str, Any]]) -> asyncio.Task[dict[str, Any]]:
    """Let a call run while the test goes on."""
    return asyncio.get_running_loop().create_task(call)


async def until(condition: Callable[[], Any]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


def text(result: dict[str, Any]) -> str:
    return "".join(block.get("text", "") for block in result["content"])


def info(pool: SharedMCPConnectionPool, name: str = "s") -> ConnectionInfo:
    return next(i for i in pool.list() if i.name == name)


def is_running(pid: int) -> bool:
    """Tell whether a process is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
