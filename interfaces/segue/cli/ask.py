"""`segue ask`: a question, and its answer on standard output while it is being written."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING

import click

from segue.cli.asking import asking
from segue.cli.console import Failed, clean, json_option, note, print_json
from segue.cli.naming import find_session, session_option
from segue.cli.send import text_argument
from segue.cli.streaming import GrowingText
from segue.cli.tools import call
from segue.cli.wire import where

if TYPE_CHECKING:
    from segue.client import Client
    from segue.models import Message, Turn


@click.command()
@click.argument("text", nargs=-1)
@session_option
@json_option
def ask(text: tuple[str, ...], session: str | None, as_json: bool) -> None:
    """Ask something and print the answer as it comes.

    TEXT, one word or many, is read from standard input if it is '-' or left out. Fails if there is no answer. At a
    terminal one is asked whether a tool may be used; else `segue allow` and `segue deny` answer."""
    content = text_argument(text)
    question(find_session(session)["id"], content, as_json=as_json)


def question(session_id: str, content: str, *, as_json: bool = False) -> None:
    """Post `content` and print the answer (with `as_json`, its message at the end); raise `Failed` if there is none."""
    asyncio.run(_question(session_id, content, as_json))


async def _question(session_id: str, content: str, as_json: bool) -> None:
    from segue.client import Client

    async with Client(where().text, interface="cli") as client:
        message = await client.post(session_id, content, respond=True)
        if message.turn_id is None:
            raise Failed("the daemon stored the question, but will not answer it")
        await tell_answer(client, session_id, message.turn_id, message.seq, as_json=as_json)


async def tell_answer(client: Client, session_id: str, turn_id: str, after: int, *, as_json: bool) -> None:
    """Print the answer of a turn that was queued at the seq `after`; raise `Failed` if there is none."""
    turn, answer = await _answer(client, session_id, turn_id, after, quiet=as_json)
    if as_json and answer:
        print_json(answer.model_dump(mode="json"))
    if turn.state != "completed":
        raise Failed(_why(turn))


async def _answer(
    client: Client, session_id: str, turn_id: str, after: int, *, quiet: bool
) -> tuple[Turn, Message | None]:
    """Follow until the turn has ended, printing its text unless `quiet`."""
    from segue.events import ApprovalEvent, DeltaEvent, MessageEvent, SnapshotEvent, ToolEvent, TurnEvent
    from segue.models import ENDED

    answer = None
    text = GrowingText()
    events = client.follow(session_id, after=after, on_connection=_tell_connection)
    async with asking(client) as asked, aclosing(events):
        for waiting in await client.approvals(session_id):
            if waiting.state == "pending":
                asked.take(waiting)
        async for event in events:
            new = ""
            match event:
                case ApprovalEvent(data=approval):
                    asked.take(approval)
                case SnapshotEvent(data=snapshot):
                    for waiting in snapshot.approvals:
                        asked.take(waiting)
                case ToolEvent(type="tool.called", data=use) if use.turn_id == turn_id:
                    if sys.stderr.isatty():
                        note(f"· uses {call(use)}")
                case DeltaEvent(data=delta) if delta.turn_id == turn_id:
                    new = text.take(delta.offset, delta.text)
                case MessageEvent(type="message.created", data=said) if said.turn_id == turn_id:
                    if said.role == "assistant":
                        answer, new = said, text.finish(said.content) + "\n"
                        text = GrowingText()
                case TurnEvent(data=turn) if turn.id == turn_id and turn.state in ENDED:
                    if text.shown and not quiet:
                        click.echo()
                    return turn, answer
            if new and not quiet:
                click.echo(clean(new), nl=False)
    raise AssertionError("a followed stream does not end by itself")


def _tell_connection(connected: bool) -> None:
    if not connected and sys.stderr.isatty():
        note("— the connection is lost; waiting for the daemon —")


def _why(turn: Turn) -> str:
    if turn.error:
        return turn.error.message
    return {
        "cancelled": "the answer was cancelled",
        "interrupted": "the answer was interrupted: ask again",
    }.get(turn.state, "there was no answer: see `segue server logs`")
