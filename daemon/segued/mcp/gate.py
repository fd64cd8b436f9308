"""A limit on what runs at once; who waits too long for a turn is sent away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter

from segue.errors import McpUnavailable


class Gate:
    """Lets `width` callers in at once, the others in the order in which they came, for at most `queue_seconds`."""

    def __init__(self, name: str, width: int, queue_seconds: float) -> None:
        self._name = name
        self._width = width
        self._queue_seconds = queue_seconds
        self._places = CapacityLimiter(width)
        self.running = 0
        self.waiting = 0

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        """Be one of those let in, inside the block; raise `McpUnavailable` if that takes too long."""
        caller = object()  # a task may come in twice
        await self._enter(caller)
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._places.release_on_behalf_of(caller)

    def change(self, width: int, queue_seconds: float) -> None:
        """Be of another width from now on; who is in stays in."""
        self._width, self._queue_seconds = width, queue_seconds
        self._places.total_tokens = width

    async def _enter(self, caller: object) -> None:
        self.waiting += 1
        try:
            async with asyncio.timeout(self._queue_seconds):
                await self._places.acquire_on_behalf_of(caller)
        except TimeoutError as exc:
            raise McpUnavailable(
                f"the MCP server '{self._name}' is busy: {self._width} calls ran all of the {self._queue_seconds:g} s"
                " that this one waited; it was not made. Try again later, or set"
                f" mcp.{self._name}.max_concurrent higher",
                retry_after=5,
            ) from exc
        finally:
            self.waiting -= 1
