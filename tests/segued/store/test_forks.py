"""A session that is copied, while it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from segue.errors import Invalid, MessageNotFound, SessionNotFound, Stopping
from segue.models import AddContext, CreateSession, ForkSession, PostMessage, Session
from segued.store.base import Actor, ImportedMessage, Origin, SearchFilter, SessionFilter
from segued.store.sqlite import forks
from tests.segued.store.drivers import Driver, Home, once, open_home


async def fork(home: Home, session: Session, by: Actor | None = None, **upto: Any) -> Session:
    return await home.store.fork_session(by or home.ada, session.id, ForkSession(**upto))


async def furnished(home: Home, count: int = 5) -> Session:
    """Return a session of ada's with messages and an entry of the context behind them."""
    session = await home.session(title="Plans", project_id="p")
    posts = tuple(PostMessage(content=f"message {n}", images=("x",)) for n in range(count))
    for start in range(0, count, 500):
        await home.store.add_messages(home.ada, session.id, posts[start : start + 500])
    await home.store.add_context(home.ada, session.id, (AddContext(decision="we do"),))
    return await home.store.get_session(home.ada, session.id)


async def test_the_copy_has_what_was_there_and_says_from_where(home: Home) -> None:
    session = await furnished(home)
    copy = await fork(home, session)
    assert (copy.title, copy.project_id, copy.message_count) == ("Plans (fork)", "p", 5)
    assert copy.last_message_preview == "message 4"
    assert copy.forked_from is not None
    assert copy.forked_from.model_dump() == {"session_id": session.id, "seq": session.last_seq, "title": "Plans"}
    theirs = await home.store.list_messages(home.ada, session.id, 500)
    copies = await home.store.list_messages(home.ada, copy.id, 500)
    assert [m.model_copy(update={"id": "", "session_id": ""}) for m in copies] == [
        m.model_copy(update={"id": "", "session_id": ""}) for m in theirs
    ]
    assert {m.id for m in copies}.isdisjoint(m.id for m in theirs)
    (entry,) = await home.store.list_context(home.ada, copy.id, 0, 10)
    assert entry.decision == "we do"
    assert await home.store.list_bindings(home.ada, copy.id) == ()


async def test_it_goes_up_to_where_one_says(home: Home) -> None:
    session = await furnished(home)
    third = (await home.store.list_messages(home.ada, session.id, 500))[2]
    for upto in ({"upto_seq": third.seq}, {"message_id": third.id}):
        copy = await fork(home, session, title="Other plans", **upto)
        assert (copy.title, copy.message_count, copy.last_seq) == ("Other plans", 3, third.seq + 1)
        assert await home.messages(copy) == ["message 0", "message 1", "message 2"]
        assert await home.store.list_context(home.ada, copy.id, 0, 10) == ()
    nothing = await fork(home, session, upto_seq=0)
    assert (nothing.message_count, nothing.last_message_preview) == (0, "")
    with pytest.raises(Invalid, match="last event"):
        await fork(home, session, upto_seq=1000)
    with pytest.raises(MessageNotFound):
        await fork(home, session, message_id="nothing")


async def test_each_goes_on_by_itself(home: Home) -> None:
    session = await furnished(home, 2)
    copy = await fork(home, session)
    await home.post(copy, "here")
    await home.post(session, "there")
    assert await home.messages(copy) == ["message 0", "message 1", "here"]
    assert await home.messages(session) == ["message 0", "message 1", "there"]
    events = await home.store.list_events(copy.id, 0, 10)
    assert [(e.seq, e.type) for e in events] == [
        (copy.last_seq, "session.created"),
        (copy.last_seq + 1, "message.created"),
    ]
    await home.store.delete_session(home.ada, session.id)
    assert len(await home.messages(copy)) == 3


async def test_who_reads_a_session_may_copy_it_into_their_own(home: Home) -> None:
    session = await furnished(home)
    with pytest.raises(SessionNotFound):
        await fork(home, session, by=home.bob)
    await home.share(session, "reader")
    copy = await fork(home, session, by=home.bob)
    assert [(m.name, m.role) for m in copy.members] == [("bob", "owner")]
    assert (await home.store.list_reading(home.bob, [copy.id]))[copy.id].unread == 0
    with pytest.raises(SessionNotFound):
        await home.store.get_session(home.ada, copy.id)
    assert (await home.store.list_sessions(home.bob, SessionFilter(), 10, 0))[1] == 2


