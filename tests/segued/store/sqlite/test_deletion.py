"""What was deleted is in no table any more."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from segue.models import Account, AddContext, CreateSession, PostMessage, SaveMemory, UpdateSession
from segued.store.base import Actor, ChatChanges, NewItem, NewItems, NewSummary, SearchFilter
from segued.store.sqlite import sessions
from tests.segued.store.drivers import once
from tests.segued.store.sqlite.files import database, everything, home_in, opened, query


async def test_a_deleted_session_leaves_nothing_but_that_it_was_deleted(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session(title="hush", place={"interface": "irc", "place": "#a"})
        said = await home.post(session, "xyzzy one")
        await home.store.update_message(home.ada, session.id, said.id, "xyzzy two")
        await home.answer(await home.running(session, "xyzzy?"), "xyzzy!")
        await home.store.update_turn_text((await home.running(session, "xyzzy again")).id, "xyzzy ha")
        await home.store.add_context(home.ada, session.id, (AddContext(decision="xyzzy"),))
        assert (await home.store.list_hits(home.ada, "xyzzy", SearchFilter(), 5)).hits
        await home.store.delete_session(home.ada, session.id)
    path = database(tmp_path)
    for table in ("sessions", "members", "messages", "turns", "bindings", "receipts", "context", "summaries"):
        assert query(path, f"SELECT * FROM {table}") == []
    assert query(path, "SELECT type FROM events") == [("session.deleted",)]
    assert "xyzzy" not in everything(path)


async def test_the_text_of_a_deleted_message_is_nowhere(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session()
        said = await home.post(session, "xyzzy", images=("xyzzy.png",))
        await home.store.update_session(home.ada, session.id, UpdateSession(pinned=True))
        await home.store.update_message(home.ada, session.id, said.id, "xyzzy again")
        assert (await home.store.list_hits(home.ada, "xyzzy", SearchFilter(), 5)).hits
        await home.store.delete_message(home.ada, session.id, said.id)
        await home.post(session, "all is well")
    assert "xyzzy" not in everything(database(tmp_path))


async def test_the_text_of_a_summary_goes_with_the_message_that_it_covers(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session()
        said = await home.post(session, "secret")
        for after, text in ((None, "xyzzy one"), (3, "and xyzzy two")):
            new = NewSummary(after, 9, said.seq, said.created_at, 1, text, "offline", 2, 1, "estimate")
            await home.store.add_summary(once(home.ada, f"key {after}"), session.id, new)
        assert "xyzzy" in everything(database(tmp_path))
        await home.store.delete_message(home.ada, session.id, said.id)
    assert "xyzzy" not in everything(database(tmp_path))


async def test_items_are_nowhere_once_their_messages_are_deleted(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session, other = await home.session(), await home.session()
        items = tuple(NewItem(PostMessage(content=f"xyzzy {n}"), '{"xyzzy":1}') for n in range(4))
        for each in (session, other):
            await home.store.add_items(once(home.ada, each.id), (NewItems(each.id, items),))
        first, *_ = await home.store.list_messages(home.ada, session.id, 5)
        await home.store.delete_message(home.ada, session.id, first.id)
        await home.store.pop_item(home.ada, session.id)
        await home.store.clear_items(home.ada, session.id, None, 5)
        await home.store.delete_session(home.ada, other.id)
        await home.post(session, "all is well")
    assert "xyzzy" not in everything(database(tmp_path))


async def test_what_a_key_answered_is_deleted_with_the_message_and_the_session(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session()
        by = once(home.ada, "k")
        said = await home.post(session, "xyzzy", by=by)
        await home.store.delete_message(home.ada, session.id, said.id)
        assert "xyzzy" not in everything(database(tmp_path))
        again = await home.post(session, "xyzzy", by=by)
        assert (again.id, again.content, again.deleted) == (said.id, "", True)
        await home.store.delete_session(home.ada, session.id)
    assert query(database(tmp_path), "SELECT * FROM keys") == []


async def test_a_deleted_token_and_a_used_code_are_gone(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        token = await home.store.add_token(home.ada, "mine", None, ("read",))
        link = await home.store.add_link(home.ada, 600)
        shown = everything(database(tmp_path))
        assert token.token not in shown
        assert link.code not in shown
        await home.store.delete_token(home.ada, token.id)
        await home.store.add_identity(home.ada, link.code, Account(interface="irc", external_id="a"))
    path = database(tmp_path)
    assert query(path, "SELECT * FROM tokens") == query(path, "SELECT * FROM links") == []


async def test_the_text_of_a_deleted_memory_is_nowhere(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        by = once(home.ada, "k")
        for value in ("xyzzy one", "xyzzy two"):
            await home.store.save_memory(by, "p", SaveMemory(key="k", value=value, metadata={"note": "xyzzy"}))
            assert await home.store.list_memory_hits(home.ada, "p", "xyzzy", 5)
            by = home.ada
        await home.store.delete_memory(home.ada, "p", "k")
        await home.store.save_memory(home.ada, "p", SaveMemory(key="other", value="all is well"))
    path = database(tmp_path)
    assert "xyzzy" not in everything(path)
    assert [kind for (kind,) in query(path, "SELECT type FROM events")] == ["memory.deleted", "memory.saved"]
    for index in ("words", "term_trigrams"):
        query(path, f"INSERT INTO {index} ({index}) VALUES ('integrity-check')")


async def test_the_items_of_a_conversation_that_is_rewritten_are_nowhere(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        kept, gone = (
            NewItem(PostMessage(content=text), f'{{"role":"user","content":"{text}","note":"{text} note"}}')
            for text in ("kept", "xyzzy")
        )
        chat_id = await home.store.add_chat(once(home.ada, "k"), CreateSession(), (kept, gone))
        await home.store.add_chat_items(once(home.ada, "l"), chat_id, (gone,))
        await home.store.update_chat(once(home.ada, "m"), chat_id, ChatChanges("Renamed"))
        await home.store.update_chat(home.ada, chat_id, ChatChanges(conversation=(kept,)))
        assert "xyzzy" not in everything(database(tmp_path))
        await home.store.delete_session(home.ada, chat_id)
    assert query(database(tmp_path), "SELECT * FROM message_items") == []
    assert "kept" not in everything(database(tmp_path))


async def test_a_long_session_is_deleted_some_messages_at_a_time_and_others_write_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_SLICE", 3)
    async with home_in(tmp_path) as home:
        long, other = await home.session(), await home.session()
        await home.store.add_messages(home.ada, long.id, (PostMessage(content="xyzzy"),) * 50)
        assert (await home.store.list_hits(home.admin, "xyzzy", SearchFilter(), 5)).hits
        async with asyncio.TaskGroup() as tasks:
            deleting = tasks.create_task(home.store.delete_session(home.ada, long.id))
            while not home.types(long.id).count("session.deleted"):
                await home.post(other, "in between")
            assert not deleting.done()
            assert (await home.store.list_hits(home.admin, "xyzzy", SearchFilter(), 5)).hits == ()
        assert "xyzzy" not in everything(database(tmp_path))


async def test_what_a_crash_has_left_of_a_deleted_session_is_deleted_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_SLICE", 3)
    async with opened(database(tmp_path)) as store:
        user = await store.add_user("ada")
        ada = Actor(user.id, "ada", "tui")
        session = await store.add_session(ada, CreateSession(), "never")
        await store.add_messages(ada, session.id, (PostMessage(content="xyzzy"),) * 9)
        await store._delete_session(ada, session.id)
        assert "xyzzy" in everything(database(tmp_path))
    async with opened(database(tmp_path)) as store:
        await store.finish_deletions()
    assert "xyzzy" not in everything(database(tmp_path))
    assert query(database(tmp_path), "SELECT * FROM unfinished_deletions") == []
