"""A list of rows of known heights of which only those on the screen are drawn.

Textual's OptionList lays out every option whenever one changes: a quarter of a second with 2,000 sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from segue.tui.sessions.keys import Handover
from segue.tui.sessions.lineup import Lineup, Row

CURSOR = "›"


class Rows(ScrollView, Handover, can_focus=True):
    """Shows rows with a cursor, which stays on its row while others move around it."""

    @dataclass
    class Opened(Message):
        """The reader chose a row."""

        key: str

    DEFAULT_CSS = """
    Rows {
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .rows--heading { color: $foreground 60%; text-style: italic; }
        & > .rows--muted { color: $foreground 60%; }
        & > .rows--strong { text-style: bold; }
        & > .rows--marked { text-style: bold underline; }
        & > .rows--new { color: $text-warning; text-style: bold; }
        & > .rows--here { color: $text-accent; text-style: bold; }
        & > .rows--hover { background: $block-hover-background; }
        & > .rows--cursor { background: $surface-lighten-2; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rows--heading",
        "rows--muted",
        "rows--strong",
        "rows--marked",
        "rows--new",
        "rows--here",
        "rows--hover",
        "rows--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "The one above", show=False),
        Binding("down,j", "move(1)", "The one below", show=False),
        Binding("pageup", "page(-1)", "A page up", show=False),
        Binding("pagedown", "page(1)", "A page down", show=False),
        Binding("home,g", "first", "The first one", show=False),
        Binding("end,G", "last", "The last one", show=False),
        Binding("enter", "open", "Open it", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lineup = Lineup()
        self._drawn: dict[int, Sequence[Content]] = {}
        self._cursor: int | None = None
        self._hovered: int | None = None
        self._to_be_shown = False

    # --- what it shows

    @property
    def key(self) -> str:
        """The row that the cursor is on, "" if there is none."""
        return self._lineup.rows[self._cursor].key if self._cursor is not None else ""

    def show(self, rows: Sequence[Row], key: str | None = None) -> None:
        """Show these rows with the cursor on `key`, by default where it was."""
        before = self._lineup.within(self.scroll_offset.y, self.size.height)
        wanted = self.key if key is None else key
        self._lineup = Lineup(rows)
        self._drawn.clear()
        self._hovered = None
        self._cursor = self._lineup.place_cursor(wanted, self._cursor)
        self.virtual_size = Size(1, self._lineup.height)
        if key is not None:
            self._show_cursor()
        elif self.scroll_offset.y or self.has_cursor:  # what others did must not move what one reads
            self.scroll_to(y=self.scroll_offset.y + self._lineup.shift(before), animate=False, force=True)
        self.refresh()

    def is_in_view_below_top(self, key: str) -> bool:
        """Whether the list is scrolled and shows this row."""
        top = self.scroll_offset.y
        return top > 0 and key in self._lineup.within(top, self.size.height)

    # --- drawing

    def render_line(self, y: int) -> Strip:
        line, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        if line >= self._lineup.height:
            return Strip.blank(width, self.visual_style.rich_style)
        index = self._lineup.at(line)
        content = self._draw(index, width)[line - self._lineup.starts[index]]
        parts = content.render(self._style_of(index), "", self._get_style)
        return Strip([Segment(text, style.rich_style) for text, style in parts], width)

    def _draw(self, index: int, width: int) -> Sequence[Content]:
        if (drawn := self._drawn.get(index)) is None:
            lines = self._lineup.rows[index].draw(width - 1)
            mark = CURSOR if index == self._cursor and self.has_cursor else " "
            starts = [mark, *(" " for _ in lines[1:])]
            drawn = [
                (start + line).truncate(width, ellipsis=True, pad=True)
                for start, line in zip(starts, lines, strict=True)
            ]
            self._drawn[index] = drawn
        return drawn

    @property
    def has_cursor(self) -> bool:
        """Whether the cursor is to be seen."""
        return self.has_focus

    def _style_of(self, index: int) -> Style:
        if index == self._cursor and self.has_cursor:
            return self.get_visual_style("rows--cursor")
        return self.get_visual_style("rows--hover") if index == self._hovered else self.visual_style

    def _redraw(self) -> None:
        self._drawn.clear()
        self.refresh()

    def on_resize(self) -> None:
        self._redraw()
        if self.has_cursor or self._to_be_shown:
            self._show_cursor()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._redraw()

    # --- keys

    async def _on_key(self, event: events.Key) -> None:
        """Act on each key at once: a binding left to itself acts after the keys that follow it in a burst."""
        if self.takes_no_more(event):
            return
        if bindings := self._bindings.key_to_bindings.get(event.key):
            event.stop()
            event.prevent_default()
            await self.run_action(bindings[0].action)

    def action_move(self, by: int) -> None:
        self.move(by)

    def move(self, by: int) -> None:
        """Move the cursor by so many rows that can be chosen."""
        if self._cursor is not None:
            self._put_cursor(self._lineup.step(self._cursor, by))

    def action_page(self, by: int) -> None:
        self.turn_page(by)

    def turn_page(self, by: int) -> None:
        """Move the cursor by so many heights of the list."""
        if self._cursor is not None:
            self._put_cursor(self._lineup.reach(self._cursor, by * max(self.size.height - 1, 1)))

    def action_first(self) -> None:
        self.move(-len(self._lineup.rows))

    def action_last(self) -> None:
        self.move(len(self._lineup.rows))

    def action_open(self) -> None:
        if self.key:
            self.hold_keys()
            self.post_message(self.Opened(self.key))

    def _put_cursor(self, index: int) -> None:
        self._cursor = index
        self._redraw()
        self._show_cursor()

    def _show_cursor(self) -> None:
        """Scroll so that the row of the cursor is on the screen, and the heading above it if it is the first."""
        self._to_be_shown = not self.size.height  # not laid out yet
        if self._cursor is None or self._to_be_shown:
            return
        headed = self._cursor > 0 and not self._lineup.rows[self._cursor - 1].key
        top, bottom = self._lineup.starts[self._cursor - headed], self._lineup.starts[self._cursor + 1]
        y = min(max(self.scroll_offset.y, bottom - self.size.height), top)
        self.scroll_to(y=y, animate=False, force=True)

    def on_focus(self) -> None:
        self._redraw()
        self._show_cursor()

    def on_blur(self) -> None:
        self._redraw()

    # --- mouse

    def _hover(self, index: int | None) -> None:
        if index != self._hovered:
            self._hovered = index
            self.refresh()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._hover(self._under(event))

    def on_leave(self) -> None:
        self._hover(None)

    def on_click(self, event: events.Click) -> None:
        if (index := self._under(event)) is not None:
            self._put_cursor(index)
            self.action_open()

    def _under(self, event: events.MouseEvent) -> int | None:
        """Return the row under the mouse, None if there is none that can be chosen."""
        offset = event.get_content_offset(self)
        line = offset.y + self.scroll_offset.y if offset else self._lineup.height
        index = self._lineup.at(line)
        return index if line < self._lineup.height and self._lineup.rows[index].key else None


class Offer(Rows, can_focus=False):
    """Rows that a field above them steers: the cursor is always to be seen."""

    @property
    def has_cursor(self) -> bool:
        return True


def steering(rows: Rows) -> dict[str, Callable[[], object]]:
    """Return the keys by which a field moves the cursor of rows."""
    return {
        "up": lambda: rows.move(-1),
        "down": lambda: rows.move(1),
        "pageup": lambda: rows.turn_page(-1),
        "pagedown": lambda: rows.turn_page(1),
    }
