"""What runs on the clock: work that is due at some time, is done then, and says when it is due again."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable

from segue.errors import Unavailable
from segued import clock

log = logging.getLogger(__name__)

NEVER = math.inf
_BETWEEN_SECONDS = 0.25  # what is due within so long is done together
_AGAIN_SECONDS = 60.0  # after a failure


class Job:
    """`work` does all that is due and returns when it is due next, in seconds since 1970. It is asked once at the
    start and when the clock was set, and what fails is tried again."""

    def __init__(self, name: str, work: Callable[[], Awaitable[float]]) -> None:
        self.name = name
        self._work = work
        self._due = NEVER
        self._sooner = asyncio.Event()

    def due(self, at: float) -> None:
        """Run at that time, if it was to be later."""
        if at < self._due:
            self._due = at
            self._sooner.set()

    async def keep_running(self) -> None:
        """Do the work whenever it is due, for ever."""
        jumps = clock.Jumps()
        while True:
            self._due = NEVER
            try:
                self.due(await self._work())
            except Exception as exc:
                log.warning("%s: %s; tried again soon", self.name, exc, exc_info=not isinstance(exc, Unavailable))
                self.due(clock.now() + _AGAIN_SECONDS)
            await asyncio.sleep(_BETWEEN_SECONDS)
            await clock.wait(lambda: 0.0 if jumps.latest() else self._due, self._sooner)
