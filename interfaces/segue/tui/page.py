"""A page of text above the chat, to be read and left."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from segue.tui.plain import plain


class Page(ModalScreen[None]):
    """Shows a text from elsewhere under a title."""

    DEFAULT_CSS = """
    Page {
        align: center middle;
    }
    Page VerticalScroll {
        width: 84;
        max-width: 100%;
        height: auto;
        max-height: 100%;
        padding: 0 1;
        border: round $border;
        background: $surface;
        scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "Close"),
        Binding("c", "copy", "Copy all"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = plain(text)

    def compose(self) -> ComposeResult:
        page = VerticalScroll()
        page.border_title = self._title
        page.border_subtitle = "Esc closes, c copies"
        with page:
            yield Static(self._text, markup=False)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._text)
        self.notify("Copied.", timeout=2)
