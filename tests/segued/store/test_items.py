"""Items: kept beside their messages, together and in order, and gone with them."""

from __future__ import annotations

import asyncio

from segue.events import Snapshot, apply
from segue.models import ItemsAdded, ItemsRefused, PostMessage, Session
from segued.store.base import Actor, NewItem, NewItems
from tests.segued.store.drivers import Home, members, once

CALL = '{"type":"function_call","name":"look","arguments":"{}"}'


def new(text: str, kept: str | None = None) -> NewItem:
    return NewItem(PostMessage(content=text, respond=False), kept)


async def add(home: Home, session: Session, *items: NewItem, by: Actor | None = None) -> ItemsAdded | ItemsRefused:
    (outcome,) = await home.store.add_items(by or home.ada, (NewItems(session.id, items),))
    return outcome


async def texts(home: Home, session: Session, limit: int = 100) -> list[str]:
    return list((await home.store.list_items(home.ada, session.id, limit)).texts)


async def test_an_item_is_a_message_with_what_it_does_not_say_kept_beside_it(home: Home) -> None:
    session = await home.session(reply="always")
    outcome = await add(home, session, new("hi"), new("look({})", CALL), new("so", '{"text":\x1a,"n":1}'))
    assert outcome == ItemsAdded(added=3, last_seq=4)
    assert home.types(session.id) == ["session.created", *["message.created"] * 3]
    assert await home.messages(session) == ["hi", "look({})", "so"]
    assert await texts(home, session) == ['{"role":"user","content":"hi"}', CALL, '{"text":"so","n":1}']


async def test_pages_go_backwards_from_the_end(home: Home) -> None:
    session = await home.session()
    await add(home, session, *(new(str(n)) for n in range(5)))
    last = await home.store.list_items(home.ada, session.id, 2)
    before = await home.store.list_items(home.ada, session.id, 4, last.before_seq)
    assert [text[-4:] for text in (*before.texts, *last.texts)] == ['"0"}', '"1"}', '"2"}', '"3"}', '"4"}']
    assert (last.before_seq is None, before.before_seq) == (False, None)


async def test_what_is_refused_in_one_session_leaves_the_others_be(home: Home) -> None:
    mine, theirs, shared = [await home.session(by=by) for by in (home.ada, home.bob, home.ada)]
    await home.store.update_session(home.bob, theirs.id, members((home.ada, "reader")))
    gone = await home.session()
    await home.store.delete_session(home.ada, gone.id)
    additions = tuple(NewItems(s.id, (new("a"), new("b"))) for s in (mine, theirs, gone, shared, mine))
    outcomes = await home.store.add_items(home.ada, additions)
    assert [o.error["code"] if isinstance(o, ItemsRefused) else o.last_seq for o in outcomes] == [
        3, "forbidden", "session_not_found", 3, 5,
    ]  # fmt: skip
    assert await home.messages(mine) == ["a", "b", "a", "b"]
    assert await home.messages(theirs) == []


async def test_many_who_add_at_once_lose_nothing_and_each_call_stays_together(home: Home) -> None:
    session = await home.session()
    await home.share(session)
    calls = [(by, n) for n in range(50) for by in (home.ada, home.bob)]
    await asyncio.gather(
        *(add(home, session, *(new(f"{by.name} {n} {i}", f'"{i}"') for i in range(3)), by=by) for by, n in calls)
    )
    said = await home.messages(session)
    assert len(said) == 300
    for first in range(0, 300, 3):
        call = said[first].removesuffix(" 0")
        assert said[first : first + 3] == [f"{call} {i}" for i in range(3)]
    assert await texts(home, session, 3) == ['"0"', '"1"', '"2"']
    events = await home.store.list_events(session.id, 0, 1000)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


async def test_the_same_key_adds_once_and_pops_the_same(home: Home) -> None:
    session = await home.session()
    await home.post(session, "first")
    for _ in range(2):
        assert await add(home, session, new("a", CALL), by=once(home.ada, "add")) == ItemsAdded(added=1, last_seq=3)
    assert len(await texts(home, session)) == 2
    for _ in range(2):
        assert (await home.store.pop_item(once(home.ada, "pop"), session.id)).text == CALL
    assert await home.messages(session) == ["first"]


async def test_popping_takes_the_last_message_whoever_said_it_until_there_is_none(home: Home) -> None:
    session = await home.session()
    await add(home, session, new("a", CALL))
    await home.post(session, "b", role="assistant", images=("http://x/y.png",))
    await home.post(session, "c", role="tool", sender="look")
    popped = [(await home.store.pop_item(home.ada, session.id)).text for _ in range(4)]
    image = '{"type":"input_image","detail":"auto","image_url":"http://x/y.png"}'
    assert popped == [
        '{"role":"user","content":"[Result of the tool look]\\nc"}',
        f'{{"role":"assistant","content":[{{"type":"input_text","text":"b"}},{image}]}}',
        CALL,
        None,
    ]
    assert home.types(session.id).count("message.deleted") == 3


async def test_clearing_goes_on_under_its_key_and_takes_only_what_was_there(home: Home) -> None:
    session = await home.session()
    before = await home.store.get_snapshot(home.ada, session.id, 100)
    await add(home, session, *(new(str(n), CALL) for n in range(5)))
    first = await home.store.clear_items(once(home.ada, "k"), session.id, None, 2)
    await add(home, session, new("later"))
    assert await home.store.clear_items(once(home.ada, "k"), session.id, None, 2) == first
    assert (first.is_left, await home.messages(session)) == (True, ["2", "3", "4", "later"])
    last = await home.store.clear_items(home.ada, session.id, first.upto_seq, 10)
    assert (last.is_left, await home.messages(session)) == (False, ["later"])
    state: Snapshot = before
    for event in home.events:
        state = apply(state, event)
    assert state == await home.store.get_snapshot(home.ada, session.id, 100)


async def test_an_edited_message_says_so_as_an_item_and_a_call_stays_what_it_was(home: Home) -> None:
    session = await home.session()
    parts = '{"id":"m","role":"user","content":[{"type":"output_text","text":\x1a}]}'
    await add(home, session, new("user", '{"id":"x","role":\x1a,"content":"user"}'), new("b", parts), new("c", CALL))
    for message in await home.store.list_messages(home.ada, session.id, 10):
        await home.store.update_message(home.ada, session.id, message.id, f"new {message.content}")
    assert await texts(home, session) == [
        '{"id":"x","role":"user","content":"new user"}',
        '{"id":"m","role":"user","content":[{"type":"output_text","text":"new b"}]}',
        CALL,
    ]
