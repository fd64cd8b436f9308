"""The daemon's own signs of life: since when it runs, where it listens, how late its event loop is."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

_INTERVAL_SECONDS = 1.0


@dataclass
class Pulse:
    """`lag` is by how many seconds the loop was late at the last look, a second apart."""

    started: float = field(default_factory=time.monotonic)
    listening: list[str] = field(default_factory=list)
    lag: float = 0.0

    async def beat(self) -> None:
        """Measure the loop's lag for ever."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(_INTERVAL_SECONDS)
            self.lag = max(0.0, time.monotonic() - before - _INTERVAL_SECONDS)
