"""Cards one can go through and do something with, by keys and by mouse. What is wanted is posted upward."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from segue.tui.transcript.canvas import Canvas
from segue.tui.transcript.card import Card


class Browser(Canvas, can_focus=True):
    """Has one selected card while it is focused. `writer` gets the focus back, and the letters that are no keys."""

    class CopyWanted(Message, namespace="transcript"):
        """The reader wants a text in the clipboard; `what` it is."""

        def __init__(self, text: str, what: str) -> None:
            super().__init__()
            self.text = text
            self.what = what

    class EditWanted(Message, namespace="transcript"):
        """The reader wants to change a message of theirs."""

        def __init__(self, message_id: str, text: str) -> None:
            super().__init__()
            self.message_id = message_id
            self.text = text

    class DeleteWanted(Message, namespace="transcript"):
        """The reader wants a message of theirs gone."""

        def __init__(self, message_id: str) -> None:
            super().__init__()
            self.message_id = message_id

    class RetryWanted(Message, namespace="transcript"):
        """The reader wants the answer that failed again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "select(-1)", "The message above"),
        Binding("down,j", "select(1)", "The message below"),
        Binding("enter", "open", "Open a tool's line, or the whole message"),
        Binding("c", "copy_message", "Copy the message"),
        Binding("b", "copy_block", "Copy its last block of code; again: the one before"),
        Binding("e", "edit", "Edit your message"),
        Binding("d,delete", "delete", "Delete your message"),
        Binding("r", "retry", "Try again what failed"),
        Binding("escape", "leave", "Back to the prompt"),
    ]

    def __init__(self, writer: Widget | None = None) -> None:
        super().__init__()
        self._writer = writer
        self._block = 0  # of the blocks of code, from the last one, the next to be copied

    @property
    def chosen(self) -> Card | None:
        """The selected card."""
        return self.stack.find(self.selected)

    def choose(self, card: Card) -> None:
        """Select a card."""
        self._block = 0
        self.selected = card.key
        self.refresh()

    # --- keys

    def _forward_event(self, event: events.Event) -> None:
        """Give away what is written before it is queued here: the next key may go to the writer directly."""
        if self._writer and (isinstance(event, events.Paste) or self._is_text(event)):
            self.screen.set_focus(self._writer)
            self._writer._forward_event(event)
        else:
            super()._forward_event(event)

    def _is_text(self, event: events.Event) -> bool:
        return isinstance(event, events.Key) and event.is_printable and event.key not in self._bindings.key_to_bindings

    async def _on_key(self, event: events.Key) -> None:
        """Act on each key at once: a binding left to itself acts after the keys that follow it in a burst."""
        if bindings := self._bindings.key_to_bindings.get(event.key):
            event.stop()
            event.prevent_default()
            await self.run_action(bindings[0].action)

    def on_focus(self) -> None:
        top, bottom = self.scroll_offset.y, self.scroll_offset.y + self.scrollable_content_region.height
        card = self.chosen
        if card is None or self.stack.span(card.key)[0] >= bottom or self.stack.span(card.key)[1] <= top:
            last = self.stack.at(min(bottom, self.stack.height) - 1)
            self.selected = last[0].key if last else ""
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def action_select(self, step: int) -> None:
        """Select the next card; of one that does not fit the screen, read on first."""
        card = self.chosen
        if card is None:
            self.on_focus()
        elif not self._read_on(card, step) and (other := self.stack.neighbour(card.key, step)):
            self.choose(other)
            self._reveal(other)

    def _read_on(self, card: Card, step: int) -> bool:
        first, last = self.stack.span(card.key)
        height = self.scrollable_content_region.height
        hidden = self.scroll_offset.y - first if step < 0 else last - self.scroll_offset.y - height
        if hidden > 0:
            self.jump(self.scroll_offset.y + step * min(hidden, max(1, height // 2)))
        return hidden > 0

    def _reveal(self, card: Card) -> None:
        first, last = self.stack.span(card.key)
        height = self.scrollable_content_region.height
        if first < self.scroll_offset.y:
            self.jump(max(first, last - height) if last - first > height else first)
        elif last > self.scroll_offset.y + height:
            self.jump(min(first, last - height))

    def action_open(self) -> None:
        if card := self.chosen:
            self._open(card)

    def _open(self, card: Card) -> None:
        if card.entry.kind == "tool":
            card.is_open = not card.is_open
            self.lay(self.stack.entries)
        else:
            from segue.tui.transcript.whole_message import WholeMessage

            self.app.push_screen(WholeMessage(card.entry))

    def action_copy_message(self) -> None:
        """Copy the selected message; with none selected, the last answer."""
        answers = (card for card in reversed(self.stack.cards) if card.entry.kind == "assistant")
        card = (self.chosen if self.has_focus else None) or next(answers, None)
        if card and card.entry.body:
            self.post_message(self.CopyWanted(card.entry.body, "message"))

    def action_copy_block(self) -> None:
        from segue.tui.transcript.markdown import code_blocks  # not before the first paint

        blocks = code_blocks(self.chosen.entry.body) if self.chosen else []
        if blocks:
            self._block += 1
            self.post_message(self.CopyWanted(blocks[-self._block], "block of code"))
            self._block %= len(blocks)

    def action_edit(self) -> None:
        if (card := self.chosen) and card.entry.is_mine:
            self.post_message(self.EditWanted(card.key, card.entry.body))

    def action_delete(self) -> None:
        if (card := self.chosen) and card.entry.is_mine:
            self.post_message(self.DeleteWanted(card.key))

    def action_retry(self) -> None:
        self.post_message(self.RetryWanted())

    def action_leave(self) -> None:
        self.screen.clear_selection()
        if self._writer:
            self.screen.set_focus(self._writer)

    # --- mouse

    def on_click(self, event: events.Click) -> None:
        """Select what is clicked on; a tool's line and the end of a text that was cut open."""
        offset = event.get_content_offset(self)
        found = self.stack.at(self.scroll_offset.y + offset.y) if offset else None
        if found is None or self.text_selection:
            return
        card, line = found
        self.choose(card)
        if card.opens_at(line):
            self._open(card)

    def on_mouse_up(self) -> None:
        """Copy what was chosen with the mouse, as terminals do."""
        if text := self.screen.get_selected_text():
            self.post_message(self.CopyWanted(text, "selection"))
