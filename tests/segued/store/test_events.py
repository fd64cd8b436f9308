from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

from segue.events import apply
from segue.models import CreateSession, Message, PostMessage, Session, UpdateSession
from segued.store.base import Actor, Commit, Store
from tests.segued.store.drivers import Driver, Home, open_home

SAY = (PostMessage(content="hi"),)


async def busy_session(home: Home) -> Session:
    """Return a session in which everything happened once."""
    session = await home.session(place={"interface": "irc", "place": "#a"})
    await home.answer(await home.running(session))
    note = await home.post(session, "note")
    await home.store.update_message(home.ada, session.id, note.id, "better note")
    await home.store.update_session(home.ada, session.id, UpdateSession(title="new"))
    await home.store.delete_message(home.ada, session.id, note.id)
    await home.store.delete_binding(home.ada, "irc", "#a")
    return session


async def test_seqs_are_1_2_3_without_a_gap(home: Home) -> None:
    session = await busy_session(home)
    events = await home.store.list_events(session.id, 0, 100)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert (await home.store.get_session(home.ada, session.id)).last_seq == len(events)


async def test_seqs_have_no_gap_when_many_write_at_once(home: Home) -> None:
    session = await home.session()
    said = await asyncio.gather(*[home.store.add_messages(home.ada, session.id, SAY * 3) for _ in range(100)])
    seqs = sorted(message.seq for batch in said for message in batch)
    assert seqs == list(range(2, 302))
    assert all(b.seq - a.seq == 1 for batch in said for a, b in pairwise(batch))


async def test_what_is_published_is_what_the_log_holds(home: Home) -> None:
    session = await busy_session(home)
    published = [event for event in home.events if event.session_id == session.id]
    kept = list(await home.store.list_events(session.id, 0, 100))
    assert [(e.seq, e.type, e.at, e.actor, e.interface) for e in kept] == [
        (e.seq, e.type, e.at, e.actor, e.interface) for e in published
    ]
    deleted = {e.data.id for e in published if e.type == "message.deleted"}
    assert [e for e in kept if e.type.startswith("turn.") or e.type.startswith("binding.")] == [
        e for e in published if e.type.startswith("turn.") or e.type.startswith("binding.")
    ]
    assert all(e.data.content == "" for e in kept if isinstance(e.data, Message) and e.data.id in deleted)


async def test_events_build_the_same_state_as_a_snapshot(home: Home) -> None:
    session = await home.session()
    state = await home.store.get_snapshot(home.ada, session.id, 50)
    await home.answer(await home.running(session))
    await home.post(session, "more")
    await home.store.update_binding(home.ada, "irc", "#a", session.id, "live")
    for event in await home.store.list_events(session.id, state.session.last_seq, 100):
        state = apply(state, event)
    assert state == await home.store.get_snapshot(home.ada, session.id, 50)


async def test_events_are_read_page_by_page(home: Home) -> None:
    session = await busy_session(home)
    everything = await home.store.list_events(session.id, 0, 1000)
    paged = []
    while page := await home.store.list_events(session.id, len(paged), 3):
        paged += page
    assert tuple(paged) == everything
    assert await home.store.list_events(session.id, 10_000, 5) == ()


async def test_the_whole_log_has_one_order_and_positions_for_cursors(home: Home) -> None:
    first, second = await home.session(), await home.session(by=home.bob)
    for session, by in [(first, home.ada), (second, home.bob)] * 3:
        await home.post(session, "hi", by=by)
    events, upto = await home.store.list_all_events(home.admin, 0, 100)
    positions = [event.id for event in events]
    assert positions == [commit.position for commit in home.commits] == sorted(positions)
    assert upto == positions[-1] == await home.store.get_last_position()
    mine, upto_mine = await home.store.list_all_events(home.bob, 0, 100)
    assert {event.session_id for event in mine} == {second.id}
    assert upto_mine == upto
    page, read_to = await home.store.list_all_events(home.bob, 0, 1)
    assert (page, read_to) == ((), positions[0])


async def test_a_members_last_event_of_a_deleted_session_is_theirs_to_see(home: Home) -> None:
    session = await home.session()
    await home.share(session)
    await home.store.delete_session(home.ada, session.id)
    for by in (home.ada, home.bob):
        events, _ = await home.store.list_all_events(by, 0, 100)
        assert [event.type for event in events] == ["session.deleted"]


async def test_events_are_on_disk_when_they_are_published_and_published_before_the_caller_is_answered(
    driver: Driver,
) -> None:
    seen: list[str] = []

    def publish(batch: Sequence[Commit]) -> None:
        for commit in batch:
            if isinstance(commit.event.data, Message):
                seen.append(f"published {commit.event.data.content}")

    async def say(store: Store, by: Actor, session: Session, content: str) -> None:
        (message,) = await store.add_messages(by, session.id, (PostMessage(content=content),))
        seen.append(f"answered {message.content}")
        assert await store.get_message(by, session.id, message.id) == message

    async with driver.open(publish) as store:
        user = await store.add_user("ada")
        by = Actor(user.id, "ada", "tui")
        session = await store.add_session(by, CreateSession(), "never")
        await asyncio.gather(*[say(store, by, session, str(number)) for number in range(20)])
    published = [line.split()[1] for line in seen if line.startswith("published")]
    assert published == [str(number) for number in range(20)]
    for number in published:
        assert seen.index(f"published {number}") < seen.index(f"answered {number}")


async def test_a_publisher_can_read_what_it_is_told_of(driver: Driver) -> None:
    read: list[asyncio.Task[object]] = []

    async with asyncio.TaskGroup() as tasks:
        stores: list[Store] = []

        def publish(batch: Sequence[Commit]) -> None:
            for commit in batch:
                assert commit.event.seq is not None
                events = stores[0].list_events(commit.event.session_id, commit.event.seq - 1, 1)
                read.append(tasks.create_task(events))

        async with driver.open(publish) as store:
            stores.append(store)
            user = await store.add_user("ada")
            session = await store.add_session(Actor(user.id, "ada", "tui"), CreateSession(), "never")
            found = await asyncio.gather(*read)
            assert [event.session_id for events in found for event in events] == [session.id]


async def test_the_log_is_the_same_after_it_was_closed_and_opened(driver: Driver) -> None:
    async with open_home(driver) as home:
        session = await busy_session(home)
        before = await home.store.list_events(session.id, 0, 100), await home.store.get_last_position()
        snapshot = await home.store.get_snapshot(home.ada, session.id, 50)
    async with open_home(driver) as home:
        assert (await home.store.list_events(session.id, 0, 100), await home.store.get_last_position()) == before
        assert await home.store.get_snapshot(home.ada, session.id, 50) == snapshot
        await home.post(session, "on it goes")
        assert home.events[-1].seq == snapshot.session.last_seq + 1
