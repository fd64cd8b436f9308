"""The wall clock, in one place. It may be set while the daemon runs: who waits for a time looks again and again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

nanoseconds = time.time_ns  # since 1970: whatever the daemon stores or waits for goes by this
steady = time.monotonic  # seconds since some time: nobody sets it, so it tells when somebody set the other
LOOK_AGAIN_SECONDS = 30.0
_TOLERATED_SECONDS = 60.0  # how far clocks drift apart in an hour, and more


def now() -> float:
    """Return the seconds since 1970."""
    return nanoseconds() / 1e9


def utc() -> datetime:
    """Return the time as it is stored and told."""
    return datetime.fromtimestamp(now(), UTC)


async def wait(until: Callable[[], float], changed: asyncio.Event) -> None:
    """Return once it is `until()`, in seconds since 1970; that is asked again whenever `changed` is set."""
    while (seconds := until() - now()) > 0:
        changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, LOOK_AGAIN_SECONDS)):
                await changed.wait()


class Jumps:
    """Tells when somebody set the clock."""

    def __init__(self) -> None:
        self._offset = now() - steady()

    def latest(self) -> float:
        """Return by how many seconds it was set since this was last asked (a machine that slept looks like that too);
        0 where clocks only drift apart."""
        before, self._offset = self._offset, now() - steady()
        jump = self._offset - before
        return jump if abs(jump) >= _TOLERATED_SECONDS else 0.0
