"""Attach: nothing missed, nothing doubled, the same text for whoever joins when; the slow die alone."""

from __future__ import annotations

import asyncio

import pytest

from segue.errors import SessionNotFound
from segue.models import CreateSession, MemberChange, UpdateSession
from tests.segued.sessions.house import House, Recorder


async def test_a_late_joiner_sees_the_same_text_as_one_from_the_start(house: House) -> None:
    session = await house.session()
    async with house.following(session) as early:
        await house.post(session, "question")
        question = await house.agent.asked()
        question.say("a beginning")
        await early.until(lambda w: w.said == "a beginning")
        cursor = early.seqs[-1]
        async with house.following(session) as late, house.following(session, after=cursor) as back:
            back.state = early.state
            question.say(", a middle")
            for window in (early, late, back):
                await window.until(lambda w: w.said == "a beginning, a middle")
            question.finish(", an end")
            for window in (early, late, back):
                await window.until(lambda w: "turn.completed" in w.types)
                assert window.state.messages[-1].content == "a beginning, a middle, an end"
                assert window.said == ""


async def test_replay_then_live_misses_nothing_while_others_post(house: House) -> None:
    session = await house.session(reply="never")
    await house.post(session, *"abcdefgh")
    done = asyncio.Event()

    async def poster(name: str) -> None:
        for number in range(150):
            await house.post(session, f"{name} {number}")

    async def joiner(after: int | None) -> None:
        while not done.is_set():
            async with house.following(session, after=after) as window:
                count = len(window.seqs)
                await window.until(lambda w, n=count: len(w.seqs) > n + 3 or done.is_set())
                first = window.seqs[0] if window.seqs else 0
                assert window.seqs == list(range(first, first + len(window.seqs)))
                assert after is None or first == after + 1

    async with house.following(session) as witness, asyncio.TaskGroup() as tasks:
        for after in (None, 0, 1, None, 7):
            tasks.create_task(joiner(after))
        async with asyncio.TaskGroup() as posters:
            for name in ("a", "b", "c", "d"):
                posters.create_task(poster(name))
        done.set()
        await house.post(session, "last")
    assert witness.seqs == list(range(witness.seqs[0], witness.seqs[0] + len(witness.seqs)))
    assert witness.state.session == (await house.store.get_snapshot(house.ada, session.id, 50)).session


async def test_a_cursor_from_the_future_is_answered_with_reset_and_a_snapshot(house: House) -> None:
    session = await house.session()
    async with house.following(session, after=99) as window:
        assert window.types[:3] == ["reset", "snapshot", "synced"]
        await house.post(session, "hello", respond=False)
        await window.until(lambda w: w.types[-1] == "message.created")


async def test_one_that_reads_too_slowly_is_cut_off_and_nobody_else_notices(house: House) -> None:
    session = await house.session(reply="never")
    async with house.following(session) as slow, house.following(session) as quick:
        slow.backlog = 10**9
        await house.post(session, "hello")
        await quick.until(lambda w: "message.created" in w.types)
        assert slow.cut_because == "it read too slowly"
        assert "message.created" not in slow.types
    async with house.following(session, after=slow.state.session.last_seq) as back:
        assert "message.created" in back.types


async def test_a_follower_that_breaks_hurts_nobody(house: House) -> None:
    class Broken(Recorder):
        def write(self, data: bytes) -> None:
            if self.events:
                raise OSError("gone")
            super().write(data)

    session = await house.session(reply="never")
    broken = Broken(house.ada)
    broken.events = []
    async with house.following(session) as window:
        attached = house.manager.followers.attach(house.ada, session.id, None, broken)
        with pytest.raises(OSError, match="gone"):
            await attached.__aenter__()
        await house.post(session, "hello")
        await window.until(lambda w: "message.created" in w.types)


async def test_presence_tells_who_is_attached_once_for_each_interface(house: House) -> None:
    session = await house.session()
    async with house.following(session) as window:
        await window.until(lambda w: w.state.attached)
        bob = await house.user("bob", sees_all=True)
        async with house.following(session, by=bob), house.following(session, by=bob) as second:
            assert {a.user for a in second.state.attached} == {"ada", "bob"}
            await window.until(lambda w: len(w.state.attached) == 2)
            assert (await house.manager.summary(house.ada, session)).attached == ("http", "tui")
        await window.until(lambda w: len(w.state.attached) == 1)
        changes = [e.data.state for e in window.events if e.type == "presence" and e.data.user == "bob"]
        assert changes == ["attached", "detached"]
    assert house.manager.followers.attached.total() == 0


