"""Message objects come back as they were given, and stay messages of one conversation with all the others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from segue.errors import SessionNotFound
from segue.events import apply
from segue.models import CreateSession, Place, PostMessage, Session
from segued import items
from segued.store.base import Actor, ChatChanges, NewItem, chat_place
from tests.segued.store.drivers import Home, once


def given(*texts: str, **fields: Any) -> tuple[NewItem, ...]:
    """Items of the user's with these texts; `fields` are what they hold besides."""
    return tuple(_item(_object(text) | fields) for text in texts)


def _item(value: dict[str, Any]) -> NewItem:
    post = PostMessage(content=value["content"], respond=False)
    return NewItem(post, items.kept(items.dump(value), value, post.role, post.content))


def _object(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


async def conversation(home: Home, chat: Session, by: Actor | None = None) -> list[dict[str, Any]]:
    return [json.loads(item.text) for item in await home.store.list_chat_items(by or home.ada, chat.id, 0, 500)]


async def chat_of(home: Home, given: tuple[NewItem, ...] = ()) -> Session:
    """Return a new chat of ada's."""
    return await home.store.get_chat(home.ada, await home.store.add_chat(home.ada, CreateSession(), given))


async def change(home: Home, chat: Session, *changes: Any, **fields: Any) -> Session:
    await home.store.update_chat(home.ada, chat.id, ChatChanges(*changes, **fields))
    return await home.store.get_chat(home.ada, chat.id)


async def rewrite(home: Home, chat: Session, *messages: NewItem) -> Session:
    return await change(home, chat, conversation=messages)


async def test_what_was_given_comes_back_as_given_and_is_told_as_messages(home: Home) -> None:
    fields = {"mood": "good", "parts": [{"n": 1.5}, None], "big": 2**70, "said": "one"}
    said = given("one", "two", **fields)
    chat = await chat_of(home, said)
    assert await conversation(home, chat) == [_object(text) | fields for text in ("one", "two")]
    assert home.types(chat.id) == ["session.created", "message.created", "message.created"]
    assert (chat.reply, chat.message_count, chat.last_message_preview) == ("never", 2, "two")


async def test_what_came_another_way_is_part_of_it(home: Home) -> None:
    chat = await chat_of(home, given("one", x=1))
    await home.post(chat, "from the terminal")
    await home.answer(await home.running(chat), "because")
    assert await conversation(home, chat) == [
        _object("one") | {"x": 1},
        _object("from the terminal"),
        _object("why?"),
        {"role": "assistant", "content": "because"},
    ]


async def test_pages_follow_each_other(home: Home) -> None:
    chat = await chat_of(home, given("one", "two", "three"))
    first = await home.store.list_chat_items(home.ada, chat.id, 0, 2)
    rest = await home.store.list_chat_items(home.ada, chat.id, first[-1].seq, 2)
    assert [json.loads(item.text)["content"] for item in (*first, *rest)] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        (["one", "two", "three", "four"], 3),
        (["one", "two", "three"], 3),
        (["one"], 1),
        ([], 0),
        (["two", "three"], 2),
        (["one", "three", "four"], 2),
        (["one", "2", "three"], 1),
        (["three", "two", "one"], 1),
        (["other"], 0),
    ],
)
async def test_a_conversation_becomes_what_is_given_and_keeps_what_it_can(
    home: Home, texts: list[str], kept: int
) -> None:
    chat = await chat_of(home, given("one", "two", "three"))
    before = await home.store.get_snapshot(home.ada, chat.id, 50)
    seen = len(home.events)
    changed = await rewrite(home, chat, *given(*texts))
    assert [message["content"] for message in await conversation(home, chat)] == texts
    after = await home.store.get_snapshot(home.ada, chat.id, 50)
    assert len({m.id for m in after.messages} & {m.id for m in before.messages}) == kept
    state = before
    for event in home.events[seen:]:
        state = apply(state, event)
    assert state == after
    assert after.session == changed


