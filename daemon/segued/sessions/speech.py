"""The answer being said: its text, and its deltas, at most about thirty a second whatever the model's pace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_FLUSH_SECONDS = 1 / 30


class Speech:
    """Collects the pieces of one answer; `tell` is given what is new, in order, coalesced."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._pieces: list[str] = []
        self._untold: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        self._next_flush = 0.0

    @property
    def text(self) -> str:
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def say(self, text: str) -> None:
        if not text:
            return
        self._pieces.append(text)
        self._untold.append(text)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(self._next_flush, loop.time()), self.flush)

    def flush(self) -> None:
        """Tell what was not told yet, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._untold:
            text = "".join(self._untold)
            self._untold.clear()
            self._tell(text)
        self._next_flush = asyncio.get_running_loop().time() + _FLUSH_SECONDS
