"""What is brought in from elsewhere: once, in its order, at its times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from segue.errors import Forbidden, Invalid, SessionNotFound
from segue.events import Snapshot, apply
from segue.models import AddContext, CreateSession
from segued.store.base import Actor, Imported, ImportedEntry, ImportedMessage, Origin
from tests.segued.store.drivers import Driver, Home, open_home

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ENTRY = ImportedEntry("context 1", AddContext(decision="we do"), LONG_AGO, "eve")


def origin(name: str = "irc/1", **fields: Any) -> Origin:
    return Origin(name, CreateSession(title="Old days"), "never", LONG_AGO, **fields)


def old(*texts: str, sender: str | None = "eve") -> tuple[ImportedMessage, ...]:
    return tuple(
        ImportedMessage(text, "user", sender, text, LONG_AGO + timedelta(minutes=n)) for n, text in enumerate(texts)
    )


async def add(home: Home, *texts: str, by: Actor | None = None, to: Origin | None = None) -> Imported:
    return await home.store.add_imported(by or home.ada, to or origin(), old(*texts), ())


async def test_messages_keep_order_times_and_senders(home: Home) -> None:
    messages = (*old("b", "a"), *old("mine", sender=None))
    done = await home.store.add_imported(home.ada, origin(), messages, (ENTRY,))
    assert (done.created, done.messages, done.entries, done.known) == (True, 3, 1, 0)
    stored = await home.store.list_messages(home.ada, done.session_id, 10)
    assert [(m.seq, m.content, m.sender, m.user_id) for m in stored] == [
        (2, "b", "eve", None),
        (3, "a", "eve", None),
        (4, "mine", "ada", home.ada.user_id),
    ]
    assert [m.created_at for m in stored] == [m.created_at for m in messages]
    session = await home.store.get_session(home.ada, done.session_id)
    assert (session.created_at, session.updated_at) == (LONG_AGO, messages[1].created_at)
    assert (session.message_count, session.last_message_preview) == (3, "mine")
    (entry,) = await home.store.list_context(home.ada, done.session_id, 0, 10)
    assert (entry.actor, entry.timestamp, entry.user_id) == ("eve", LONG_AGO, None)


async def test_each_is_an_event_and_the_events_make_the_state(home: Home) -> None:
    session = await home.session()
    state = Snapshot(session=session)
    await home.store.add_imported(home.ada, origin(into=session.id), old("a", "b"), (ENTRY,))
    assert home.types(session.id)[1:] == ["message.created", "message.created", "context.added"]
    for event in home.events:
        state = apply(state, event)
    fresh = await home.store.get_snapshot(home.ada, session.id, 50)
    assert state == fresh
    assert fresh.session.updated_at == session.updated_at  # what is old does not come to the top of the list
    replayed = await home.store.list_events(session.id, 1, 10)
    assert replayed == tuple(e for e in home.events if e.session_id == session.id)[1:]


async def test_what_is_known_is_not_added_again(home: Home) -> None:
    first = await add(home, "a", "b", "a")
    assert (first.messages, first.known) == (2, 1)
    again = await add(home, "a", "b", "c")
    assert again == Imported(first.session_id, created=False, messages=1, entries=0, known=2)
    await home.store.delete_message(home.ada, first.session_id, (await _ids(home, first))[0])
    assert (await add(home, "a")).messages == 0  # what was deleted does not come back


async def _ids(home: Home, done: Imported) -> list[Any]:
    return [m.id for m in await home.store.list_messages(home.admin, done.session_id, 10)]


async def test_everybody_brings_in_for_themselves_and_each_origin_is_a_session(home: Home) -> None:
    sessions = {
        (await add(home, "a")).session_id,
        (await add(home, "a", by=home.bob)).session_id,
        (await add(home, "a", to=origin("irc/2"))).session_id,
    }
    assert len(sessions) == 3


async def test_a_session_that_is_deleted_is_made_again(home: Home) -> None:
    first = await add(home, "a")
    await home.store.delete_session(home.ada, first.session_id)
    again = await add(home, "a")
    assert (again.created, again.messages) == (True, 1)
    assert again.session_id != first.session_id


async def test_where_one_may_not_write_any_more_a_new_session_is_made(home: Home) -> None:
    session = await home.session()
    await home.share(session)
    mine = await add(home, "a", by=home.bob, to=origin(into=session.id))
    assert mine.session_id == session.id
    assert (await add(home, "a", by=home.bob)).session_id == session.id
    await home.share(session, "reader")
    assert (await add(home, "a", by=home.bob)).created


async def test_only_who_may_write_brings_into_a_session(home: Home) -> None:
    session = await home.session()
    with pytest.raises(SessionNotFound):
        await add(home, "a", by=home.bob, to=origin(into=session.id))
    await home.share(session, "reader")
    with pytest.raises(Forbidden):
        await add(home, "a", by=home.bob, to=origin(into=session.id))
    with pytest.raises(Invalid, match="owner"):
        await add(home, "a", by=Actor(None, "nobody", "http"))
    assert await home.messages(session) == []


async def test_nobody_is_asked_and_nothing_is_unread(home: Home) -> None:
    session = await home.store.add_session(home.ada, CreateSession(), "always")
    await home.share(session)
    await add(home, "@chat are you there?", to=origin(into=session.id))
    assert await home.store.list_turns(home.ada, session.id, 5) == ()
    for by in (home.ada, home.bob):
        assert (await home.store.list_reading(by, [session.id]))[session.id].unread == 0
    await home.post(session, "news")
    assert (await home.store.list_reading(home.bob, [session.id]))[session.id].unread == 1


async def test_what_was_edited_there_says_when(home: Home) -> None:
    edited = replace(old("a")[0], edited_at=LONG_AGO + timedelta(days=1))
    done = await home.store.add_imported(home.ada, origin(), (edited,), ())
    (message,) = await home.store.list_messages(home.ada, done.session_id, 10)
    assert message.edited_at == edited.edited_at
    assert [e.data for e in home.events if e.type == "message.created"] == [message]


async def test_it_goes_on_after_a_crash(driver: Driver) -> None:
    async with open_home(driver) as home:
        first = await add(home, "a", "b")
    async with open_home(driver) as home:
        again = await add(home, "a", "b", "c")
        assert (again.session_id, again.messages, again.known) == (first.session_id, 1, 2)
        assert await home.messages(await home.store.get_session(home.ada, first.session_id)) == ["a", "b", "c"]
