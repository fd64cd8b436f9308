"""A text area whose keys act in their order, whose large pastes are placeholders, and that keeps what was sent."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from segue.tui.plain import harmless
from segue.tui.prompt.draft import Draft, find_placeholder, is_large, placeholder
from segue.tui.prompt.history import History

_KEYS_OF_THE_APP = ("ctrl+k", "ctrl+f", "ctrl+c")


class WritingArea(TextArea):
    """Up at the first line and Down at the last one go through `sent`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,shift+enter,alt+enter", "begin_line", "Begin a new line", show=False),
    ]

    def __init__(self, placeholder: str) -> None:
        super().__init__(placeholder=placeholder, highlight_cursor_line=False, tab_behavior="focus")
        for key in _KEYS_OF_THE_APP:
            self._bindings.key_to_bindings.pop(key, None)
        self.sent = History()
        self._pastes: dict[str, str] = {}
        self._pasted = 0

    @property
    def written(self) -> Draft:
        text = self.text
        return Draft(text, {label: pasted for label, pasted in self._pastes.items() if label in text})

    def put(self, draft: Draft) -> None:
        """Have it hold this and nothing else, with the cursor behind it."""
        self._pastes = dict(draft.pastes)
        self.load_text(harmless(draft.text))
        self.move_cursor(self.document.end)

    # --- keys

    async def _on_key(self, event: events.Key) -> None:
        """Act on each key at once: a binding left to itself acts after the keys that follow it in a burst."""
        bindings = self._bindings.key_to_bindings.get(event.key)
        taken = self.take_key(event.key)
        if taken or bindings:
            event.stop()
            event.prevent_default()
        if bindings and not taken:
            await self.run_action(bindings[0].action)
        elif not taken:
            await super()._on_key(event)

    def take_key(self, key: str) -> bool:
        """Act on a key before all bindings, and return whether it was meant for that."""
        return False

    def action_begin_line(self) -> None:
        self.insert("\n", maintain_selection_offset=False)

    def action_cursor_up(self, select: bool = False) -> None:
        at_edge = self.navigator.is_first_wrapped_line(self.cursor_location)
        older = self.sent.older(self.written) if at_edge and not select else None
        if older is None:
            super().action_cursor_up(select)
        else:
            self.put(older)

    def action_cursor_down(self, select: bool = False) -> None:
        at_edge = self.navigator.is_last_wrapped_line(self.cursor_location)
        newer = self.sent.newer() if at_edge and not select else None
        if newer is None:
            super().action_cursor_down(select)
        else:
            self.put(newer)

    # --- pastes

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self._take_in(event.text)
        self.focus()

    def action_paste(self) -> None:
        self._take_in(self.app.clipboard)

    def _take_in(self, pasted: str) -> None:
        text = harmless(pasted)
        draft = self.folded(text) if is_large(text) else Draft(text)
        self._pastes.update(draft.pastes)
        if result := self._replace_via_keyboard(draft.text, *self.selection):
            self.move_cursor(result.end_location)

    def folded(self, text: str) -> Draft:
        """Return a draft of nothing but a placeholder for the text."""
        self._pasted += 1
        label = placeholder(text, self._pasted)
        return Draft(label, {label: text})

    def action_delete_left(self) -> None:
        if not self._delete_paste(before=True):
            super().action_delete_left()

    def action_delete_right(self) -> None:
        if not self._delete_paste(before=False):
            super().action_delete_right()

    def action_delete_word_left(self) -> None:
        if not self._delete_paste(before=True):
            super().action_delete_word_left()

    def _delete_paste(self, *, before: bool) -> bool:
        """Delete the whole placeholder that a deletion at the cursor would damage, and return whether there is one."""
        row, column = self.cursor_location
        line = self.document[row]
        span = find_placeholder(line, column, before=before) if self._pastes and self.selection.is_empty else None
        if span is None or line[slice(*span)] not in self._pastes:
            return False
        self._delete_via_keyboard((row, span[0]), (row, span[1]))
        return True
