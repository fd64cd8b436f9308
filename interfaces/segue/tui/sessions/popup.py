"""A dialog with one field: it stands above the chat, takes what was typed before it stood, and Esc closes it."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual import events
from textual.screen import ModalScreen

from segue.tui.sessions.field import Field

T = TypeVar("T")


class Popup(ModalScreen[T]):
    """Base of the dialogs. A click beside it closes it, too."""

    CSS_PATH = "popup.tcss"
    AUTO_FOCUS: ClassVar[str | None] = "Field"

    async def on_key(self, event: events.Key) -> None:
        """Take the keys that came before the field had the focus."""
        if self.focused is None and self.is_open:
            await self.query_one(Field).take(event)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.close()

    @property
    def is_open(self) -> bool:
        return self.app.screen is self

    def close(self) -> None:
        """Close without a result."""
        if self.is_open:
            self.dismiss(None)
