"""How tools are used, by tool and by session: counted here, stored together a moment later. A crash loses the counts of
that moment, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from segue.errors import Unavailable
from segue.models import SessionId
from segued.store.base import McpUse, Store

log = logging.getLogger(__name__)

_STORE_SECONDS = 2.0


class UseCounter:
    """`totals` are by (server, tool), since the daemon started."""

    def __init__(self) -> None:
        self.totals: dict[tuple[str, str], McpUse] = {}
        self._pending: dict[tuple[str, str, SessionId | None], McpUse] = {}
        self._counted = asyncio.Event()
        self._storing = asyncio.Lock()
        self._store: Store

    @asynccontextmanager
    async def running(self, store: Store) -> AsyncIterator[None]:
        """Store what is counted, now and then inside the block, and at its end."""
        self._store = store
        async with asyncio.TaskGroup() as tasks:
            storing = tasks.create_task(self._keep_storing(), name="use of MCP tools")
            try:
                yield
            finally:
                storing.cancel()
                await self.store()

    def count(self, server: str, tool: str, session_id: SessionId | None, seconds: float, *, failed: bool) -> None:
        use = McpUse(server, tool, session_id, 1, int(failed), seconds, seconds, datetime.now(UTC))
        key = (server, tool, session_id)
        self._pending[key] = _add(self._pending.get(key), use)
        self.totals[server, tool] = _add(self.totals.get((server, tool)), replace(use, session_id=None))
        self._counted.set()

    def of_server(self, server: str) -> tuple[int, int]:
        """Return how many calls and errors a server has had."""
        uses = [use for (name, _), use in self.totals.items() if name == server]
        return sum(use.calls for use in uses), sum(use.errors for use in uses)

    async def _keep_storing(self) -> None:
        while True:
            await self._counted.wait()
            await asyncio.sleep(_STORE_SECONDS)
            await self.store()

    async def store(self) -> None:
        """Store what is counted by now; where the disk refuses, it is kept for the next time."""
        async with self._storing:
            await self._store_pending()

    async def _store_pending(self) -> None:
        self._counted.clear()
        stored, self._pending = self._pending, {}
        if not stored:
            return
        try:
            await self._store.add_mcp_uses(tuple(stored.values()))
        except Exception as exc:  # no call waits for this, and nothing else is lost
            log.warning("the use of MCP tools is not stored yet: %s", exc, exc_info=not isinstance(exc, Unavailable))
            for key, use in self._pending.items():
                stored[key] = _add(stored.get(key), use)
            self._pending = stored
            self._counted.set()


def _add(before: McpUse | None, use: McpUse) -> McpUse:
    if before is None:
        return use
    return replace(
        use,
        calls=before.calls + use.calls,
        errors=before.errors + use.errors,
        seconds=before.seconds + use.seconds,
        max_seconds=max(before.max_seconds, use.max_seconds),
    )
