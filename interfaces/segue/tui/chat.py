"""The chat: status, transcript, tray and prompt, from top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from segue.tui.entries import Entry, entries
from segue.tui.plain import LONGEST_TEXT
from segue.tui.prompt.prompt import Prompt
from segue.tui.prompt.queue_tray import Tray, UnreadLine
from segue.tui.status_line import StatusLine
from segue.tui.transcript.transcript import Transcript
from segue.tui.view import View

if TYPE_CHECKING:
    from segue.models import Message as TranscriptMessage


class ChatScreen(Screen[None]):
    """Lays out one conversation and shows a `View` of it."""

    class OlderWanted(Message):
        """The reader came near the first message on the screen."""

    CSS_PATH = "chat.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page_up", "Scroll up", priority=True, show=False),
        Binding("pagedown", "page_down", "Scroll down", priority=True, show=False),
        Binding("ctrl+home", "go_to_start", "Oldest on the screen", priority=True),
        Binding("ctrl+end", "go_to_end", "Newest message", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._view = View()
        self._entries: list[Entry] = []
        self._remembers = False

    def compose(self) -> ComposeResult:
        yield StatusLine()
        yield Transcript()
        yield UnreadLine()
        yield Tray()
        yield Prompt()

    def on_mount(self) -> None:
        self.query_one(Prompt).focus()

    @property
    def is_at_end(self) -> bool:
        return self.query_one(Transcript).is_at_end

    async def show(self, view: View) -> None:
        """Show what is new in the view."""
        if view.snapshot and not self._remembers:
            self._remembers = True
            self.query_one(Prompt).sent.prepend(m.content for m in view.messages if _was_typed(m))
        self.query_one(StatusLine).show(view)
        self.query_one(Tray).show(view)
        partial = view.snapshot.partial if view.snapshot else None
        answering = view.running.agent_name if view.running else ""
        if not view.says_the_same_as(self._view):
            self._entries = entries(view)
        self._view = view
        await self.query_one(Transcript).show(self._entries, partial, answering)
        self._show_unread()

    def on_transcript_scrolled(self) -> None:
        if not self.query(Transcript):
            return  # the screen is being taken down
        self._show_unread()
        transcript = self.query_one(Transcript)
        if transcript.is_at_start and not transcript.is_at_end:
            self.post_message(self.OlderWanted())

    def _show_unread(self) -> None:
        transcript = self.query_one(Transcript)
        for line in self.query(UnreadLine):  # none, where the screen is being taken down
            line.show(transcript.unread, transcript.is_at_end)

    def action_page_up(self) -> None:
        self.query_one(Transcript).scroll_page_up(animate=False)

    def action_page_down(self) -> None:
        self.query_one(Transcript).scroll_page_down(animate=False)

    def action_go_to_start(self) -> None:
        self.query_one(Transcript).scroll_home(animate=False)

    def action_go_to_end(self) -> None:
        self.query_one(Transcript).go_to_end()


def _was_typed(message: TranscriptMessage) -> bool:
    return message.interface == "tui" and message.role == "user" and len(message.content) < LONGEST_TEXT
