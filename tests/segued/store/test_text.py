"""Whatever is text comes back exactly, over every way out of the store."""

from __future__ import annotations

import pytest

from segue.models import PREVIEW_LENGTH
from segued.store.base import SearchFilter
from tests.segued.store.drivers import Driver, once, open_home

TEXTS = {
    "empty": "",
    "blanks": " \t\r\n\u00a0\u2028\ufeff",
    "nul": "before\x00after\x00",
    "only nul": "\x00",
    "controls": "".join(map(chr, range(32))) + "\x7f\x85",
    "right to left": "שלום \u202eמימין לשמאל\u202c عربي",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🦆",
    "combining": "e" + "\u0301" * 100_000,
    "not characters": "\ufffe\uffff\U0010ffff",
    "decomposed": "e\u0301 is not é",
    "sql": "'; DROP TABLE messages; -- \\ % _",
    "json": '{"a": "\\u0000"}',
    "a mebibyte": ("x" * 1023 + "\n") * 1024,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_text_comes_back_exactly(driver: Driver, text: str) -> None:
    async with open_home(driver) as home:
        session = await home.session()
        said = await home.post(session, text)
        edited = await home.post(session, "before")
        await home.store.update_message(home.ada, session.id, edited.id, text)
        await home.answer(await home.running(session, text), text or "nothing")
        assert home.events[-4].seq is not None
    async with open_home(driver) as home:
        contents = [text, text, text, text or "nothing"]
        assert await home.messages(session) == contents
        assert (await home.store.get_message(home.ada, session.id, said.id)).content == text
        snapshot = await home.store.get_snapshot(home.ada, session.id, 50)
        assert [message.content for message in snapshot.messages] == contents
        assert snapshot.session.last_message_preview == contents[-1][:PREVIEW_LENGTH]
        events = await home.store.list_events(session.id, 0, 100)
        assert [e.data.content for e in events if e.type == "message.created"] == contents
        assert [e.data.content for e in events if e.type == "message.updated"] == [text]
        for _ in range(2):
            by = once(home.ada, "k")
            assert (await home.post(session, text, by=by)).content == text
        await home.store.list_hits(home.ada, text[:500], SearchFilter(), 10)
        await home.store.delete_session(home.ada, session.id)


async def test_the_half_finished_answer_comes_back_exactly(driver: Driver) -> None:
    async with open_home(driver) as home:
        session = await home.session()
        turn = await home.running(session)
        for text in TEXTS.values():
            await home.store.update_turn_text(turn.id, text)
            assert await home.store.get_partial_text(turn.id) == text


async def test_titles_and_names_come_back_exactly(driver: Driver) -> None:
    async with open_home(driver) as home:
        title = TEXTS["right to left"] + TEXTS["emoji"]
        session = await home.session(title=title, project_id=title, workspace_path="/a\x00b")
        read = await home.store.get_session(home.ada, session.id)
        assert (read.title, read.project_id, read.workspace_path) == (title, title, "/a\x00b")
        user = await home.store.add_user(title, ("irc", title))
        assert await home.store.get_user_of("irc", title) == user
