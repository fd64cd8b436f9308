"""The list above the prompt: what can be completed there. It only shows and is clicked; the prompt has the keys."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from segue.tui.prompt.completion import Offer, Suggestion

_MOST_ROWS = 8
_WIDEST_NAME = 32
_NOT_OURS = 3  # rows of the screen: the border, and the status line


class Suggestions(Widget, can_focus=False):
    """Shows an offer over what is above its owner, to which it posts what the mouse does."""

    DEFAULT_CSS = """
    Suggestions {
        overlay: screen;
        constrain: inside;
        offset-y: -100%;
        width: auto;
        max-width: 100%;
        height: auto;
        border: round $border;
        background: $surface;
        padding: 0 1;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    @dataclass
    class Picked(Message):
        """A suggestion was clicked."""

        at: int

    @dataclass
    class Rolled(Message):
        """The wheel was turned."""

        by: int

    def __init__(self, owner: Widget, offer: Offer) -> None:
        super().__init__()
        self._owner = owner
        self._offer = offer
        self._measure()

    def show(self, offer: Offer) -> None:
        """Show an offer right above the owner."""
        self._offer, before = offer, self._offer
        if offer.suggestions is not before.suggestions:
            self._measure()
        self._count()
        self.display = True
        self.refresh(layout=True)

    def _measure(self) -> None:
        suggestions = self._offer.suggestions
        self._rows = min(len(suggestions), _MOST_ROWS)
        self._name_width = min(_WIDEST_NAME, max(cell_len(suggestion.shown) for suggestion in suggestions))
        self._help_width = max(cell_len(suggestion.help) for suggestion in suggestions)

    def _count(self) -> None:
        """Tell how many there are, where they are more than one sees."""
        count = len(self._offer.suggestions)
        self.border_subtitle = Content(f"{(self._offer.at or 0) + 1} of {count}" if count > self._rows else "")

    def on_mount(self) -> None:
        self._count()

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return len("› ") + self._name_width + (2 + self._help_width if self._help_width else 0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        room = viewport.height - self._owner.outer_size.height - _NOT_OURS
        self._rows = max(1, min(len(self._offer.suggestions), _MOST_ROWS, room))
        return self._rows

    def render(self) -> Content:
        offer, top = self._offer, self._top
        shown = enumerate(offer.suggestions[top : top + self._rows], top)
        return Content("\n").join([self._line(suggestion, at == offer.at) for at, suggestion in shown])

    def _line(self, suggestion: Suggestion, chosen: bool) -> Content:
        name = Content(suggestion.shown).truncate(self._name_width, ellipsis=True, pad=True)
        line = Content.assemble("› " if chosen else "  ", name, f"  {suggestion.help}" if suggestion.help else "")
        return line.stylize("reverse" if chosen else "")

    @property
    def _top(self) -> int:
        """The first suggestion on the screen: the chosen one stands in the middle where it can."""
        last = len(self._offer.suggestions) - self._rows
        return max(0, min((self._offer.at or 0) - self._rows // 2, last))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        where = event.get_content_offset(self)
        if where is not None:
            self._owner.post_message(self.Picked(self._top + where.y))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._owner.post_message(self.Rolled(-1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._owner.post_message(self.Rolled(1))
