"""The conversation on the screen: a window of messages, and at its end the answer being written.

It is one widget that draws lines, not a widget a message: a key press, a new word, an older message cost the same
however long the conversation is.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from textual.message import Message
from textual.widget import Widget

from segue.tui.entries import Entry, entries, live_entry
from segue.tui.transcript.browser import Browser
from segue.tui.view import View

if TYPE_CHECKING:
    from textual.timer import Timer

_PAGES_AHEAD = 2  # so many pages before the edge, what lies beyond it is asked for
_SECONDS_A_FRAME = 1 / 15  # of an answer being written
_MOST_OF_THE_TIME = 0.2  # that drawing it may take


class Transcript(Browser):
    """Shows a view's window. `unread` counts what came below the reader, who may be far from the end."""

    class Scrolled(Message):
        """The reader moved."""

    class OlderWanted(Message):
        """The reader comes near the first message of the window."""

    class NewerWanted(Message):
        """The reader comes near the last message of the window, and there are newer ones."""

    class NewestWanted(Message):
        """The reader wants to be at the end, which is not in the window."""

    DEFAULT_CSS = """
    Transcript {
        height: 1fr;
        padding: 0 1;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
    }
    """

    def __init__(self, writer: Widget | None = None) -> None:
        super().__init__(writer)
        self.unread = 0
        self._view = View()
        self._written: list[Entry] = []
        self._seen_seq = 0
        self._goal = ""  # the message to go to once it is in the window
        self._wants_end = False
        self._next_frame = 0.0
        self._frame: Timer | None = None

    @property
    def entries(self) -> list[Entry]:
        """What is shown, but for the answer being written."""
        return [entry for entry in self.stack.entries if not entry.is_live]

    @property
    def is_at_end(self) -> bool:
        return self._view.is_at_tail and self.scroll_y >= self.bottom

    def show(self, view: View) -> None:
        """Show what is new in the view; of an answer that goes on, no more than so many frames a second."""
        before, self._view = self._view, view
        if view.session_id != before.session_id:
            self._begin()
        if not view.says_the_same_as(before):
            self._written = entries(view)
            self._draw()
        elif view.partial is not before.partial and self._frame is None:
            self._frame = self.set_timer(max(0.001, self._next_frame - monotonic()), self._draw)
        else:
            self._look_around()  # what was asked for may have come too late to be of use

    def _begin(self) -> None:
        """Begin another conversation, at its end; a goal may have been set already."""
        self.follows, self.selected, self._seen_seq = True, "", 0
        if not self._goal:
            self.go_to_end()

    def _draw(self) -> None:
        if self._frame:
            self._frame.stop()
            self._frame = None
        started = monotonic()
        live = live_entry(self._view)
        self.lay([*self._written, live] if live else self._written)
        self._next_frame = started + max(_SECONDS_A_FRAME, (monotonic() - started) / _MOST_OF_THE_TIME)

    def lay(self, entries: Sequence[Entry], rewrapped: bool = False) -> None:
        self.follows = self._view.is_at_tail and (self.follows or self._wants_end)
        self._wants_end = self._wants_end and not self.follows
        super().lay(entries, rewrapped)
        if goal := self.stack.find(self._goal):
            self._goal = ""
            self.choose(goal)
            self.jump(self.stack.span(goal.key)[0] - self.scrollable_content_region.height // 3)
        self._look_around()

    # --- going elsewhere

    def go_to_end(self) -> None:
        self._goal = ""
        self.points = False
        if self._view.is_at_tail:
            self.follows = True
            self.jump(self.bottom)
        else:
            self._wants_end = True
            self.post_message(self.NewestWanted())

    def action_scroll_end(self) -> None:
        self.go_to_end()

    def go_to(self, message_id: str) -> None:
        """Go to a message and select it, as soon as the window holds it."""
        self.follows = self._wants_end = False
        self._goal = message_id
        self.points = True
        self.lay(self.stack.entries)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.follows = self.is_at_end
            self._look_around()

    def _look_around(self) -> None:
        """Tell where the reader is, and ask for what is near."""
        view, y = self._view, self.scroll_offset.y
        ahead = _PAGES_AHEAD * self.scrollable_content_region.height
        if self.is_at_end and view.messages:
            self._seen_seq = view.messages[-1].seq
        self.unread = sum(message.seq > self._seen_seq for message in view.messages)
        self.post_message(self.Scrolled())
        if y < ahead and not view.reached_start and not self.is_at_end:
            self.post_message(self.OlderWanted())
        if self.bottom - y < ahead and not view.is_at_tail:
            self.post_message(self.NewerWanted())