async def test_what_was_deleted_is_not_in_it_and_words_are_found(home: Home) -> None:
    session = await furnished(home)
    for message in (await home.store.list_messages(home.ada, session.id, 500))[3:]:
        await home.store.delete_message(home.ada, session.id, message.id)
    copy = await fork(home, session)
    assert (copy.message_count, copy.last_message_preview) == (3, "message 2")
    found = await home.store.list_hits(home.ada, "message", SearchFilter(session_id=copy.id), 10)
    assert len(found.hits) == 3


async def test_bridged_and_imported_messages_are_copied_without_their_names(home: Home) -> None:
    old = ImportedMessage("1", "user", "eve", "hi", datetime(2020, 1, 1, tzinfo=UTC))
    session = await furnished(home, 1)
    origin = Origin("irc/1", CreateSession(), "never", old.created_at, into=session.id)
    assert (await home.store.add_imported(home.ada, origin, (old,), ())).messages == 1
    copy = await fork(home, await home.store.get_session(home.ada, session.id))
    last = (await home.store.list_messages(home.ada, copy.id, 10))[-1]
    assert (last.content, last.created_at, last.place) == ("hi", old.created_at, None)


async def test_the_same_key_gives_the_same_copy(home: Home) -> None:
    session = await furnished(home)
    by = once(home.ada, "k")
    assert await fork(home, session, by=by) == await fork(home, session, by=by)
    assert (await home.store.list_sessions(home.ada, SessionFilter(), 10, 0))[1] == 2


# --- long ones: copied in slices


@pytest.fixture
def slices(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a long session be one of more than three messages."""
    monkeypatch.setattr(forks, "_SLICE", 3)
    return


@pytest.mark.usefixtures("slices")
async def test_a_long_one_is_copied_whole(home: Home) -> None:
    session = await furnished(home, 20)
    before = len(home.commits)
    copy = await fork(home, session)
    assert await home.messages(copy) == await home.messages(session)
    assert [e.type for e in home.events[before:]] == ["session.created"]
    again = await fork(home, session, by=once(home.ada, "k"))
    assert await fork(home, session, by=once(home.ada, "k")) == again
    found = await home.store.list_hits(home.ada, "message", SearchFilter(), 100)
    assert len({hit.message.session_id for hit in found.hits}) == 3
    assert len({hit.message.id for hit in found.hits}) == len(found.hits)


@pytest.mark.usefixtures("slices")
async def test_what_is_changed_while_it_is_copied_is_as_it_is_at_the_end(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await furnished(home, 10)
    messages = await home.store.list_messages(home.ada, session.id, 500)
    steps = 0
    copy_some: Any = home.store._copy_fork  # type: ignore[attr-defined]

    async def and_meanwhile(*args: Any) -> Any:
        nonlocal steps
        copied = await copy_some(*args)
        steps += 1
        if steps == 2:
            await home.store.list_hits(home.ada, "message", SearchFilter(), 10)  # all of it is in the index now
            await home.store.update_message(home.ada, session.id, messages[0].id, "changed")
            await home.store.delete_message(home.ada, session.id, messages[1].id)
            await home.post(session, "later")
        return copied

    monkeypatch.setattr(home.store, "_copy_fork", and_meanwhile)
    copy = await fork(home, session)
    assert await home.messages(copy) == ["changed", *(f"message {n}" for n in range(2, 10))]
    assert copy.message_count == 9
    found = await home.store.list_hits(home.ada, "message 1", SearchFilter(session_id=copy.id), 100)
    assert "message 1" not in [hit.message.content for hit in found.hits]


@pytest.mark.usefixtures("slices")
async def test_a_copy_that_comes_to_nothing_leaves_nothing(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_home(driver) as home:
        session = await furnished(home, 10)

        async def fail(*args: Any) -> None:
            await home.store.list_hits(home.ada, "message", SearchFilter(), 10)
            raise Stopping("no more")

        for verb in ("_end_fork", "_drop_fork"):  # the second time it cannot even clean up, as in a crash
            monkeypatch.setattr(home.store, verb, fail)
            with pytest.raises(Stopping):
                await fork(home, session)
        assert (await home.store.list_sessions(home.admin, SessionFilter(), 10, 0))[1] == 1
        last = await home.store.get_last_position()
    async with open_home(driver) as home:
        assert await home.store.get_last_position() >= last
        await home.post(session, "message after it")
        assert len(await home.messages(session)) == 11
        found = await home.store.list_hits(home.ada, "message", SearchFilter(), 100)
        assert {hit.message.session_id for hit in found.hits} == {session.id}
        assert "message after it" in [hit.message.content for hit in found.hits]
        assert await home.messages(await fork(home, session)) == await home.messages(session)
