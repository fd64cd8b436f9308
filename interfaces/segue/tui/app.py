"""The terminal chat. The app owns the conversation's client; screens and widgets only show a `View` and post upward."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar
from uuid import uuid4

from textual.app import App
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches

from segue.errors import Gap
from segue.tui import facts, outbox
from segue.tui.chat import ChatScreen
from segue.tui.conversation import Conversation
from segue.tui.crash import record_crash, start_log
from segue.tui.outbox import Pending
from segue.tui.plain import one_line
from segue.tui.prompt.prompt import Prompt
from segue.tui.view import View, advance, retryable, trimmed, with_older, with_turns

_QUIT_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LIGHT_BACKGROUNDS = ("7", "15")  # as terminals that set $COLORFGBG name white


class ChatApp(App[None]):
    """One window on one conversation."""

    TITLE = "Segue"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "quit", "Quit; the conversation stays in the daemon", priority=True),
        Binding("escape", "stop_turn", "Stop the answer"),
        Binding("ctrl+r", "retry", "Try again what failed", priority=True),
    ]

    def __init__(self, session_id: str | None = None) -> None:
        super().__init__()
        self.view = View()
        self.crashed_by: Exception | None = None
        self.problem = ""
        self.chat = ChatScreen()
        self._conversation = Conversation(session_id, self.post_message)
        self._stale = False
        self._loading_older = False
        if os.environ.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT_BACKGROUNDS:
            self.theme = "textual-light"

    def on_mount(self) -> None:
        self.push_screen(self.chat)
        self.chat.call_after_refresh(self._connect)
        if not self.is_headless:
            for number in _QUIT_SIGNALS:
                asyncio.get_running_loop().add_signal_handler(number, self.exit)

    def _connect(self) -> None:
        """Begin what needs the daemon; the screen stands already."""
        self._work(self._conversation.follow, "follow")
        self._work(self._conversation.deliver, "deliver")

    def _work(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        self.run_worker(work(), name=name, group=name, exclusive=True)

    # --- what the daemon tells

    def on_received(self, fact: facts.Received) -> None:
        try:
            self._change(advance(self.view, fact.event))
        except Gap:
            self._work(self._conversation.follow, "follow")  # begins with a new snapshot

    def on_turns_known(self, fact: facts.TurnsKnown) -> None:
        self._change(with_turns(self.view, fact.turns))

    def on_older_known(self, fact: facts.OlderKnown) -> None:
        self._change(with_older(self.view, fact.messages))

    def on_name_known(self, fact: facts.NameKnown) -> None:
        self._change(replace(self.view, me=one_line(fact.name)))

    def on_connection_changed(self, fact: facts.ConnectionChanged) -> None:
        self._change(replace(self.view, connection=fact.connection))

    def on_delivered(self, fact: facts.Delivered) -> None:
        lines = outbox.delivered(self.view.outbox, fact.key, fact.message)
        self._change(replace(self.view, outbox=outbox.settled(lines, self.view.snapshot)))

    def on_refused(self, fact: facts.Refused) -> None:
        self._change(replace(self.view, outbox=outbox.refused(self.view.outbox, fact.key, fact.problem)))

    def on_failed(self, fact: facts.Failed) -> None:
        if fact.final:
            self.problem = fact.problem
            self.exit(return_code=1)
        else:
            self.notify(one_line(fact.problem), severity="error", markup=False)

    # --- what the reader does

    def on_prompt_submitted(self, message: Prompt.Submitted) -> None:
        pending = Pending(str(uuid4()), message.text, self.view.last_seq)
        self._change(replace(self.view, outbox=(*self.view.outbox, pending)))
        self.chat.action_go_to_end()
        self._conversation.send(pending.key, pending.text)

    def on_chat_screen_older_wanted(self) -> None:
        if not self._loading_older and not self.view.reached_start and self.view.messages:
            self._loading_older = True
            self._work(self._load_older, "older")

    async def _load_older(self) -> None:
        try:
            await self._conversation.load_older(self.view.messages[0].seq)
        finally:
            self._loading_older = False

    def action_stop_turn(self) -> None:
        if running := self.view.running:
            self._work(lambda: self._conversation.stop_turn(running.id), "stop")

    def action_retry(self) -> None:
        """Send again what was refused; else ask again for the answer that failed."""
        refused = [pending for pending in self.view.outbox if pending.problem]
        for pending in refused:
            self._change(replace(self.view, outbox=outbox.refused(self.view.outbox, pending.key, "")))
            self._conversation.send(pending.key, pending.text)
        if not refused and (turn := retryable(self.view)):
            self._work(lambda: self._conversation.retry(turn.id), "retry")

    # --- showing it

    def _change(self, view: View) -> None:
        """Take the view on; it is shown once for all the messages that wait already."""
        self.view = view
        if not self._stale:
            self._stale = True
            self.call_later(self._show)

    async def _show(self) -> None:
        self._stale = False
        with suppress(NoMatches):  # the screen is being taken down
            if self.chat.is_at_end:
                self.view = trimmed(self.view)
            await self.chat.show(self.view)

    # --- the end

    def _handle_exception(self, error: Exception) -> None:
        """Keep the error for the log: Textual would print a traceback with all its values over the terminal."""
        self.crashed_by = self.crashed_by or error
        super()._handle_exception(error)
        self._exit_renderables.clear()


def run(session_id: str | None = None) -> int:
    """Open the chat on a session (by default the terminal's own) and return the exit code when it is closed."""
    start_log()
    app = ChatApp(session_id)
    app.run()
    unsent = [pending.text for pending in app.view.outbox if pending.message is None]
    if app.crashed_by:
        _say(record_crash(app.crashed_by))
    elif app.problem:
        _say(one_line(app.problem))
    if unsent:
        _say("not sent:\n" + "\n".join(unsent))
    return app.return_code or 0


def _say(text: str) -> None:
    from segue.tui.plain import plain

    sys.stderr.write(f"segue: {plain(text)}\n")
