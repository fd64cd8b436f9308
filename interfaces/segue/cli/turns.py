"""`segue retry` and `segue stop`: the answer that did not come, and the one that is being written."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from segue import routes
from segue.cli.console import Failed, json_option, line, note, print_json
from segue.cli.naming import find_session, session_argument
from segue.cli.wire import daemon, where

_LISTED = 500
_UNANSWERED = ("failed", "cancelled", "interrupted")


@click.command()
@session_argument(required=False)
@json_option
def retry(session: str | None, as_json: bool) -> None:
    """Ask again what SESSION's agent did not answer last, and print the answer as it comes.

    Tools that it used may be used again: look first what they did."""
    found = find_session(session)
    turns = _turns(found["id"])
    if not turns or turns[-1]["state"] not in _UNANSWERED:
        raise Failed(f"{_why_not(turns)} in '{line(found['title'])}': `segue ask` asks something new")
    asyncio.run(_retry(turns[-1]["id"], as_json))


def _why_not(turns: list[dict[str, Any]]) -> str:
    if not turns:
        return "nothing was asked"
    return "the last question has its answer" if turns[-1]["state"] == "completed" else "an answer is still to come"


async def _retry(turn_id: str, as_json: bool) -> None:
    from segue.cli.ask import tell_answer
    from segue.client import Client

    async with Client(where().text, interface="cli") as client:
        turn = await client.retry(turn_id)
        await tell_answer(client, turn.session_id, turn.id, turn.seq, as_json=as_json)


@click.command()
@session_argument(required=False)
@json_option
def stop(session: str | None, as_json: bool) -> None:
    """Stop the answer that SESSION's agent is working on. What it has said so far is kept."""
    found = find_session(session)
    running = next((turn for turn in _turns(found["id"]) if turn["state"] == "running"), None)
    if running is None:
        raise Failed(f"no answer is being worked on in '{line(found['title'])}'")
    ended = daemon().post(routes.path(routes.TURN_CANCEL, turn_id=running["id"]))
    if as_json:
        print_json(ended)
    else:
        note(f"{ended['state']}: the answer of {line(ended['agent_name'])}")


def _turns(session_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = daemon().get(routes.path(routes.SESSION_TURNS, session_id=session_id), limit=_LISTED)
    return found
