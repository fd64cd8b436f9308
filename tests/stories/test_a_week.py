"""A week in seconds: sessions, events and memories go when their time has come, not before, what is scheduled comes
once, and the rest is whole, though somebody sets the clock an hour ahead and back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from segue import routes
from segue.client import Client
from segue.errors import MemoryNotFound
from segue.events import DurableEvent, Event, MemoryEvent, SessionEvent, Snapshot, SnapshotEvent, apply
from segue.models import Message, PostMessage, SessionId
from tests import fast_clock
from tests.daemons import Daemon

RATE = 100_000  # a week is six seconds
MIB = 1024 * 1024
HOUR = timedelta(hours=1)
DAY_SECONDS = 86_400
RULES = {
    "SESSIONS__ARCHIVE_AFTER_DAYS": "1",
    "SESSIONS__EXPIRE_AFTER_DAYS": "4",
    "STORE__KEEP_EVENTS_DAYS": "2",
    "SERVER__HEARTBEAT_SECONDS": "1",
}


@pytest.fixture
def set_by(tmp_path: Path) -> Path:
    """The file that says by how many seconds somebody has set the clock."""
    return tmp_path / "set"


@pytest.fixture
def quick_daemon(tmp_path: Path, set_by: Path) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path / "home", RULES, "tests.fast_clock")
    daemon.env |= {fast_clock.RATE: str(RATE), fast_clock.SET: str(set_by)}
    daemon.start()
    yield daemon
    daemon.kill()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.05)


class Window:
    """One that follows a session, and builds its state from what it is told."""

    def __init__(self) -> None:
        self.state: Snapshot | None = None
        self.seqs: list[int] = []

    def take(self, event: Event) -> None:
        if isinstance(event, SnapshotEvent):
            self.state = event.data
        elif self.state is not None:
            self.state = apply(self.state, event)
        if isinstance(event, DurableEvent) and event.seq is not None:
            self.seqs.append(event.seq)


@asynccontextmanager
async def told(client: Client, session_id: SessionId) -> AsyncIterator[tuple[Window, list[Event]]]:
    """Follow one session, and everything, inside the block."""
    window, everything = Window(), list[Event]()

    async def follow_one() -> None:
        async with aclosing(client.follow(session_id)) as events:
            async for event in events:
                window.take(event)

    async def follow_all() -> None:
        async with aclosing(client.follow_all(after=0, deltas=False)) as events:
            async for event in events:
                everything.append(event)

    async with asyncio.TaskGroup() as tasks:
        following = [tasks.create_task(follow_one()), tasks.create_task(follow_all())]
        yield window, everything
        for task in following:
            task.cancel()


async def talk_for_a_week(client: Client, session_id: SessionId, set_by: Path) -> list[str]:
    """Say something all the time, for a week; meanwhile somebody sets the clock. Return what was said."""
    said: list[str] = []
    began = now = (await client.post(session_id, "begun", respond=False)).created_at
    for days, seconds in ((1, 3600), (3, 0), (5, -3600), (7, 0)):
        while now < began + timedelta(days=days):
            said.append(str(len(said)))
            now = (await client.post(session_id, said[-1], respond=False)).created_at
            await asyncio.sleep(0.02)
        await asyncio.to_thread(set_by.write_text, str(seconds))
    return ["begun", *said]


async def frames(daemon: Daemon, where: str) -> list[str]:
    """Return the types of a stream's frames up to `synced`."""
    types: list[str] = []
    async with daemon.http() as http, http.session.get(where) as stream:
        async for line in stream.content:
            if line.startswith(b"event: "):
                types.append(line.decode().split()[1])
            if types[-1:] == ["synced"]:
                break
    return types


def ends_of(everything: list[Event], session_id: SessionId) -> list[tuple[str, datetime]]:
    return [
        (event.type, event.at)
        for event in everything
        if isinstance(event, SessionEvent) and event.data.id == session_id and event.actor == "segued"
    ]


