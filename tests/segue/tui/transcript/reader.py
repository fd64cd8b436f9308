"""A bare app with the transcript and a line to write in, on a conversation that is only in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from textual.app import App, ComposeResult
from textual.message import Message as Post
from textual.widgets import Input

from segue.events import EVENT, Snapshot
from segue.models import Message, Partial, Session
from segue.tui.transcript.transcript import Transcript
from segue.tui.transcript.typing_line import TypingLine
from segue.tui.view import View, advance
from segue.tui.window import at_tail, trimmed, with_newer, with_older

BEGINNING = datetime(2026, 3, 1, 9, tzinfo=UTC)
AT_ONCE = 50


def said(seq: int, content: str, **fields: Any) -> Message:
    """Return a message, one a minute."""
    known = {"id": f"m{seq}", "session_id": "s", "seq": seq, "role": "user", "sender": "ada", "content": content}
    return Message.model_validate(
        known | {"created_at": BEGINNING + timedelta(minutes=seq), "interface": "tui"} | fields
    )


class Reader(App[None]):
    """Answers what the transcript asks for, at once; `wishes` holds the other messages that it posted."""

    def __init__(self, messages: list[Message], **known: Any) -> None:
        super().__init__()
        self.messages = messages
        self.wishes: list[Post] = []
        self.view = View(_snapshot(messages), me="ada", reached_start=len(messages) <= AT_ONCE, **known)

    def compose(self) -> ComposeResult:
        line = Input()
        yield Transcript(writer=line)
        yield TypingLine()
        yield line

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self.change(self.view)

    @property
    def transcript(self) -> Transcript:
        return self.query_one(Transcript)

    def change(self, view: View) -> None:
        self.view = trimmed(view, self.transcript.is_at_end)
        self.transcript.show(self.view)
        self.query_one(TypingLine).show(self.view)

    def tell(self, kind: str, data: Any, **fields: Any) -> None:
        """Let an event happen."""
        event = {"type": kind, "seq": self.view.last_seq + 1, "at": BEGINNING, "data": data} | fields
        self.change(advance(self.view, EVENT.validate_python(event)))

    def say(self, content: str, **fields: Any) -> Message:
        message = said(self.view.last_seq + 1, content, **fields)
        self.messages.append(message)
        self.tell("message.created", message)
        return message

    def write(self, text: str, message_id: str = "answer") -> None:
        """Let an answer have come so far."""
        assert self.view.snapshot is not None
        partial = Partial.model_validate({"turn_id": "t", "message_id": message_id, "text": text})
        snapshot = self.view.snapshot.model_copy(update={"partial": partial})
        self.change(View(**{**vars(self.view), "snapshot": snapshot}))

    def on_transcript_older_wanted(self) -> None:
        before = self.view.first_seq
        self.change(with_older(self.view, [m for m in self.messages if m.seq < before][-AT_ONCE:], before))

    def on_transcript_newer_wanted(self) -> None:
        after = self.view.final_seq
        self.change(with_newer(self.view, [m for m in self.messages if m.seq > after][:AT_ONCE], after))

    def on_transcript_newest_wanted(self) -> None:
        self.change(at_tail(self.view))

    def on_transcript_copy_wanted(self, message: Transcript.CopyWanted) -> None:
        self.wishes.append(message)

    def on_transcript_edit_wanted(self, message: Transcript.EditWanted) -> None:
        self.wishes.append(message)

    def on_transcript_delete_wanted(self, message: Transcript.DeleteWanted) -> None:
        self.wishes.append(message)

    def on_transcript_retry_wanted(self, message: Transcript.RetryWanted) -> None:
        self.wishes.append(message)


def _snapshot(messages: list[Message]) -> Snapshot:
    known = {"id": "s", "title": "T", "agent_name": "chat", "reply": "always", "owner_id": "u"}
    times = {"created_at": BEGINNING, "updated_at": BEGINNING}
    last = messages[-1].seq if messages else 0
    session = Session.model_validate(known | times | {"last_seq": last, "message_count": len(messages)})
    return Snapshot(session=session, messages=tuple(messages[-AT_ONCE:]))


def picture(app: App[Any]) -> list[str]:
    """Return the characters that the terminal is given, line by line."""
    return [strip.text for strip in app.screen._compositor.render_strips()]
