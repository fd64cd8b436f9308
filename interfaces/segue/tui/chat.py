"""The chat: status, transcript, tray and prompt, from top to bottom."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from segue.tui.plain import LONGEST_TEXT
from segue.tui.prompt.approval_tray import ApprovalTray
from segue.tui.prompt.completion import Choices
from segue.tui.prompt.people import participants
from segue.tui.prompt.prompt import Prompt
from segue.tui.prompt.queue_tray import QueueTray
from segue.tui.prompt.unread_line import UnreadLine
from segue.tui.roster import Roster
from segue.tui.sessions.session_list import SessionList
from segue.tui.sessions.sidebar import Sidebar
from segue.tui.status_line import StatusLine
from segue.tui.transcript.transcript import Transcript
from segue.tui.transcript.typing_line import TypingLine
from segue.tui.view import View

if TYPE_CHECKING:
    from segue.models import Message as TranscriptMessage


class ChatScreen(Screen[None]):
    """Lays out one conversation and shows a `View` of it."""

    CSS_PATH = "chat.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page_up", "Scroll up", priority=True, show=False),
        Binding("pagedown", "page_down", "Scroll down", priority=True, show=False),
        Binding("ctrl+home", "go_to_start", "Oldest on the screen", priority=True),
        Binding("ctrl+end", "go_to_end", "Newest message", priority=True),
    ]

    class Painted(Message):
        """The screen stands for the first time."""

    def __init__(self, choices: Choices) -> None:
        super().__init__()
        self._choices = choices
        self._remembers = False

    def compose(self) -> ComposeResult:
        prompt = Prompt()
        prompt.completer.choices = self._choices
        yield StatusLine()
        yield Transcript(writer=prompt)
        yield UnreadLine()
        yield TypingLine()
        yield ApprovalTray()
        yield QueueTray()
        yield prompt

    def on_mount(self) -> None:
        self.query_one(Prompt).focus()
        self.call_after_refresh(self.post_message, self.Painted())

    @property
    def is_at_end(self) -> bool:
        return self.query_one(Transcript).is_at_end

    async def add_sidebar(self, *, wanted: bool) -> None:
        """Put the list of sessions beside the chat, after the first paint."""
        sidebar = Sidebar(wanted=wanted)
        sidebar.fit(self.size.width)
        for transcript in self.query(Transcript):  # none, where the screen is being taken down
            await self.mount(sidebar, after=transcript)  # in the order of Tab

    def on_resize(self) -> None:
        for sidebar in self.query(Sidebar):
            sidebar.fit(self.size.width)

    def remember(self, view: View) -> None:
        """Let the lines of earlier days be taken up again."""
        if view.snapshot and not self._remembers and self.is_mounted and self.query(Prompt):
            self._remembers = True
            self.query_one(Prompt).sent.prepend(m.content for m in view.messages if _was_typed(m))

    def show(self, view: View, roster: Roster) -> None:
        """Show what is new."""
        prompt = self.query_one(Prompt)
        prompt.answering = view.running is not None
        prompt.completer.people = partial(participants, view)
        for sidebar in self.query(Sidebar):
            sidebar.show(roster)
        self.query_one(StatusLine).show(view)
        self.query_one(ApprovalTray).show(view)
        self.query_one(QueueTray).show(view)
        self.query_one(TypingLine).show(view)
        self.query_one(Transcript).show(view)
        self._show_unread()

    def on_transcript_scrolled(self) -> None:
        self._show_unread()

    def _show_unread(self) -> None:
        for transcript in self.query(Transcript):  # none, where the screen is being taken down
            self.query_one(UnreadLine).show(transcript.unread, transcript.is_at_end)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The list of sessions has pages of its own."""
        in_sidebar = isinstance(self.focused, SessionList) and action in ("page_up", "page_down")
        return not in_sidebar

    def action_page_up(self) -> None:
        self.query_one(Transcript).scroll_page_up(animate=False)

    def action_page_down(self) -> None:
        self.query_one(Transcript).scroll_page_down(animate=False)

    def action_go_to_start(self) -> None:
        self.query_one(Transcript).action_scroll_home()

    def action_go_to_end(self) -> None:
        self.query_one(Transcript).go_to_end()


def _was_typed(message: TranscriptMessage) -> bool:
    return message.interface == "tui" and message.role == "user" and len(message.content) < LONGEST_TEXT
