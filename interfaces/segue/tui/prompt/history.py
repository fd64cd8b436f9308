"""The lines that were sent from here, to be taken up again."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_LINES = 200


class History:
    """A list of lines with a place in it; behind the last one stands the draft that was left for it."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._at = 0
        self._draft = ""

    def add(self, line: str) -> None:
        """Add a line that was sent; the place is behind it."""
        if self._lines[-1:] != [line]:
            self._lines = [*self._lines, line][-_MOST_LINES:]
        self._at = len(self._lines)
        self._draft = ""

    def prepend(self, lines: Iterable[str]) -> None:
        """Add lines of earlier days before all others."""
        earlier = list(lines)
        self._lines = [*earlier, *self._lines]
        self._at += len(earlier)

    def older(self, current: str) -> str | None:
        """Return the line before, None if there is none. `current` is kept if it is the draft."""
        if self._at == 0:
            return None
        if self._at == len(self._lines):
            self._draft = current
        self._at -= 1
        return self._lines[self._at]

    def newer(self) -> str | None:
        """Return the line after, in the end the draft; None if it is there already."""
        if self._at == len(self._lines):
            return None
        self._at += 1
        return self._lines[self._at] if self._at < len(self._lines) else self._draft
