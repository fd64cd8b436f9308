"""A new title for a session."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from segue.tui.line import Line
from segue.tui.plain import one_line
from segue.tui.sessions.field import Field
from segue.tui.sessions.popup import Popup


class RenameScreen(Popup[str | None]):
    """Asks for the title. The result is None where it stays as it was."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = one_line(title)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Rename the session"
            yield Field(self._title, placeholder="its title")
            yield Line("Enter renames · Esc leaves it as it is").add_class("hint")

    def on_mount(self) -> None:
        self.query_one(Field).keys = {"enter": self._accept, "escape": self.close}

    def _accept(self) -> None:
        if self.is_open:
            title = one_line(self.query_one(Field).value)
            self.dismiss(title if title and title != self._title else None)
