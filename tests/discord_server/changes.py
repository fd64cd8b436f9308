from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Wakes whoever waits for something to become true: each asks again after every change."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def forever_until(self, look: Callable[[], T | None]) -> T:
        """Return the first true result of `look`, however late."""
        while not (found := look()):
            await self._changed.wait()
        return found

    async def until(self, look: Callable[[], T | None], timeout_seconds: float, instead: Callable[[], object]) -> T:
        """Return the first true result of `look`; in time, or AssertionError with what was there `instead`."""
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self.forever_until(look)
        except TimeoutError:
            raise AssertionError(f"not seen within {timeout_seconds:g} s; instead: {instead()}") from None
