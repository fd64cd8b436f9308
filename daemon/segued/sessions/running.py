"""A turn that runs: how much time it has left, and how it is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal

from segue.models import Turn

StopReason = Literal["cancelled", "interrupted"]


class Running:
    """A turn that has an owner. Cancel, interrupt and time-out all move one deadline; `reason` tells them apart."""

    def __init__(self, turn: Turn, seconds: float) -> None:
        self.turn = turn
        self.reason: StopReason | None = None
        self.ended = asyncio.Event()
        self._seconds_left = seconds
        self._until = 0.0
        self._deadline: asyncio.Timeout | None = None
        self._pauses = 0

    def stop(self, reason: StopReason) -> None:
        self.reason = self.reason or reason
        if self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time())

    @asynccontextmanager
    async def limited(self) -> AsyncIterator[None]:
        """Raise TimeoutError out of the block when the turn is stopped or its time is over. Blocks follow each other
        and share that time."""
        loop = asyncio.get_running_loop()
        self._until = loop.time() + self._seconds_left
        try:
            async with asyncio.timeout_at(self._until) as self._deadline:
                if self.reason is not None:
                    self.stop(self.reason)
                yield
        finally:
            self._deadline = None
            self._seconds_left = self._until - loop.time()

    @property
    def expired(self) -> bool:
        """Tell whether the time was over, or the turn was stopped."""
        return self.reason is not None or self._seconds_left <= 0

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the time inside the block not count: a person is waited for. Several may be waited for at once."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._pauses += 1
        if self._pauses == 1:
            self._move(None)
        try:
            yield
        finally:
            self._pauses -= 1
            if not self._pauses:
                self._until += loop.time() - began
                self._move(self._until)

    def _move(self, until: float | None) -> None:
        if self.reason is None and self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(until)
