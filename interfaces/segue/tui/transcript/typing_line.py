"""Who is writing something, as long as they do."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from segue.tui.line import Line
from segue.tui.view import Typist, View
from segue.tui.words import typing

if TYPE_CHECKING:
    from textual.timer import Timer


class TypingLine(Line):
    """Shows a view's typists until their time is over; it takes no room while there are none."""

    DEFAULT_CSS = """
    TypingLine {
        display: none;
        height: 1;
        padding: 0 2;
        color: $text-muted;
        text-style: italic;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._typists: tuple[Typist, ...] = ()
        self._timer: Timer | None = None

    def show(self, view: View) -> None:
        if view.typists is not self._typists:
            self._typists = view.typists
            self._update()

    def _update(self) -> None:
        """Show those whose time is not over, and come back when the next one's is."""
        left = [typist for typist in self._typists if typist.until > monotonic()]
        self.say(typing((typist.user, typist.interface) for typist in left))
        self.display = bool(left)
        if self._timer:
            self._timer.stop()
        if left:
            self._timer = self.set_timer(min(t.until for t in left) - monotonic(), self._update)
