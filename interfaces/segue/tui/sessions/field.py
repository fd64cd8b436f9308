"""The one line that one writes in a popup or a filter, which acts on every key in its order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual import events
from textual.widgets import Input

from segue.tui.plain import one_line
from segue.tui.sessions.keys import Handover


class Field(Input, Handover):
    """An input with keys of its own. What they do is called, not posted: a message would come behind the keys that
    follow in a burst."""

    DEFAULT_CSS = """
    Field { height: 1; border: none; padding: 0 1; background: transparent; }
    Field:focus { border: none; background-tint: transparent; }
    """

    def __init__(self, value: str = "", *, placeholder: str = "", max_length: int = 500) -> None:
        super().__init__(value, placeholder=placeholder, max_length=max_length, select_on_focus=False)
        self.keys: Mapping[str, Callable[[], object]] = {}

    async def _on_key(self, event: events.Key) -> None:
        if not self.takes_no_more(event):
            await self.take(event)

    async def take(self, event: events.Key) -> None:
        """Act on a key that is meant for this field, wherever it came in."""
        act = self.keys.get(event.key)
        bindings = self._bindings.key_to_bindings.get(event.key)
        if act is None and not bindings:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        if act is not None:
            act()
        elif bindings:
            await self.run_action(bindings[0].action)

    def _on_paste(self, event: events.Paste) -> None:
        event.text = one_line(event.text)[: (self.max_length or 0) - len(self.value)]
        super()._on_paste(event)
        event.prevent_default()
