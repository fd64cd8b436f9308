from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from segue.models import PostMessage, SaveMemory, Session, UpdateSession
from segued.store.base import SearchFilter
from tests.segued.store.drivers import Driver, Home, members, open_home


async def found(home: Home, query: str, session: Session | None = None, limit: int = 10, **where: Any) -> list[str]:
    only = SearchFilter(session_id=session.id if session else None, **where)
    page = await home.store.list_hits(home.ada, query, only, limit)
    return [hit.message.content for hit in page.hits]


async def test_a_message_is_found_as_soon_as_it_is_stored(home: Home) -> None:
    session = await home.session(title="Plans")
    said = await home.post(session, "the lighthouse keeper sings")
    (hit,) = (await home.store.list_hits(home.ada, "lighthouse", SearchFilter(), 10)).hits
    assert (hit.message, hit.session_title) == (said, "Plans")
    assert hit.snippet == "the ⟦lighthouse⟧ keeper sings"


async def test_the_best_match_comes_first(home: Home) -> None:
    session = await home.session()
    await home.post(session, "the harbour, where a great many other things were talked about for a very long time")
    await home.post(session, "nothing of the kind")
    await home.post(session, "harbour lights in the harbour")
    assert (await found(home, "harbour lights"))[0] == "harbour lights in the harbour"
    assert len(await found(home, "harbour")) == 2
    assert len(await found(home, "harbour", limit=1)) == 1


@pytest.mark.parametrize("query", ["sing", "singing", "SINGS", "lighthou", "ighthous", "cafe", "Über", "ber den"])
async def test_stems_parts_of_words_and_accents_are_found(home: Home, query: str) -> None:
    session = await home.session()
    await home.post(session, "the lighthouse keeper sings über den wolken in the café")
    await home.post(session, "unrelated")
    assert len(await found(home, query)) == 1


@pytest.mark.parametrize(
    "query",
    ['"', "'", "AND", "* OR (", "NEAR(a b)", "a:b", "-x", "^y", '"quoted', "col : x", ";--", "\x00", "🦆", "  "],
)
async def test_what_a_person_types_is_never_a_query_language(home: Home, query: str) -> None:
    session = await home.session()
    await home.post(session, "plain words")
    assert await found(home, query) == []


async def test_operators_are_words_like_others(home: Home) -> None:
    session = await home.session()
    await home.post(session, 'say "yes" AND mean it')
    assert len(await found(home, '"yes" AND (NOT *')) == 1


async def test_other_scripts_are_found(home: Home) -> None:
    session = await home.session()
    for text in ("שלום עולם", "Привет, мир", "今日は天気がいいですね", "naïve 🦆 duck"):
        await home.post(session, text)
    for query in ("שלום", "мир", "天気が", "duck"):
        assert len(await found(home, query)) == 1


async def test_an_edited_message_is_found_by_its_new_words_only(home: Home) -> None:
    session = await home.session()
    said = await home.post(session, "the old wording")
    assert len(await found(home, "old")) == 1
    await home.store.update_message(home.ada, session.id, said.id, "a fresh phrase")
    assert await found(home, "old wording") == []
    assert await found(home, "fresh") == ["a fresh phrase"]
    assert await found(home, "resh phr") == ["a fresh phrase"]


async def test_a_message_edited_before_it_was_indexed_is_found_by_its_new_words_only(home: Home) -> None:
    session = await home.session()
    said = await home.post(session, "the old wording")
    await home.store.update_message(home.ada, session.id, said.id, "a fresh phrase")
    assert await found(home, "old wording") == []
    assert await found(home, "fresh") == ["a fresh phrase"]


@pytest.mark.parametrize("indexed", [True, False])
async def test_a_deleted_message_is_not_found(home: Home, indexed: bool) -> None:
    session = await home.session()
    said = await home.post(session, "a secret")
    if indexed:
        assert len(await found(home, "secret")) == 1
    await home.store.delete_message(home.ada, session.id, said.id)
    await home.post(session, "another secret")
    assert await found(home, "secret") == ["another secret"]


async def test_a_deleted_session_is_not_found(home: Home) -> None:
    session = await home.session()
    await home.post(session, "a secret")
    assert len(await found(home, "secret")) == 1
    await home.post(session, "not yet indexed secret")
    await home.store.delete_session(home.ada, session.id)
    other = await home.session()
    await home.post(other, "unrelated")
    assert await found(home, "secret") == []


async def test_a_search_can_be_kept_to_a_session_or_a_project(home: Home) -> None:
    here, there = await home.session(project_id="p"), await home.session(project_id="q")
    await home.post(here, "duck here")
    await home.post(there, "duck there")
    assert await found(home, "duck", here) == ["duck here"]
    assert await found(home, "duck", project_id="q") == ["duck there"]
    assert await found(home, "duck", here, project_id="q") == []


