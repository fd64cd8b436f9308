"""A line of text that costs nothing while it stays the same: a Static lays out the whole screen on every update."""

from __future__ import annotations

from textual.widgets import Static


class Line(Static):
    """Shows one line, never as markup."""

    def __init__(self, text: str = "", *, id: str | None = None) -> None:
        super().__init__(text, markup=False, id=id)
        self._text = text

    def say(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.update(text)