async def test_strangers_cannot_attach_and_who_was_removed_is_cut_off(house: House) -> None:
    session = await house.session()
    bob = await house.user("bob")
    with pytest.raises(SessionNotFound):
        async with house.following(session, by=bob):
            pass
    members = UpdateSession(members=(MemberChange(user_id=bob.user_id, role="reader"),))
    await house.manager.update_session(house.ada, session.id, members)
    async with house.following(session, by=bob) as window:
        await house.manager.update_session(house.ada, session.id, UpdateSession(members=()))
        await window.until(lambda w: w.ended)
        assert window.types[-1] == "session.left"
        assert "session.updated" not in window.types


async def test_who_is_taken_out_is_told_so_and_nobody_else_is(house: House) -> None:
    bob = await house.user("bob")
    session = await house.session()
    members = UpdateSession(members=(MemberChange(user_id=bob.user_id, role="reader"),))
    await house.manager.update_session(house.ada, session.id, members)
    windows = [Recorder(by) for by in (bob, house.ada)]
    async with (
        house.manager.followers.attach_all(bob, None, windows[0]),
        house.manager.followers.attach_all(house.ada, None, windows[1]),
    ):
        await house.manager.update_session(house.ada, session.id, UpdateSession(members=()))
        await windows[1].until(lambda w: "session.updated" in w.types)
    assert [(e.type, e.session_id, e.id) for e in windows[0].events[1:]] == [("session.left", session.id, None)]
    assert "session.left" not in windows[1].types


async def test_following_everything_shows_what_one_may_see_and_no_more(house: House) -> None:
    bob = await house.user("bob")
    theirs = await house.session(reply="never")
    mine = await house.manager.create_session(bob, CreateSession(reply="never"))
    recorder = Recorder(bob)
    async with house.manager.followers.attach_all(bob, None, recorder):
        start = recorder.events[-1].id
        await house.post(theirs, "secret")
        await house.post(mine, "open", by=bob)
        await recorder.until(lambda w: "message.created" in w.types)
        assert {e.session_id for e in recorder.events if e.seq} == {mine.id}
        position = recorder.events[-1].id
        assert position == start + 2
    await house.post(mine, "while away", by=bob)
    again = Recorder(bob)
    async with house.manager.followers.attach_all(bob, position, again):
        assert [e.data.content for e in again.events if e.type == "message.created"] == ["while away"]


async def test_nothing_stays_in_memory_of_a_session_that_nobody_follows(house: House) -> None:
    session = await house.session()
    async with house.following(session):
        await house.post(session, "hello")
        (await house.agent.asked()).say("part")
    async with house.following(session) as window:
        (turn,) = await house.turns(session.id)
        await house.manager.cancel_turn(house.ada, turn.id)
        await window.until(lambda w: not w.state.turns)
    assert not house.manager.followers._live


async def test_the_stream_of_a_session_that_is_deleted_ends(house: House) -> None:
    session = await house.session()
    async with house.following(session) as window:
        await house.store.delete_session(house.ada, session.id)
        await window.until(lambda w: w.ended)
        assert window.types[-1] == "session.deleted"


async def test_who_follows_everything_is_told_in_the_order_of_the_log(house: House) -> None:
    """Its cursor only grows: an event told behind a later one would be taken for one that was seen."""
    sessions = [await house.session(reply="never") for _ in range(5)]
    recorder = Recorder(house.ada)
    async with house.manager.followers.attach_all(house.ada, None, recorder):
        await asyncio.gather(*(house.post(sessions[number % 5], str(number)) for number in range(200)))
    told = [event.id for event in recorder.events if event.type == "message.created"]
    assert len(told) == 200
    assert told == sorted(told)


async def test_who_attaches_while_nobody_else_does_and_things_happen_misses_nothing(house: House) -> None:
    for _ in range(40):
        session = await house.session(reply="never")
        async with asyncio.TaskGroup() as tasks:
            for word in "abc":
                tasks.create_task(house.post(session, word))
            async with house.following(session) as window:
                await house.post(session, "last")
                await window.until(lambda w: w.state.messages and w.state.messages[-1].content == "last")
