"""A stack of cards drawn line by line, where what one reads stays in its place whatever comes above or below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.cache import LRUCache
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from segue.tui.entries import Entry
from segue.tui.transcript.card import BAR, Card
from segue.tui.transcript.lines import Line, Span, marked, text_of
from segue.tui.transcript.palette import SELECTED_GROUND, Palette
from segue.tui.transcript.stack import Place, Stack

if TYPE_CHECKING:
    from textual.selection import Selection

_REMEMBERED_STRIPS = 1000


class Canvas(ScrollView):
    """Draws entries. While it `follows` it stays at the end; the card with the key `selected` is marked
    while it has the focus or `points` there."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = Stack()
        self.follows = True
        self.selected = ""
        self.points = False  # at the selected card, although it has no focus
        self._fitted = Size()
        self._scrolled = (Size(), Size())
        self._palettes: dict[bool, Palette] = {}
        self._strips: LRUCache[tuple[Line, bool], Strip] = LRUCache(_REMEMBERED_STRIPS)

    @property
    def bottom(self) -> int:
        """The scroll position at the end."""
        return max(0, self.stack.height - self.scrollable_content_region.height)

    def lay(self, entries: Sequence[Entry], rewrapped: bool = False) -> None:
        """Show entries without moving what stands at the top of the screen."""
        self.follows = self.follows and not self.text_selection  # one cannot choose words that run away
        place = None if self.follows else self.stack.place(self.scroll_offset.y)
        width = self.scrollable_content_region.width
        self.stack.show(entries, width)
        self.virtual_size = Size(width, self.stack.height)
        self._put(place, rewrapped)
        self.refresh()

    def _put(self, place: Place | None, rewrapped: bool) -> None:
        before = self.scroll_offset.y
        if self.follows:
            self.jump(self.bottom)
        elif place is not None:
            self.jump(self.stack.line_of(place, rewrapped))
        if self.text_selection and self.scroll_offset.y != before:
            self.screen.clear_selection()  # it counts lines from the top

    def jump(self, y: int) -> None:
        self.scroll_target_y = y
        self.scroll_y = y

    def _scroll_update(self, virtual_size: Size) -> None:
        """Follow a change of the size before anything is painted: `Resize` comes after that. Textual calls this at
        every layout of the screen, for which a key in the prompt is enough; it would draw the scrollbar each time, and
        with it the whole screen."""
        if self._fitted != self.container_size:
            self._fitted = self.container_size
            self.lay(self.stack.entries, rewrapped=True)
        if self._scrolled != (sizes := (self.virtual_size, self.container_size)):
            self._scrolled = sizes
            super()._scroll_update(self.virtual_size)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._palettes.clear()
        self._strips.clear()

    # --- keys: at once, for a scroll that is still under way would miss its aim when something comes above

    def action_scroll_home(self) -> None:
        self.jump(0)

    def action_scroll_end(self) -> None:
        self.jump(self.bottom)

    def action_page_up(self) -> None:
        self.scroll_page_up(animate=False)

    def action_page_down(self) -> None:
        self.scroll_page_down(animate=False)

    # --- drawing

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        row = self.scroll_offset.y + y
        found = self.stack.at(row)
        if found is None:
            return self._palette(False).strip((), width)
        card, number = found
        if number < card.above:
            return self._palette(False).strip(card.lines[number], width)
        is_selected = card.key == self.selected and (self.has_focus or self.points)
        text = self._text(card.lines[number], row, is_selected, width - BAR)
        return Strip.join([self._bar(card, number, row, is_selected), text.apply_offsets(0, row)])

    def _text(self, line: Line, row: int, is_selected: bool, width: int) -> Strip:
        selection = self.text_selection
        if selection and (span := selection.get_span(row)):
            return self._palette(is_selected).strip(marked(line, *span, "chosen"), width)
        key = (line, is_selected)
        if (strip := self._strips.get(key)) is None:
            strip = self._strips[key] = self._palette(is_selected).strip(line, width)
        return strip

    def _bar(self, card: Card, number: int, row: int, is_selected: bool) -> Strip:
        """Return what stands left of each line of a card but its last; where one clicks on it one means the line."""
        if number == len(card.lines) - 1:
            sign = " "
        elif is_selected:
            sign = "►" if number == card.above else "█"
        else:
            sign = "▌"
        style = "bar-remarked" if card.entry.remark else f"bar-{card.entry.kind}"
        palette = self._palette(is_selected and sign != " ")
        cells = (palette.strip((Span(sign, (style,)),), 1), palette.strip((), 1))
        return Strip.join([cell.apply_offsets(0, row) for cell in cells])

    def _palette(self, is_selected: bool) -> Palette:
        if is_selected not in self._palettes:
            ground = self.visual_style + (Style.parse(SELECTED_GROUND) if is_selected else Style())
            self._palettes[is_selected] = Palette(ground)
        return self._palettes[is_selected]

    # --- text chosen with the mouse

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        rows = [text_of(line).rstrip() for card in self.stack.cards for line in card.lines]
        return selection.extract("\n".join(rows)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()
