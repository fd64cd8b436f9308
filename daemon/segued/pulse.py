"""The daemon's own signs of life: since when it runs, where it listens, how late its event loop is."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

_INTERVAL_SECONDS = 1.0
_LATE_SECONDS = 1.0


@dataclass
class Pulse:
    """`lag` is by how many seconds the loop was late at the last look, a second apart."""

    started: float = field(default_factory=time.monotonic)
    listening: list[str] = field(default_factory=list)
    lag: float = 0.0

    @asynccontextmanager
    async def running(self, beaten: Callable[[], None], at_least_every: float) -> AsyncIterator[None]:
        """Measure the loop's lag inside the block; `beaten` is called at every look: as long as the loop runs."""
        async with asyncio.TaskGroup() as tasks:
            beat = tasks.create_task(self._beat(beaten, min(_INTERVAL_SECONDS, at_least_every)), name="pulse")
            try:
                yield
            finally:
                beat.cancel()

    async def _beat(self, beaten: Callable[[], None], seconds: float) -> None:
        while True:
            beaten()
            before = time.monotonic()
            await asyncio.sleep(seconds)
            self.lag = max(0.0, time.monotonic() - before - seconds)
            if self.lag > _LATE_SECONDS:
                log.warning("the event loop was late by %.1f s: something held it up, or the machine did", self.lag)