def day_of(reminder: Message) -> str:
    """Return the day for which it came; one that came late says so."""
    late = re.search(r"due at (\S+) 09:00", reminder.content)
    return late[1] if late else f"{reminder.created_at:%Y-%m-%d}"


async def test_after_a_week_what_was_to_go_is_gone_and_the_rest_is_whole(quick_daemon: Daemon, set_by: Path) -> None:
    async with quick_daemon.client() as client:
        quiet, pinned, talk = [await client.create_session(title=title) for title in ("quiet", "pinned", "talk")]
        bound = await client.create_session(place=("irc", "#a"))
        for session in (pinned, talk):  # a day is a second: what is not pinned may go while it is looked at
            await client.update_session(session.id, pinned=True)
        picture = PostMessage(content="see this", images=("abcdefgh" * 8192,), respond=False)
        for _ in range(4):
            last = (await client.post_batch(quiet.id, [picture] * 16))[-1]
        await client.schedule(pinned.id, "every day 9:00", "water", kind="reminder", timezone="UTC")
        await client.save_memory("p", "short", "v", ttl_seconds=86_400)
        await client.save_memory("p", "long", "v", ttl_seconds=3650 * 86_400)

        async with told(client, talk.id) as (window, everything):
            said = await talk_for_a_week(client, talk.id, set_by)
            fresh = await client.snapshot(talk.id)
            await until(lambda: _is(lambda: window.seqs[-1:] == [fresh.session.last_seq]))
            assert window.state is not None
            assert window.state.session == fresh.session
            assert window.seqs == list(range(window.seqs[0], window.seqs[-1] + 1))

            await until(lambda: _is(lambda: "session.deleted" in dict(ends_of(everything, quiet.id))))
            ends = ends_of(everything, quiet.id)
            deleted_at = ends[-1][1]
            assert deleted_at - last.created_at >= timedelta(days=4) - HOUR
            if len(ends) > 1:  # on a busy machine, days go by between two looks
                archived_at = ends[0][1]
                assert archived_at - last.created_at >= timedelta(days=1) - HOUR
                assert deleted_at - archived_at >= timedelta(days=4) - 2 * HOUR
            assert [kind for kind, _ in ends] in (["session.deleted"], ["session.updated", "session.deleted"])
            expired = [event for event in everything if isinstance(event, MemoryEvent)]
            assert [(e.type, e.data.key) for e in expired if e.type == "memory.expired"] == [
                ("memory.expired", "short")
            ]

        assert [message.content for message in (await client.session(talk.id)).messages] == said
        page = await client.sessions()
        assert {session.id for session in page.sessions} == {pinned.id, bound.id, talk.id}
        with pytest.raises(MemoryNotFound):
            await client.memory("p", "short")
        assert (await client.memory("p", "long")).memory_value == "v"

        watered = [day_of(message) for message in (await client.session(pinned.id)).messages]
        assert 1 <= len(watered) <= 8  # once a day; on a busy machine, days go by between two looks
        assert watered == sorted(set(watered))

        where = f"{routes.API}/sessions/{talk.id}/events"
        assert (await frames(quick_daemon, f"{where}?after=1"))[:2] == ["reset", "snapshot"]
        assert (await frames(quick_daemon, f"{routes.EVENTS}?after=1"))[0] == "reset"

    assert quick_daemon.stop() == 0
    quick_daemon.env[fast_clock.RATE] = "1"  # room is given back when nobody writes, not even what goes by the clock
    await asyncio.to_thread(set_by.write_text, str(60 * DAY_SECONDS))
    quick_daemon.start()
    async with quick_daemon.client() as client:

        async def is_small() -> bool:
            return (await client.status()).store_bytes < 4 * MIB

        await until(is_small)
    assert quick_daemon.stop() == 0
    assert "Traceback" not in quick_daemon.log


async def _is(condition: Callable[[], bool]) -> bool:
    return condition()
