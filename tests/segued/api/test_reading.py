"""What one has read, who is here and who types: told to whom it concerns, on the stream of everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from segue.client import Client
from segue.events import Event
from tests.daemons import Daemon
from tests.segued.api.doors import tcp_url


@asynccontextmanager
async def other(daemon: Daemon, owner: Client, name: str) -> AsyncIterator[Client]:
    token = await owner.create_token(name, user=name)
    async with Client(tcp_url(daemon), token=token.token, interface="tui") as client:
        yield client


class Ear:
    """Hears everything that a client may."""

    def __init__(self, client: Client, *, deltas: bool = True) -> None:
        self.heard: list[Event] = []
        self._client = client
        self._deltas = deltas
        self._synced = asyncio.Event()

    async def listen(self) -> None:
        async with aclosing(self._client.follow_all(deltas=self._deltas)) as events:
            async for event in events:
                self.heard.append(event)
                if event.type == "synced":
                    self._synced.set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
            task = tasks.create_task(self.listen())
            await self._synced.wait()
            yield
            task.cancel()

    def kinds(self, session_id: str) -> set[str]:
        return {event.type for event in self.heard if event.session_id == session_id}

    async def until(self, session_id: str, kind: str) -> None:
        while kind not in self.kinds(session_id):
            await asyncio.sleep(0.01)


async def test_what_others_wrote_is_unread_until_it_is_read(tcp_daemon: Daemon, owner: Client) -> None:
    session = await owner.create_session(title="Unread", reply="never")
    async with other(tcp_daemon, owner, "reader one") as friend:
        me = await friend.me()
        await owner.update_session(session.id, members=[{"user_id": me.user.id, "role": "reader"}])
        last = await owner.post(session.id, "one")
        last = await owner.post(session.id, "two", sender="build-bot")

        async def unread(client: Client) -> int:
            return next(s.unread for s in (await client.sessions()).sessions if s.id == session.id)

        assert await unread(friend) == 2
        assert await unread(owner) == 1
        assert (await friend.mark_read(session.id, last.seq)).seq == last.seq
        assert await unread(friend) == 0
        assert (await friend.mark_read(session.id, 1)).seq == last.seq
        assert (await friend.mark_read(session.id, 10**9)).seq <= last.seq + 1
        await owner.post(session.id, "three")
        assert await unread(friend) == 1


async def test_ones_own_windows_hear_of_the_reading_and_nobody_else_does(tcp_daemon: Daemon, owner: Client) -> None:
    session = await owner.create_session(title="Read", reply="never")
    async with other(tcp_daemon, owner, "reader two") as friend:
        me = await friend.me()
        await owner.update_session(session.id, members=[{"user_id": me.user.id}])
        mine, theirs = Ear(friend), Ear(owner)
        async with mine.listening(), theirs.listening():
            await friend.mark_read(session.id, 1)
            await mine.until(session.id, "read")
            await owner.post(session.id, "after it")
            await theirs.until(session.id, "message.created")
        assert "read" not in theirs.kinds(session.id)


async def test_who_comes_and_who_types_is_told_to_those_who_may_see_the_session(
    tcp_daemon: Daemon, owner: Client
) -> None:
    shared = await owner.create_session(title="Shared", reply="never")
    private = await owner.create_session(title="Private", reply="never")
    async with other(tcp_daemon, owner, "reader three") as friend:
        me = await friend.me()
        await owner.update_session(shared.id, members=[{"user_id": me.user.id}])
        ear = Ear(friend)
        async with ear.listening():
            for session in (private, shared):
                async with aclosing(owner.follow(session.id)) as events:
                    async for event in events:
                        if event.type == "synced":
                            await owner.tell_typing(session.id)
                        if event.type == "typing":
                            break
            await ear.until(shared.id, "typing")
        assert {"presence", "typing"} <= ear.kinds(shared.id)
        assert ear.kinds(private.id) == set()


async def test_who_wants_no_deltas_is_told_of_the_whole_answer_only(tcp_daemon: Daemon, owner: Client) -> None:
    session = await owner.create_session(title="Deltas", reply="always")
    every, whole = Ear(owner), Ear(owner, deltas=False)
    async with every.listening(), whole.listening():
        await owner.post(session.id, "count to 5")
        for ear in (every, whole):
            await ear.until(session.id, "turn.completed")
    assert "message.delta" in every.kinds(session.id)
    assert "message.delta" not in whole.kinds(session.id)
