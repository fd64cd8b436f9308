"""When a server that fails is tried again: after a pause that grows, and at last not before a while is over."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

OPENS_AFTER = 5  # failures without a success between them

_FIRST_PAUSE_SECONDS = 0.2
_FIRST_BREAK_SECONDS = 30.0
_LONGEST_BREAK_SECONDS = 300.0


class Circuit:
    """Counts failures. `clock` gives seconds that only grow, `jitter` a factor, so that not all try at once."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = lambda: random.uniform(0.8, 1.2),
    ) -> None:
        self._clock = clock
        self._jitter = jitter
        self._until = 0.0
        self.failures = 0

    def failed(self) -> None:
        self.failures += 1
        if self.failures < OPENS_AFTER:
            pause = _FIRST_PAUSE_SECONDS * 2.0 ** (self.failures - 1)
        else:
            pause = min(_FIRST_BREAK_SECONDS * 2.0 ** (self.failures - OPENS_AFTER), _LONGEST_BREAK_SECONDS)
        self._until = self._clock() + pause * self._jitter()

    def succeeded(self) -> None:
        self.failures = 0
        self._until = 0.0

    @property
    def seconds_left(self) -> float:
        """Return how long the server is left alone yet."""
        return max(0.0, self._until - self._clock())

    @property
    def is_open(self) -> bool:
        """Tell whether it failed so often that nobody waits for the next try."""
        return self.failures >= OPENS_AFTER and self.seconds_left > 0