async def test_nobody_finds_what_is_said_where_they_are_no_member(home: Home) -> None:
    session = await home.session(by=home.bob)
    await home.post(session, "duck", by=home.bob)
    assert await found(home, "duck") == []
    assert len((await home.store.list_hits(home.admin, "duck", SearchFilter(), 10)).hits) == 1
    await home.store.update_session(home.bob, session.id, members((home.ada, "reader")))
    assert await found(home, "duck") == ["duck"]


async def test_more_messages_than_one_round_of_indexing_takes_are_all_found(driver: Driver) -> None:
    async with open_home(driver) as home:
        session = await home.session()
        for start in range(0, 1200, 400):
            posts = [f"duck number{number}" for number in range(start, start + 400)]
            await home.store.add_messages(home.ada, session.id, tuple(PostMessage(content=p) for p in posts))
        assert len(await found(home, "number1199")) == 1
    async with open_home(driver) as home:
        assert (await found(home, "number7"))[0] == "duck number7"


async def test_a_long_message_shows_the_part_that_matched(home: Home) -> None:
    session = await home.session()
    await home.post(session, "filler " * 500 + "needle " + "filler " * 500)
    (hit,) = (await home.store.list_hits(home.ada, "needle", SearchFilter(), 10)).hits
    assert "⟦needle⟧" in hit.snippet
    assert hit.snippet.startswith("…")
    assert hit.snippet.endswith("…")
    assert len(hit.snippet) < 300


async def test_a_long_word_is_found_whole_and_by_its_parts_however_often_it_says_the_same(home: Home) -> None:
    session = await home.session()
    word = "abcdefghij" * 20
    await home.post(session, f"{word} " * 2000)
    for query in (word, word[:150], word[3:60], f"{word} " * 3):
        assert len(await found(home, query)) == 1
    assert await found(home, "jihgfedcba" * 5) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("lighthuose", "the lighthouse keeper"),
        ("lihgthouse keeper", "the lighthouse keeper"),
        ("authentification", "authentication is done"),
        ("kuberntes", "we run kubernetes"),
        ("depoly", "deploy on Friday"),
        ("Прмвет", "Привет, мир"),
        ("tset", "a test"),
    ],
)
async def test_a_misspelt_word_is_found_where_nothing_is_spelt_so(home: Home, query: str, said: str) -> None:
    session = await home.session()
    for text in (said, "something else", "nothing"):
        await home.post(session, text)
    assert await found(home, query) == [said]


async def test_the_word_that_was_meant_is_marked(home: Home) -> None:
    session = await home.session()
    await home.post(session, "the lighthouse keeper")
    (hit,) = (await home.store.list_hits(home.ada, "lighthuose", SearchFilter(), 5)).hits
    assert hit.snippet == "the ⟦lighthouse⟧ keeper"


async def test_what_is_spelt_right_is_not_mixed_with_what_is_nearly_so(home: Home) -> None:
    session = await home.session()
    for text in ("the keeper sleeps", "the kepper sleeps"):
        await home.post(session, text)
    assert await found(home, "kepper") == ["the kepper sleeps"]


async def test_a_word_of_somebody_elses_session_is_still_a_misspelling_here(home: Home) -> None:
    theirs, mine = await home.session(by=home.bob), await home.session()
    await home.post(theirs, "lighthuose", by=home.bob)
    await home.post(mine, "lighthouse")
    assert await found(home, "lighthuose") == ["lighthouse"]


async def test_all_words_go_before_some_and_whole_ones_before_parts(home: Home) -> None:
    session = await home.session()
    for text in ("go live", "golive", "the AI says go", "go", "AI", "said and maintained"):
        await home.post(session, text)
    assert (await found(home, "ai go"))[0] == "the AI says go"
    assert await found(home, "ai") == ["AI", "the AI says go"]
    assert (await found(home, "live"))[:2] == ["go live", "golive"]


@pytest.mark.parametrize(
    ("query", "count"), [("天", 2), ("天気", 1), ("気", 1), ("い天", 1), ("日", 1), ("서울", 1), ("ไทย", 1)]
)
async def test_scripts_without_spaces_are_found_from_one_character_on(home: Home, query: str, count: int) -> None:
    session = await home.session()
    for text in ("今日はいい天気", "天国と地獄", "나는 서울에서", "ภาษาไทย", "go"):
        await home.post(session, text)
    assert len(await found(home, query)) == count


async def test_of_equal_matches_the_newest_comes_first(home: Home) -> None:
    session = await home.session()
    for number in range(5):
        await home.post(session, f"duck {number}")
    assert await found(home, "duck") == [f"duck {number}" for number in (4, 3, 2, 1, 0)]


