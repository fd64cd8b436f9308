"""`segue tail`: a session live, for as long as one wants to watch."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import click

from segue.cli.console import note
from segue.cli.naming import find_session
from segue.cli.transcript import LiveTranscript
from segue.cli.wire import where

if TYPE_CHECKING:
    from segue.client import Client
    from segue.events import Event
    from segue.models import Message, Turn

MOST_MESSAGES = 500


@click.command()
@click.argument("session", required=False)
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
            if event.type == "session.deleted":
                return


async def _print_transcript(session_id: str, number: int) -> None:
    from segue.client import Client

    async with Client(where().text, interface="cli") as client:
        session = await client.session(session_id, limit=max(number, 1))
        screen = Screen(session.agent_name)
        for message in session.messages[len(session.messages) - number :] if number else ():
            screen.show_message(message)
        await _follow(client, session_id, session.last_seq, screen)


async def _follow(client: Client, session_id: str, after: int, screen: Screen) -> None:
    events = client.follow(session_id, after=after, on_connection=screen.show_connection)
    async with aclosing(events):
        async for event in events:
            screen.show(event)
            if event.type == "session.deleted":
                return


class Screen:
    """Shows each event of one session on standard output."""

    def __init__(self, agent_name: str) -> None:
        self._agent_name = agent_name
        self._transcript = LiveTranscript()
        self._last_seq = 0
        self._was_lost = False

    def show(self, event: Event) -> None:
        from segue.events import DeltaEvent, MessageEvent, SessionEvent, SnapshotEvent, TurnEvent

        match event:
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
            case SnapshotEvent(data=snapshot):
                for message in snapshot.messages:
                    self.show_message(message)
            case SessionEvent(type="session.deleted"):
                self._transcript.remark("the session was deleted")

    def show_message(self, message: Message) -> None:
        """Show a message, once, even where a new snapshot brings it again."""
        if message.seq <= self._last_seq:
            return
        self._last_seq = message.seq
        remark = "" if message.status == "complete" else message.status
        self._transcript.add(message.id, message.created_at, message.sender, message.content, remark)

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
