"""`segue tail`: a session live, for as long as one wants to watch."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import click

from segue.cli.console import note
from segue.cli.naming import find_session, session_argument
from segue.cli.tools import call, how_to_answer, outcome
from segue.cli.transcript import LiveTranscript
from segue.cli.wire import where

if TYPE_CHECKING:
    from segue.client import Client
    from segue.events import Event
    from segue.models import Approval, Message, Turn

MOST_MESSAGES = 500
_LAST = ("session.deleted", "session.left")
_RESULT_LENGTH = 1000  # characters of what a tool gave; the whole is in `segue sessions show`


@click.command()
@session_argument(required=False)
@click.option(
    "--number",
    "-n",
    type=click.IntRange(0, MOST_MESSAGES),
    default=10,
    show_default=True,
    help="How many of the messages so far to print first.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one event a line, the first a snapshot of the session.")
def tail(session: str | None, number: int, as_json: bool) -> None:
    """Watch a session live.

    Without SESSION it is the one last open in the terminal. Answers are printed while they are being written. Goes on
    through restarts of the daemon; Ctrl-C ends it."""
    session_id = find_session(session)["id"]
    asyncio.run(_print_events(session_id) if as_json else _print_transcript(session_id, number))


async def _print_events(session_id: str) -> None:
    from segue.client import Client

    async with Client(where().text, interface="cli") as client, aclosing(client.follow(session_id)) as events:
        async for event in events:
            click.echo(event.model_dump_json())
            if event.type in _LAST:
                return


async def _print_transcript(session_id: str, number: int) -> None:
    from segue.client import Client

    async with Client(where().text, interface="cli") as client:
        session = await client.session(session_id, limit=max(number, 1))
        screen = Screen(session.agent_name)
        for message in session.messages[len(session.messages) - number :] if number else ():
            screen.show_message(message)
        for approval in await client.approvals(session_id):
            screen.show_pending(approval)
        await _follow(client, session_id, session.last_seq, screen)


async def _follow(client: Client, session_id: str, after: int, screen: Screen) -> None:
    events = client.follow(session_id, after=after, on_connection=screen.show_connection)
    async with aclosing(events):
        async for event in events:
            screen.show(event)
            if event.type in _LAST:
                return


class Screen:
    """Shows each event of one session on standard output."""

    def __init__(self, agent_name: str) -> None:
        self._agent_name = agent_name
        self._transcript = LiveTranscript()
        self._last_seq = 0
        self._was_lost = False
        self._asked: set[str] = set()

    def show(self, event: Event) -> None:
        from segue.events import (
            ApprovalEvent,
            DeltaEvent,
            LeftEvent,
            MessageEvent,
            ResetEvent,
            SessionEvent,
            SnapshotEvent,
            ToolEvent,
            TurnEvent,
        )

        match event:
            case ToolEvent(type="tool.called", data=use):
                self._transcript.remark(f"{self._agent_name} uses {call(use)}")
            case ApprovalEvent(type="approval.requested", data=approval):
                self.show_pending(approval)
            case ApprovalEvent(data=approval):
                self._transcript.remark(outcome(approval))
            case DeltaEvent(data=delta):
                self._transcript.grow(delta.message_id, event.at, self._agent_name, delta.offset, delta.text)
            case MessageEvent(type="message.created", data=message):
                self.show_message(message)
            case MessageEvent(type="message.updated", data=message):
                self._transcript.add(message.id, message.created_at, message.sender, message.content, "edited")
            case MessageEvent(data=message):
                self._transcript.remark(f"a message of {message.sender} was deleted")
            case TurnEvent(type="turn.started", data=turn):
                self._agent_name = turn.agent_name
            case TurnEvent(data=turn):
                self._show_end(turn)
            case ResetEvent():
                self._transcript.remark("it was lost for so long that something may be missing: `segue sessions show`")
            case SnapshotEvent(data=snapshot):
                for message in snapshot.messages:
                    self.show_message(message)
                for approval in snapshot.approvals:
                    self.show_pending(approval)
            case SessionEvent(type="session.deleted"):
                self._transcript.remark("the session was deleted")
            case LeftEvent():
                self._transcript.remark("you are no member of this session any more")

    def show_message(self, message: Message) -> None:
        """Show a message, once, even where a new snapshot brings it again."""
        if message.seq <= self._last_seq:
            return
        self._last_seq = message.seq
        remark = "" if message.status == "complete" else message.status
        content = _cut(message.content) if message.role == "tool" else message.content
        self._transcript.add(message.id, message.created_at, message.sender, content, remark)

    def show_pending(self, approval: Approval) -> None:
        """Show a tool call that waits for a person, once."""
        if approval.state == "pending" and approval.id not in self._asked:
            self._asked.add(approval.id)
            self._transcript.remark(how_to_answer(approval))

    def show_connection(self, connected: bool) -> None:
        if not connected:
            self._transcript.interrupt()
            note("— the connection is lost; waiting for the daemon —")
        elif self._was_lost:
            note("— connected again —")
        self._was_lost = not connected

    def _show_end(self, turn: Turn) -> None:
        if turn.state == "failed":
            reason = turn.error.message if turn.error else "the answer failed"
            self._transcript.remark(f"{turn.agent_name} could not answer: {reason}")


def _cut(result: str) -> str:
    more = len(result) - _RESULT_LENGTH
    return f"{result[:_RESULT_LENGTH]}… ({more:,} characters more)" if more > 0 else result
