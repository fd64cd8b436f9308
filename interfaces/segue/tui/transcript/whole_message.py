"""One message from its beginning to its end, however long; only what is on the screen is drawn."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from segue.tui.entries import Entry
from segue.tui.transcript.browser import Browser
from segue.tui.transcript.canvas import Canvas
from segue.tui.transcript.card import Card


class WholeMessage(ModalScreen[None]):
    """Shows an entry until it is left."""

    DEFAULT_CSS = """
    WholeMessage Canvas {
        height: 1fr;
        padding: 0 1;
        background: $background;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
    }
    WholeMessage Static {
        height: 1;
        padding: 0 2;
        background: $panel;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "Back"),
        Binding("c", "copy", "Copy the message"),
    ]

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self._entry = entry

    def compose(self) -> ComposeResult:
        yield _Text(self._entry)
        yield Static("Esc goes back · c copies all · ↑ ↓ PageUp PageDown Home End", markup=False)

    def action_copy(self) -> None:
        self.post_message(Browser.CopyWanted(self._entry.body, "message"))


class _Text(Canvas, can_focus=True):
    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.follows = False
        self.stack.cards = [Card(entry, is_whole=True)]
