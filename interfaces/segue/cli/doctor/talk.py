"""A conversation in a session that is thrown away: said, followed, answered in pieces, taken up after a gap."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from segue.cli.doctor.here import Settings
from segue.cli.findings import Finding
from segue.cli.wire import where
from segue.errors import SegueError

if TYPE_CHECKING:
    from segue.client import Client
    from segue.events import Event
    from segue.models import Message, Session, Turn

_PATIENCE_SECONDS = 30.0
_OFFLINE = "offline"


def check(_: Settings) -> Iterator[Finding]:
    """Talk, and look at what arrives."""
    yield from asyncio.run(_talk())


async def _talk() -> list[Finding]:
    found = []
    for name, attempt in (("talk", _said_is_seen), ("answers", _answer_is_streamed), ("resuming", _gap_is_filled)):
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                found.append(Finding(name, "right", await attempt()))
        except TimeoutError:
            text = f"nothing came within {_PATIENCE_SECONDS:g} s: see `segue logs`"
            found.append(Finding(name, "wrong", text))
        except (SegueError, AssertionError) as exc:
            found.append(Finding(name, "wrong", getattr(exc, "message", None) or str(exc)))
    return found


@asynccontextmanager
async def thrown_away(agent: str = "chat", model: str | None = _OFFLINE) -> AsyncIterator[tuple[Client, Session]]:
    """Lend a client and a session that is deleted afterwards."""
    from segue.client import Client

    async with Client(where().text, interface="cli") as client:
        session = await client.create_session(title="segue doctor", reply="never", model_id=model, agent_name=agent)
        try:
            yield client, session
        finally:
            await client.delete_session(session.id)


async def answer(client: Client, session: Session, question: str) -> tuple[Turn, Message | None, str]:
    """Ask; return the turn as it ended, the answer, and the text that was streamed before it."""
    from segue.events import DeltaEvent, MessageEvent, TurnEvent
    from segue.models import ENDED

    asked = await client.post(session.id, question, respond=True)
    streamed, said = "", None
    async with aclosing(client.follow(session.id, after=asked.seq)) as events:
        async for event in events:
            match event:
                case DeltaEvent(data=delta):
                    streamed = streamed[: delta.offset] + delta.text
                case MessageEvent(type="message.created", data=message) if message.role == "assistant":
                    said = message
                case TurnEvent(data=turn) if turn.id == asked.turn_id and turn.state in ENDED:
                    return turn, said, streamed
    raise AssertionError("a followed stream does not end by itself")


async def _said_is_seen() -> str:
    async with thrown_away() as (client, session), aclosing(client.follow(session.id, after=1)) as events:
        said = await client.post(session.id, "Is anybody there?", respond=False)
        event = await _message(events)
        _expect(event.seq == said.seq, f"event {event.seq} came, and {said.seq} was said")
    return "what is said is stored, and told to who follows"


async def _answer_is_streamed() -> str:
    async with thrown_away() as (client, session):
        turn, said, streamed = await answer(client, session, "count to 20")
        why = turn.error.message if turn.error else turn.state
        _expect(turn.state == "completed" and said is not None, f"the built-in agent did not answer: {why}")
        _expect(said is not None and said.content.startswith(streamed), "the pieces are not the answer")
    return f"an answer of the built-in agent came in pieces, {len(streamed)} characters"


async def _gap_is_filled() -> str:
    async with thrown_away() as (client, session):
        async with aclosing(client.follow(session.id, after=1)) as events:
            await client.post(session.id, "before", respond=False)
            cursor = (await _message(events)).seq
        missed = [await client.post(session.id, f"missed {number}", respond=False) for number in range(3)]
        async with aclosing(client.follow(session.id, after=cursor)) as events:
            came = [(await _message(events)).seq for _ in missed]
        _expect(came == [m.seq for m in missed], f"missed {[m.seq for m in missed]}, and {came} came")
    return "after a lost connection comes what was missed, once and in order"


async def _message(events: AsyncIterator[Event]) -> Event:
    async for event in events:
        if event.type == "message.created":
            return event
    raise AssertionError("the stream ended")


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
