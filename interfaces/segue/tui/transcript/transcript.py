"""The conversation on the screen: a window of closed messages, and at its end the answer being written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget

from segue.tui.entries import Entry
from segue.tui.transcript.message_card import MessageCard

if TYPE_CHECKING:
    from segue.models import Partial
    from segue.tui.transcript.live_answer import LiveAnswer


class Transcript(VerticalScroll, can_focus=False):
    """Shows entries and stays at the end while the reader is there. `unread` counts what came below the reader."""

    class Scrolled(Message):
        """The reader moved."""

    def __init__(self) -> None:
        super().__init__()
        self.unread = 0
        self._entries: Sequence[Entry] = ()
        self._cards: dict[str, MessageCard] = {}
        self._live: LiveAnswer | None = None

    def on_mount(self) -> None:
        self.anchor()

    @property
    def is_at_end(self) -> bool:
        return self.max_scroll_y <= 0 or self.is_vertical_scroll_end

    @property
    def is_at_start(self) -> bool:
        return self.scroll_y <= self.size.height // 2

    def go_to_end(self) -> None:
        self.anchor()
        self._has_moved()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._has_moved()

    def _has_moved(self) -> None:
        if self.is_at_end:
            self.unread = 0
        self.post_message(self.Scrolled())

    async def show(self, entries: Sequence[Entry], partial: Partial | None, answering: str) -> None:
        """Make the screen show these entries, and below them the answer that `answering` is writing. The same list
        as before stands for the same entries."""
        with self.app.batch_update():
            if entries is not self._entries:
                self._entries = entries
                await self._show_entries(entries)
            await self._show_partial(partial, answering)

    async def _show_entries(self, entries: Sequence[Entry]) -> None:
        reader_at_end = self.is_at_end
        wanted = {entry.key for entry in entries}
        await self.remove_children([self._cards.pop(key) for key in self._cards.keys() - wanted])
        first_known = next((entry.key for entry in entries if entry.key in self._cards), None)
        new: list[MessageCard] = []
        for entry in entries:
            known = self._cards.get(entry.key)
            if known is None:
                new.append(MessageCard(entry))
                continue
            known.show(entry)
            await self._insert(new, before=known)
            if entry.key == first_known and not reader_at_end:
                self._keep_place_below(new)
            new = []
        await self._insert(new, before=self._live)
        if self._cards and not reader_at_end:
            self.unread += len(new)
        self._cards = {entry.key: self._cards[entry.key] for entry in entries}

    async def _insert(self, cards: Sequence[MessageCard], before: Widget | None) -> None:
        if cards:
            self._cards.update((card.entry.key, card) for card in cards)
            await self.mount_all(cards, before=before)

    def _keep_place_below(self, cards: Sequence[MessageCard]) -> None:
        """Move the view by the height of cards that were put above it, in the layout that makes room for them."""
        width = self.scrollable_content_region.width
        height = 0
        for card in cards:
            inner = width - card.gutter.width
            height += card.get_content_height(self.size, self.app.size, inner) + card.gutter.height
        self.set_reactive(Widget.scroll_y, self.scroll_y + height)
        self.set_reactive(Widget.scroll_target_y, self.scroll_y)

    async def _show_partial(self, partial: Partial | None, answering: str) -> None:
        if self._live and (partial is None or partial.message_id != self._live.message_id):
            await self._live.close()
            await self._live.remove()
            self._live = None
        if partial is None:
            return
        if self._live is None:
            from segue.tui.transcript.live_answer import LiveAnswer  # brings markdown: not before the first paint

            self._live = LiveAnswer(partial.message_id, answering)
            await self.mount(self._live)
        await self._live.show(partial.text)
