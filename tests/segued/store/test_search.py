from __future__ import annotations

import pytest

from segue.models import PostMessage, Session
from tests.segued.store.drivers import Driver, Home, members, open_home


async def found(home: Home, query: str, session: Session | None = None, limit: int = 10, **options: str) -> list[str]:
    session_id = session.id if session else None
    hits = await home.store.list_hits(home.ada, query, session_id, options.get("project"), limit)
    return [hit.message.content for hit in hits]


async def test_a_message_is_found_as_soon_as_it_is_stored(home: Home) -> None:
    session = await home.session(title="Plans")
    said = await home.post(session, "the lighthouse keeper sings")
    (hit,) = await home.store.list_hits(home.ada, "lighthouse", None, None, 10)
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
    assert await found(home, "duck", project="q") == ["duck there"]
    assert await found(home, "duck", here, project="q") == []


async def test_nobody_finds_what_is_said_where_they_are_no_member(home: Home) -> None:
    session = await home.session(by=home.bob)
    await home.post(session, "duck", by=home.bob)
    assert await found(home, "duck") == []
    assert len(await home.store.list_hits(home.admin, "duck", None, None, 10)) == 1
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
    (hit,) = await home.store.list_hits(home.ada, "needle", None, None, 10)
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
