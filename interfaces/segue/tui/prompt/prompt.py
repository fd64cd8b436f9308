"""Where one writes: Enter sends, Ctrl+J begins a new line, Up and Down at the edges go through what was sent."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from segue.tui.plain import plain
from segue.tui.prompt.history import History

PLACEHOLDER = "Enter sends, Ctrl+J begins a line, Ctrl+C quits"
_NEW_LINE_KEYS = ("ctrl+j", "shift+enter", "alt+enter")


class Prompt(TextArea):
    """A text area that posts `Submitted` and empties itself."""

    class Submitted(Message):
        """The reader sent a text."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__(placeholder=PLACEHOLDER, highlight_cursor_line=False, tab_behavior="focus")
        self.sent = History()

    async def _on_key(self, event: events.Key) -> None:
        """Act on each key at once: a binding left to itself acts after the keys that follow it in a burst."""
        bindings = self._bindings.key_to_bindings.get(event.key)
        if event.key != "enter" and event.key not in _NEW_LINE_KEYS and not bindings:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        if event.key == "enter":
            self.submit()
        elif event.key in _NEW_LINE_KEYS:
            self.insert("\n", maintain_selection_offset=False)
        elif bindings:
            await self.run_action(bindings[0].action)

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = plain(event.text)
        event.prevent_default()
        await super()._on_paste(event)

    def submit(self) -> None:
        """Send what was written, unless it is blank."""
        text = self.text
        if text.strip():
            self.sent.add(text)
            self._put("")
            self.post_message(self.Submitted(text))

    def action_cursor_up(self, select: bool = False) -> None:
        at_edge = self.navigator.is_first_wrapped_line(self.cursor_location)
        older = self.sent.older(self.text) if at_edge and not select else None
        if older is None:
            super().action_cursor_up(select)
        else:
            self._put(older)

    def action_cursor_down(self, select: bool = False) -> None:
        at_edge = self.navigator.is_last_wrapped_line(self.cursor_location)
        newer = self.sent.newer() if at_edge and not select else None
        if newer is None:
            super().action_cursor_down(select)
        else:
            self._put(newer)

    def _put(self, text: str) -> None:
        self.load_text(text)
        self.move_cursor(self.document.end)
