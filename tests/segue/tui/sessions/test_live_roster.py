"""The list against the real daemon: what events make of it is what a new page says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from segue.client import Client
from segue.models import SessionSummary
from segue.tui.roster import Item, Roster, advance, opened, with_page
from tests.daemons import Daemon
from tests.segue.tui.window import until


class Window:
    """A roster that follows all sessions of a daemon."""

    def __init__(self, client: Client, me: str) -> None:
        self.client = client
        self.roster = Roster(me=me)
        self.is_level = False

    async def follow(self) -> None:
        async with aclosing(self.client.follow_all(deltas=False)) as events:
            async for event in events:
                if event.type == "synced":
                    self.roster = with_page(self.roster, await self.pages())
                    self.is_level = True
                self.roster = advance(self.roster, event)

    async def pages(self) -> tuple[SessionSummary, ...]:
        return (await self.client.sessions(limit=100)).sessions

    def item(self, session_id: str) -> Item:
        return self.roster.items[session_id]


@asynccontextmanager
async def window(daemon: Daemon) -> AsyncIterator[Window]:
    async with daemon.client(interface="tui") as client, asyncio.TaskGroup() as tasks:
        window = Window(client, (await client.me()).user.name)
        task = tasks.create_task(window.follow())
        await until(lambda: window.is_level)
        yield window
        task.cancel()


async def test_events_make_the_same_list_as_a_new_page(daemon: Daemon) -> None:
    async with daemon.client() as other, window(daemon) as ours:
        kept, gone = [await other.create_session(title=title, reply="never") for title in ("Kept", "Gone")]
        for number in range(3):
            await other.post(kept.id, f"number {number}", sender="bot")
        await other.post(kept.id, "an answer", role="assistant")
        first = (await other.messages(kept.id))[0]
        await other.delete_message(kept.id, (await other.messages(kept.id))[-1].id)
        await other.edit_message(kept.id, first.id, "changed")
        await other.update_session(kept.id, title="Renamed", pinned=True)
        await other.delete_session(gone.id)
        await until(lambda: gone.id in ours.roster.gone)
        page = with_page(Roster(me=ours.roster.me), await ours.pages())
        assert ours.roster.items.keys() == page.items.keys() == {kept.id}
        ours_kept, theirs = ours.item(kept.id).session, page.items[kept.id].session
        for field in ("title", "pinned", "last_seq", "message_count", "last_message_preview", "updated_at"):
            assert getattr(ours_kept, field) == getattr(theirs, field)


async def test_what_one_reads_in_one_window_is_read_in_the_other(daemon: Daemon) -> None:
    async with daemon.client() as other, window(daemon) as one, window(daemon) as two:
        session = await other.create_session(title="Shared", reply="never")
        for number in range(3):
            await other.post(session.id, f"number {number}", sender="bot")
        await other.post(session.id, "mine, from elsewhere")
        await until(lambda: all(w.roster.items[session.id].session.message_count == 4 for w in (one, two)))
        assert [w.item(session.id).unread for w in (one, two)] == [3, 3]
        assert with_page(Roster(me=one.roster.me), await one.pages()).items[session.id].unread == 3
        one.roster = opened(one.roster, session.id)
        assert one.item(session.id).unread == 0
        await one.client.mark_read(session.id, one.item(session.id).session.last_seq)
        await until(lambda: two.item(session.id).unread == 0)


async def test_who_is_there_and_who_types_comes_from_all_sessions(daemon: Daemon) -> None:
    async with daemon.client(interface="discord") as other, window(daemon) as ours:
        session = await other.create_session(title="Shared")
        async with aclosing(other.follow(session.id)) as events:
            await anext(events)
            await until(lambda: ours.item(session.id).people == {(ours.roster.me, "discord")})
            await other.tell_typing(session.id)
        await until(lambda: not ours.item(session.id).people)
