"""How often something is done: at first at once, then rarer the longer it goes on."""

from __future__ import annotations

_GROWTH = 1.15
_MOST = 4.0


class Pace:
    """`every` seconds at first, `_MOST` times that in the end. Times are those of one monotonic clock."""

    def __init__(self, every: float) -> None:
        self._most = every * _MOST
        self._every = every
        self._next = 0.0

    def wait(self, now: float) -> float:
        """Return how many seconds are left until it may be done."""
        return max(0.0, self._next - now)

    def done(self, now: float) -> None:
        """Note that it was done."""
        self._next = now + self._every
        self._every = min(self._every * _GROWTH, self._most)

    def hold(self, now: float, seconds: float) -> None:
        """Let nothing be done for so long."""
        self._next = max(self._next, now + seconds)
