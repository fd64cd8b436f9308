"""The terminal chat: owns the conversation, turns its facts into a view, and the reader's wishes into calls."""

from __future__ import annotations

import logging
import traceback
from dataclasses import replace
from typing import ClassVar
from uuid import uuid4

from textual.app import App
from textual.binding import Binding, BindingType

from segue.paths import folders
from segue.tui import conversation as facts
from segue.tui.chat import ChatScreen
from segue.tui.conversation import Conversation
from segue.tui.outbox import Pending, delivered, refused
from segue.tui.prompt import Prompt
from segue.tui.transcript import Transcript
from segue.tui.view import View, advance, retryable, trimmed, with_older, with_turns

log = logging.getLogger(__name__)


def run(session_id: str | None = None) -> int:
    """Run the chat on a session, or on the terminal's own; return the exit code."""
    app = ChatApp(session_id)
    app.run()
    return app.return_code or 0


class ChatApp(App[None]):
    """One window on one session."""

    TITLE = "Segue"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "quit", "Quit", priority=True),
        Binding("escape", "stop", "Stop the answer", priority=True),
        Binding("ctrl+r", "again", "Try again", priority=True),
    ]

    def __init__(self, session_id: str | None = None) -> None:
        super().__init__()
        self.view = View()
        self._chat = ChatScreen()
        self._conversation = Conversation(self.post_message, session_id)
        self._shown = self.view
        self._loading_older = False

    def on_mount(self) -> None:
        self.push_screen(self._chat)
        self.call_after_refresh(self._connect)

    def _connect(self) -> None:
        self.run_worker(self._conversation.run(), name="conversation")

    # --- what is told

    def on_received(self, fact: facts.Received) -> None:
        view = advance(self.view, fact.event)
        self._change(trimmed(view) if self._chat.is_at_end else view)

    def on_turns_known(self, fact: facts.TurnsKnown) -> None:
        self._change(with_turns(self.view, fact.turns))

    def on_older_known(self, fact: facts.OlderKnown) -> None:
        self._loading_older = False
        self._change(with_older(self.view, fact.messages))

    def on_delivered(self, fact: facts.Delivered) -> None:
        self._change(replace(self.view, outbox=delivered(self.view.outbox, fact.key, fact.message)))

    def on_refused(self, fact: facts.Refused) -> None:
        self._change(replace(self.view, outbox=refused(self.view.outbox, fact.key, fact.problem)))

    def on_name_known(self, fact: facts.NameKnown) -> None:
        self._change(replace(self.view, me=fact.name))

    def on_connection_changed(self, fact: facts.ConnectionChanged) -> None:
        self._change(replace(self.view, connection=fact.connection))

    def on_failed(self, fact: facts.Failed) -> None:
        self._loading_older = False
        if fact.final and self.view.snapshot is None:
            self.exit(return_code=1, message=f"segue: {fact.problem}")
        else:
            self.notify(fact.problem, severity="error", markup=False)

    # --- what is wished

    def on_prompt_submitted(self, wish: Prompt.Submitted) -> None:
        self._send(Pending(str(uuid4()), wish.text, self.view.last_seq))
        self._chat.query_one(Transcript).go_to_end()

    def on_chat_screen_older_wanted(self) -> None:
        view = self.view
        if self._loading_older or view.reached_start or not view.messages:
            return
        self._loading_older = True
        self.run_worker(self._conversation.older(view.messages[0].seq), name="older messages")

    def action_stop(self) -> None:
        if (turn := self.view.running) is not None:
            self.run_worker(self._conversation.cancel(turn.id), name="cancel")

    def action_again(self) -> None:
        """Send again what was not sent; or else ask again for the answer that did not come."""
        unsent = next((p for p in self.view.outbox if p.problem), None)
        if unsent is not None:
            self._send(replace(unsent, problem=""))
        elif (turn := retryable(self.view)) is not None:
            self.run_worker(self._conversation.retry(turn.id), name="retry")

    def _send(self, pending: Pending) -> None:
        others = tuple(p for p in self.view.outbox if p.key != pending.key)
        self._conversation.send(pending.key, pending.text)
        self._change(replace(self.view, outbox=(*others, pending)))

    # --- the screen

    def _change(self, view: View) -> None:
        """Keep the view; it is shown once what has arrived together was taken in."""
        self.view = view
        self.call_next(self._show)

    async def _show(self) -> None:
        if self._shown is not self.view and self._chat.is_mounted:
            self._shown = self.view
            await self._chat.show(self.view)

    def _handle_exception(self, error: Exception) -> None:
        """Give the terminal back with one sentence; the traceback goes to the log folder."""
        if self.is_headless:
            super()._handle_exception(error)
            return
        file = folders().state / "tui.log"
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        self.exit(return_code=1, message=f"segue: the terminal chat broke; {file} says how. The conversation is safe.")
