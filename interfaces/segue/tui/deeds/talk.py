"""Messages and turns: edited, deleted, stopped, asked again; tools allowed."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Literal

from segue.errors import SegueError
from segue.tui import tools
from segue.tui.deeds.base import BaseDeeds
from segue.tui.prompt.approval_tray import Answer
from segue.tui.prompt.prompt import Prompt
from segue.tui.prompt.queue_tray import QueueTray

if TYPE_CHECKING:
    from segue.client import Client
    from segue.tui.app import ChatApp

_SURE_SECONDS = 5.0


class TalkDeeds(BaseDeeds):
    def __init__(self, app: ChatApp) -> None:
        super().__init__(app)
        self._almost_deleted = ("", 0.0)

    def edit_message(self, message_id: str, text: str) -> None:
        session_id = self._app.visit.session_id
        self._app.ask(lambda client: client.edit_message(session_id, message_id, text))

    def delete_message(self, message_id: str) -> None:
        """Delete a message when the reader has said so twice."""
        session_id = self._app.visit.session_id
        asked, until = self._almost_deleted
        if asked == message_id and monotonic() < until:
            self._app.ask(lambda client: client.delete_message(session_id, message_id))
        else:
            self._almost_deleted = (message_id, monotonic() + _SURE_SECONDS)
            self._say("This cannot be taken back: once more deletes the message for everybody.", timeout=_SURE_SECONDS)

    def tell_typing(self) -> None:
        async def tell(client: Client) -> None:
            with suppress(SegueError):  # nobody misses it
                await client.tell_typing(self._app.visit.session_id)

        if self._app.view.connection == "live":
            self._app.ask(tell, "typing")

    def copy(self, _: str) -> None:
        answers = [message for message in self._app.view.messages if message.role == "assistant"]
        if answers:
            self._app.copy_to_clipboard(answers[-1].content)
        self._say("Copied: the last answer" if answers else "There is no answer to copy yet.", timeout=2)

    def cancel(self, _: str) -> None:
        self._app.action_stop_turn()

    def allow(self, argument: str) -> None:
        self._answer("always" if argument else "allow")

    def deny(self, argument: str) -> None:
        self._answer("deny")

    def _answer(self, answer: Answer) -> None:
        approval = tools.pending(self._app.view)
        if approval is None:
            self._say("No tool waits to be allowed.")
        else:
            self.decide(approval.id, answer)

    def decide(self, approval_id: str, answer: Answer) -> None:
        """Answer an approval."""
        decision: Literal["allow", "deny"] = "deny" if answer == "deny" else "allow"
        self._app.ask(lambda client: client.decide(approval_id, decision, remember=answer == "always"), "decide")

    def retry(self, _: str) -> None:
        self._app.action_retry()

    def mode(self, mode: str) -> None:
        prompt = self._app.chat.query_one(Prompt)
        if mode in ("queue", "steer", "interrupt"):
            prompt.mode = mode  # type: ignore[assignment]
        elif mode:
            self._say(f"There is no mode “{mode}”: queue, steer or interrupt.", severity="warning")
        else:
            prompt.action_next_mode()

    def queue(self, _: str) -> None:
        tray = self._app.chat.query_one(QueueTray)
        if tray.can_focus:
            tray.focus()
        else:
            self._say("Nothing waits for an answer.", timeout=3)
