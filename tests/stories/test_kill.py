"""The daemon is killed again and again while people post and follow: nothing lost, doubled or out of order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from segue.client import Client
from segue.events import MessageEvent, Snapshot, SnapshotEvent, apply
from segue.models import Message
from tests.daemons import Daemon

KILLS = 6
POSTERS = 4
FOLLOWERS = 4
THE_END = "that was all"


@dataclass
class Window:
    """What one follower was told."""

    after: int | None
    state: Snapshot | None = None
    seqs: list[int] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)
    resets: int = 0

    async def follow(self, client: Client, session_id: str) -> None:
        async with aclosing(client.follow(session_id, after=self.after)) as events:
            async for event in events:
                if self.state is not None or isinstance(event, SnapshotEvent):
                    self.state = apply(self.state, event) if self.state else event.data  # type: ignore[union-attr]
                self.resets += event.type == "reset"
                if event.seq is not None:
                    self.seqs.append(event.seq)
                if isinstance(event, MessageEvent) and event.type == "message.created":
                    self.contents.append(event.data.content)
                    if event.data.content == THE_END:
                        return


async def post_until(stop: asyncio.Event, client: Client, session_id: str, name: str) -> list[Message]:
    """Post numbered messages, some of which call for an answer; return those that were acknowledged."""
    acknowledged = []
    number = 0
    while not stop.is_set():
        asks = number % 25 == 0
        text = "count to 30" if asks else f"{name} {number}"
        acknowledged.append(await client.post(session_id, text, sender=name, respond=asks))
        number += 1
    return acknowledged


@pytest.mark.timeout(300)
async def test_nothing_is_lost_doubled_or_out_of_order_when_the_daemon_is_killed(daemon: Daemon) -> None:
    async with daemon.client(retry_seconds=120) as client:
        session = await client.create_session(title="Under fire", reply="never")
        stop = asyncio.Event()
        windows = [Window(after=None if n % 2 else 0) for n in range(FOLLOWERS)]
        async with asyncio.timeout(280), asyncio.TaskGroup() as followers:
            for window in windows:
                followers.create_task(window.follow(client, session.id))
            async with asyncio.TaskGroup() as tasks:
                posters = [
                    tasks.create_task(post_until(stop, client, session.id, f"poster{n}")) for n in range(POSTERS)
                ]
                for _ in range(KILLS):
                    await asyncio.sleep(random.uniform(0.2, 0.8))
                    await asyncio.to_thread(daemon.restart)
                stop.set()
            while (await client.snapshot(session.id)).turns:
                await asyncio.sleep(0.05)
            await client.post(session.id, THE_END, respond=False)
        acknowledged = [message for poster in posters for message in poster.result()]
        await check(client, session.id, acknowledged, windows)


async def check(client: Client, session_id: str, acknowledged: list[Message], windows: list[Window]) -> None:
    transcript = [message async for message in everything(client, session_id)]
    by_id = {message.id: message for message in transcript}
    assert len(by_id) == len(transcript)
    for message in acknowledged:
        assert by_id[message.id].seq == message.seq
        assert by_id[message.id].content == message.content
    asked = [m for m in transcript if m.role == "user" and m.content != THE_END]
    assert len(asked) == len(acknowledged), "a message was stored that nobody was told of, or twice"
    for name in {m.sender for m in acknowledged}:
        posted = [m.id for m in acknowledged if m.sender == name]
        assert [m.id for m in transcript if m.sender == name] == posted
    asked_for = {m.turn_id for m in acknowledged if m.turn_id}
    turns = {turn.id: turn for turn in await client.turns(session_id)}
    answers = [m for m in transcript if m.role == "assistant"]
    assert set(turns) == asked_for
    assert len({m.turn_id for m in answers}) == len(answers), "a turn answered twice"
    silent = asked_for - {m.turn_id for m in answers}
    assert all(turns[turn_id].state == "interrupted" for turn_id in silent), "an answer is missing and nobody says so"
    assert all(m.status == "interrupted" or m.content.rstrip().endswith("30") for m in answers)
    fresh = await client.snapshot(session_id)
    for window in windows:
        first = window.seqs[0]
        assert window.seqs == list(range(first, first + len(window.seqs)))
        assert window.resets == 0
        if window.after == 0:
            assert window.contents == [m.content for m in transcript]
        else:
            assert window.state is not None
            kept = window.state.messages[-len(fresh.messages) :]
            assert window.state.model_copy(update={"messages": kept, "attached": fresh.attached}) == fresh


async def everything(client: Client, session_id: str) -> AsyncIterator[Message]:
    seq = 0
    while page := await client.messages(session_id, after_seq=seq, limit=500):
        for message in page:
            yield message
        seq = page[-1].seq
