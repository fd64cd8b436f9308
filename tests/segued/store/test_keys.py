"""Idempotency: the same key gives the same answer again, and nothing is done twice."""

from __future__ import annotations

import asyncio

import pytest

from segue.errors import IdempotencyConflict, MessageNotFound, SessionNotFound
from segue.models import CreateSession, MessageId, Place, PostMessage, SessionId, UpdateSession
from tests.segued.store.drivers import Driver, Home, members, once, open_home

SAY = (PostMessage(content="hi", respond=True),)


async def test_a_key_gives_the_same_answer_again_and_nothing_is_stored_twice(home: Home) -> None:
    session = await home.session()
    first = await home.store.add_messages(once(home.ada, "k"), session.id, SAY)
    events = len(home.commits)
    assert await home.store.add_messages(once(home.ada, "k"), session.id, SAY) == first
    assert len(home.commits) == events
    assert await home.messages(session) == ["hi"]


async def test_a_key_that_comes_many_times_at_once_is_obeyed_once(home: Home) -> None:
    session = await home.session()
    tries = [home.store.add_messages(once(home.ada, "k"), session.id, SAY) for _ in range(50)]
    answers = await asyncio.gather(*tries)
    assert len(set(answers)) == 1
    assert await home.messages(session) == ["hi"]


async def test_a_key_is_still_known_after_the_store_was_closed_and_opened(driver: Driver) -> None:
    async with open_home(driver) as home:
        session = await home.session()
        first = await home.store.add_messages(once(home.ada, "k"), session.id, SAY)
    async with open_home(driver) as home:
        assert await home.store.add_messages(once(home.ada, "k"), session.id, SAY) == first
        with pytest.raises(IdempotencyConflict):
            await home.store.add_messages(once(home.ada, "k", b"other"), session.id, SAY)


async def test_a_key_with_another_request_is_refused(home: Home) -> None:
    session = await home.session()
    await home.store.add_messages(once(home.ada, "k"), session.id, SAY)
    with pytest.raises(IdempotencyConflict, match="'k'"):
        await home.store.add_messages(once(home.ada, "k", b"another"), session.id, SAY)
    with pytest.raises(IdempotencyConflict):
        await home.store.add_session(once(home.ada, "k", b"another"), CreateSession(), "never")
    assert await home.messages(session) == ["hi"]


async def test_keys_are_each_users_own(home: Home) -> None:
    session = await home.session()
    await home.share(session)
    for by in (home.ada, home.bob):
        await home.store.add_messages(once(by, "k", by.name.encode()), session.id, SAY)
    assert await home.messages(session) == ["hi", "hi"]


async def test_a_request_that_failed_may_be_tried_again_under_its_key(home: Home) -> None:
    with pytest.raises(SessionNotFound):
        await home.store.add_messages(once(home.ada, "k"), SessionId("nowhere"), SAY)
    session = await home.session()
    await home.store.add_messages(once(home.ada, "k"), session.id, SAY)
    with pytest.raises(MessageNotFound):
        await home.store.delete_message(once(home.ada, "k2"), session.id, MessageId("nothing"))
    assert await home.messages(session) == ["hi"]


async def test_every_verb_that_writes_honours_its_key(home: Home) -> None:
    store, ada = home.store, home.ada
    here = CreateSession(place=Place(interface="irc", place="#a"))
    made, _ = await store.get_or_add_session(once(ada, "open"), here, "never")
    assert await store.get_or_add_session(once(ada, "open"), here, "never") == (made, True)
    session = await store.add_session(once(ada, "add"), CreateSession(), "never")
    said = await home.post(session, "hi", respond=True)
    first, second = said.id, (await home.post(session, "mine")).id
    verbs = {
        "add": lambda by: store.add_session(by, CreateSession(), "never"),
        "update": lambda by: store.update_session(by, session.id, UpdateSession(title="x")),
        "edit": lambda by: store.update_message(by, session.id, first, "edited"),
        "erase": lambda by: store.delete_message(by, session.id, second),
        "turn": lambda by: store.add_turn(by, session.id, None, None),
        "cancel": lambda by: store.cancel_turn(by, said.turn_id),
        "retry": lambda by: store.retry_turn(by, said.turn_id),
        "bind": lambda by: store.update_binding(by, "irc", "#b", session.id, "final"),
        "cursor": lambda by: store.update_cursor(by, "irc", "#b", 3),
        "unbind": lambda by: store.delete_binding(by, "irc", "#b"),
        "delete": lambda by: store.delete_session(by, session.id),
    }
    for key, verb in verbs.items():
        answer = await verb(once(ada, key))
        events = len(home.commits)
        assert await verb(once(ada, key)) == answer, key
        assert len(home.commits) == events, key


async def test_an_answer_is_given_again_even_where_it_could_not_be_got_now(home: Home) -> None:
    session = await home.session()
    await home.share(session)
    first = await home.store.add_messages(once(home.bob, "k"), session.id, SAY)
    await home.store.update_session(home.ada, session.id, members())
    assert await home.store.add_messages(once(home.bob, "k"), session.id, SAY) == first


async def test_keys_are_forgotten_after_their_days(home: Home) -> None:
    session = await home.session()
    await home.store.add_messages(once(home.ada, "k"), session.id, SAY)
    assert await home.store.delete_old_keys(30, 5) == 0
    assert await home.store.delete_old_keys(0, 5) == 1
    await home.store.add_messages(once(home.ada, "k", b"another"), session.id, SAY)
    assert await home.messages(session) == ["hi", "hi"]