async def test_a_common_word_beside_a_rare_one_makes_no_match_alone(home: Home) -> None:
    session = await home.session()
    posts = tuple(PostMessage(content=f"the usual {number}", respond=False) for number in range(3000))
    for start in range(0, 3000, 500):
        await home.store.add_messages(home.ada, session.id, posts[start : start + 500])
    await home.post(session, "a harbour")
    assert await found(home, "the harbour") == ["a harbour"]
    assert len(await found(home, "the usual")) == 10


async def test_a_search_can_be_kept_to_who_said_it_as_what_and_where(home: Home) -> None:
    session = await home.session()
    await home.share(session)
    await home.post(session, "duck one")
    await home.post(session, "duck two", by=replace(home.bob, interface="discord"))
    await home.post(session, "duck three", role="assistant", sender="Quacker")
    for where, said in (
        ({"user": "bob"}, "duck two"),
        ({"user": "BOB"}, "duck two"),
        ({"user": home.bob.user_id}, "duck two"),
        ({"user": "quacker"}, "duck three"),
        ({"role": "assistant"}, "duck three"),
        ({"interface": "discord"}, "duck two"),
        ({"interface": "tui", "role": "user"}, "duck one"),
    ):
        assert await found(home, "duck", **where) == [said], where
    assert await found(home, "duck", user="nobody") == []
    assert await found(home, "duck", user="bob", role="assistant") == []


async def test_a_search_can_be_kept_to_a_time(home: Home) -> None:
    session = await home.session()
    first, second = [await home.post(session, text) for text in ("duck one", "duck two")]
    day = timedelta(days=1)
    assert await found(home, "duck", until=second.created_at) == ["duck one"]
    assert await found(home, "duck", since=second.created_at) == ["duck two"]
    assert await found(home, "duck", since=first.created_at - 400 * day, until=first.created_at) == []
    assert await found(home, "duck", since=second.created_at + day) == []
    assert await found(home, "duck", since=second.created_at, until=first.created_at) == []
    assert len(await found(home, "duck", since=datetime(1, 1, 1, tzinfo=UTC), until=second.created_at + day)) == 2


async def test_pages_go_on_where_the_last_one_ended(home: Home) -> None:
    session = await home.session()
    for number in range(25):
        await home.post(session, f"duck {number}")
    pages = [await home.store.list_hits(home.ada, "duck", SearchFilter(), 10, offset) for offset in (0, 10, 20, 30)]
    assert [(len(page.hits), page.total, page.offset, page.limit) for page in pages] == [
        (10, 25, 0, 10),
        (10, 25, 10, 10),
        (5, 25, 20, 10),
        (0, 25, 30, 10),
    ]
    assert [hit.message.content for page in pages for hit in page.hits] == [f"duck {n}" for n in range(24, -1, -1)]
    scores = [hit.score for page in pages for hit in page.hits]
    assert scores == sorted(scores, reverse=True)


async def test_messages_and_memories_are_not_found_for_each_other(home: Home) -> None:
    session = await home.session(project_id="p")
    await home.post(session, "duck said")
    await home.store.save_memory(home.ada, "p", SaveMemory(key="bird", value="duck kept"))
    await home.store.save_memory(home.ada, "q", SaveMemory(key="bird", value="duck elsewhere"))
    assert await found(home, "duck") == ["duck said"]
    assert [hit.value for hit in await home.store.list_memory_hits(home.ada, "p", "duck", 5)] == ["duck kept"]
    assert [hit.value for hit in await home.store.list_memory_hits(home.ada, "p", "dukc bird", 5)] == ["duck kept"]


async def test_who_has_more_sessions_than_are_looked_for_one_by_one_finds_all_the_same(home: Home) -> None:
    sessions = [await home.session(project_id="p") for _ in range(210)]
    await home.post(sessions[0], "duck")
    assert await found(home, "duck") == await found(home, "duck", project_id="p") == ["duck"]


async def test_a_session_that_changes_its_project_is_found_by_the_new_one(home: Home) -> None:
    session = await home.session(project_id="p")
    await home.post(session, "duck")
    assert await found(home, "duck", project_id="p") == ["duck"]
    await home.store.update_session(home.ada, session.id, UpdateSession(project_id="q"))
    assert await found(home, "duck", project_id="p") == []
    assert await found(home, "duck", project_id="q") == ["duck"]


@pytest.mark.parametrize(
    "query", ["a" * 1000, "天" * 1000, "a\x00b", " ".join(["ab"] * 400), '"' * 999, "\ue000kmessage"]
)
async def test_no_query_is_too_odd(home: Home, query: str) -> None:
    session = await home.session()
    await home.post(session, "plain words")
    assert await found(home, query) == []
    assert await home.store.list_memory_hits(home.ada, "p", query, 5) == ()