async def test_the_same_conversation_again_changes_nothing(home: Home) -> None:
    chat = await chat_of(home, given("one", x=1))
    seen = len(home.events)
    assert await rewrite(home, chat, *given("one", x=1)) == chat
    assert home.events[seen:] == []


async def test_an_object_that_says_more_than_before_stays_the_same_message(home: Home) -> None:
    chat = await chat_of(home, given("one"))
    for fields in ({"x": 1}, {"x": 2, "y": []}, {}):
        seen = len(home.events)
        changed = await rewrite(home, chat, *given("one", **fields))
        assert await conversation(home, chat) == [_object("one") | fields]
        assert [event.type for event in home.events[seen:]] == ["session.updated"]
        assert changed.updated_at > chat.updated_at
    assert await home.messages(chat) == ["one"]


async def test_title_and_archive_change_in_the_same_step(home: Home) -> None:
    chat = await chat_of(home)
    changed = await change(home, chat, "New", archived=True, conversation=given("one"))
    assert (changed.title, changed.archived, changed.message_count) == ("New", True, 1)
    back = await change(home, chat, archived=False)
    assert (back.title, back.archived) == ("New", False)


async def test_a_message_that_is_edited_is_given_back_edited(home: Home) -> None:
    chat = await chat_of(home, given("one", x=1))
    (message,) = await home.store.list_messages(home.ada, chat.id, 5)
    await home.store.update_message(home.ada, chat.id, message.id, "another")
    assert await conversation(home, chat) == [_object("another") | {"x": 1}]


async def test_a_question_that_is_rewritten_is_not_answered_any_more(home: Home) -> None:
    chat = await chat_of(home)
    await home.post(chat, "why?", respond=True)
    await rewrite(home, chat, *given("why not?"))
    (turn,) = await home.store.list_turns(home.ada, chat.id, 5)
    assert turn.state == "cancelled"


async def test_a_long_conversation_is_rewritten_at_once(home: Home) -> None:
    texts = [f"message {n}" for n in range(2000)]
    chat = await chat_of(home, given(*texts))
    changed = await rewrite(home, chat, *given("summary", *texts[-3:]))
    assert changed.message_count == 4
    assert await home.messages(chat) == ["summary", *texts[-3:]]


async def test_a_key_makes_one_chat_and_one_message(home: Home) -> None:
    by = once(home.ada, "k")
    ids = {await home.store.add_chat(by, CreateSession(), given("one", x=1)) for _ in range(2)}
    (chat_id,) = ids
    by = once(home.ada, "l")
    for _ in range(2):
        await home.store.add_chat_items(by, chat_id, given("two", x=2))
    chat = await home.store.get_chat(home.ada, chat_id)
    assert await conversation(home, chat) == [_object("one") | {"x": 1}, _object("two") | {"x": 2}]


async def test_a_chat_is_its_owners_alone(home: Home) -> None:
    chat = await chat_of(home, given("mine"))
    await home.share(chat)
    for by in (home.bob, home.admin, Actor(None, "nobody", "http")):
        with pytest.raises(SessionNotFound):
            await home.store.get_chat(by, chat.id)
        with pytest.raises(SessionNotFound):
            await home.store.list_chat_items(by, chat.id, 0, 5)
        with pytest.raises(SessionNotFound):
            await home.store.update_chat(by, chat.id, ChatChanges("theirs"))


async def test_everybody_has_names_of_their_own(home: Home) -> None:
    for by in (home.ada, home.bob):
        interface, place = chat_place(by, "main")
        here = CreateSession(place=Place(interface=interface, place=place))
        session, new = await home.store.get_or_add_session(by, here, "never")
        assert new
        assert (await home.store.get_chat(by, "main")).id == session.id
    with pytest.raises(SessionNotFound):
        await home.store.get_chat(home.admin, "main")
