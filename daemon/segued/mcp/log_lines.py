"""What a server says for people: in the daemon's log, line by line, and never more than the log can bear."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

_LONGEST_LINE = 1000  # bytes
_LINES_A_SECOND = 50


class LogLines:
    """Takes text as it comes, and logs its lines. Of what comes too fast the lines are only counted."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._rest = b""
        self._until = 0.0
        self._count = 0

    def add(self, text: bytes) -> None:
        *lines, rest = (self._rest + text).split(b"\n")
        self._rest = rest[:_LONGEST_LINE]
        for line in lines:
            self._add_line(line)

    def _add_line(self, line: bytes) -> None:
        now = self._clock()
        if now >= self._until:
            if (left_out := self._count - _LINES_A_SECOND) > 0:
                self._log.info("(%d more lines)", left_out)
            self._count, self._until = 0, now + 1.0
        self._count += 1
        if self._count <= _LINES_A_SECOND and line.strip():
            text = line[:_LONGEST_LINE].decode(errors="replace").rstrip()
            self._log.info("%s", "".join(c if c.isprintable() else " " for c in text))
