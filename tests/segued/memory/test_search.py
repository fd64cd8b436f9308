"""Search by meaning beside search by words: what is embedded, when, and what happens while the embedder fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from segue.models import MemoryHit, SaveMemory
from segued.config import SearchSettings
from segued.memory import Search
from segued.memory.embedders import EmbedderFailed
from segued.memory.meanings import Meanings
from segued.memory.nearness import nearest, unit_vectors
from segued.store.base import SearchFilter
from tests.model_server import meaning
from tests.segued.store.drivers import Home, SqliteDriver, open_home
from tests.segued.store.sqlite.files import database, query

EVERYWHERE = SearchFilter()


class Embedder:
    """Embeds what texts are about; fails while it is told to, and refuses what is too long for it."""

    def __init__(self, model: str = "tiny") -> None:
        self.model = model
        self.asked: list[str] = []
        self.failing = False
        self.rested = asyncio.Event()

    async def embed(self, texts: Sequence[str]) -> list[bytes]:
        if self.failing:
            self.rested.set()
            raise EmbedderFailed("it is away")
        if any("too long" in text for text in texts):
            raise EmbedderFailed("too long", refused=True)
        self.asked += texts
        return unit_vectors(np.array([meaning(text) for text in texts], "f4"), len(texts))

    async def close(self) -> None:
        return None


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    async with open_home(SqliteDriver(tmp_path)) as home:
        yield home


@asynccontextmanager
async def searching(home: Home, embedder: Embedder, **settings: Any) -> AsyncIterator[Search]:
    search = Search(home.store, SearchSettings(**settings))
    search._meanings = Meanings(home.store, SearchSettings(**settings), embedder)
    async with search.running():
        yield search


async def remember(home: Home, search: Search | None = None, **values: str) -> None:
    for key, value in values.items():
        await home.store.save_memory(home.ada, "p", SaveMemory(key=key, value=value))
        if search is not None:
            search.note(home.events[-1])


async def all_embedded(home: Home, embedder: Embedder, *, messages: bool = False) -> None:
    """Return once nothing is left to do."""
    async with asyncio.timeout(10):
        while await home.store.list_unembedded(embedder.model, 0, 1, messages):
            await asyncio.sleep(0)


async def found(home: Home, search: Search, query: str) -> list[str]:
    hits, _ = await search.memories(home.ada, "p", query, 10)
    return [hit.key for hit in hits]


async def test_a_memory_is_found_by_what_it_means(home: Home) -> None:
    embedder = Embedder()
    async with searching(home, embedder) as search:
        await remember(home, search, pet="a feline named Tom", ride="an automobile", food="soup")
        await all_embedded(home, embedder)
        assert await found(home, search, "cat") == ["pet"]
        hits, note = await search.memories(home.ada, "p", "cat", 10)
        assert (hits[0].snippet, note) == ("a feline named Tom", "")
        assert isinstance(hits[0], MemoryHit)


async def test_what_both_find_goes_before_what_one_finds(home: Home) -> None:
    embedder = Embedder()
    async with searching(home, embedder) as search:
        await remember(home, search, a="the kitten sleeps", b="cat food", c="catalogue")
        await all_embedded(home, embedder)
        assert (await found(home, search, "cat"))[0] == "b"
        assert set(await found(home, search, "cat")) == {"a", "b", "c"}


async def test_what_is_found_by_meaning_is_narrowed_down_and_paged_too(home: Home) -> None:
    await remember(home, a="a feline", b="the kitten", c="cat food")
    session = await home.session(project_id="p")
    await home.share(session)
    from_there = SaveMemory(key="d", value="another feline", session_id=session.id)
    await home.store.save_memory(home.bob, "p", from_there)
    embedder = Embedder()
    async with searching(home, embedder) as search:
        await all_embedded(home, embedder)
        for where in (SearchFilter(user="bob"), SearchFilter(session_id=session.id)):
            hits, _ = await search.memories(home.ada, "p", "cat", 10, where=where)
            assert [hit.key for hit in hits] == ["d"]
        hits, _ = await search.memories(home.ada, "p", "cat", 10)
        pages = [(await search.memories(home.ada, "p", "cat", 2, offset=at))[0] for at in (0, 2, 4)]
        assert [hit.key for page in pages for hit in page] == [hit.key for hit in hits]
        assert [len(page) for page in pages] == [2, 2, 0]
        embedder.failing = True
        (hit,), note = await search.memories(home.ada, "p", "feline", 1, where=SearchFilter(user="ada"))
        assert (hit.key, "by words only" in note) == ("a", True)


async def test_what_was_there_before_is_embedded_and_only_once(home: Home) -> None:
    await remember(home, **{f"k{n}": f"cat {n}" for n in range(70)})
    first, second = Embedder(), Embedder()
    async with searching(home, first):
        await all_embedded(home, first)
    assert len(first.asked) == 70
    async with searching(home, second) as search:
        await remember(home, search, new="a car")
        await all_embedded(home, second)
    assert second.asked == ["new: a car"]


async def test_another_model_embeds_all_anew_and_nothing_is_kept_twice(home: Home) -> None:
    await remember(home, one="cat", two="car")
    for model in ("old", "new"):
        embedder = Embedder(model)
        async with searching(home, embedder) as search:
            await all_embedded(home, embedder)
            assert await found(home, search, "feline") == ["one"]
    assert len((await home.store.list_memory_vectors(home.ada, "p", "new")).ids) == 2
    assert (await home.store.list_memory_vectors(home.ada, "p", "old")).ids == ()


async def test_a_new_version_is_found_by_what_it_means_now_and_a_deleted_one_not_at_all(home: Home) -> None:
    embedder = Embedder()
    async with searching(home, embedder) as search:
        await remember(home, search, k="cat")
        await all_embedded(home, embedder)
        await remember(home, search, k="car")
        await all_embedded(home, embedder)
        assert await found(home, search, "feline") == []
        assert await found(home, search, "vehicle") == ["k"]
        await home.store.delete_memory(home.ada, "p", "k")
        assert (await home.store.list_memory_vectors(home.ada, "p", "tiny")).ids == ()


async def test_while_the_embedder_fails_words_are_searched_and_the_answer_says_so(home: Home) -> None:
    embedder = Embedder()
    async with searching(home, embedder) as search:
        await remember(home, search, one="cat", two="feline")
        await all_embedded(home, embedder)
        embedder.failing = True
        hits, note = await search.memories(home.ada, "p", "cat", 10)
        assert [hit.key for hit in hits] == ["one"]
        assert note == "searched by words only: the embedder fails (it is away)"
        assert await search.state() == "by words only for now: the embedder fails: it is away"


async def test_what_could_not_be_embedded_is_embedded_later(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segued.memory.meanings._FIRST_PAUSE_SECONDS", 0.01)
    embedder = Embedder()
    embedder.failing = True
    await remember(home, one="cat")
    async with searching(home, embedder) as search:
        await embedder.rested.wait()
        embedder.failing = False
        await all_embedded(home, embedder)
        async with asyncio.timeout(10):
            while await search.state() != "by words, and memories by meaning (tiny)":
                await asyncio.sleep(0)


async def test_a_text_that_is_refused_stops_no_other(home: Home) -> None:
    embedder = Embedder()
    await remember(home, one="cat", two="too long", three="car")
    async with searching(home, embedder) as search:
        await remember(home, search, four="key")
        async with asyncio.timeout(10):
            while len(left := await home.store.list_unembedded("tiny", 0, 10, False)) > 1:
                await asyncio.sleep(0)
    assert [text.text for text in left] == ["two: too long"]


async def test_messages_are_found_by_meaning_where_that_is_asked_for(home: Home) -> None:
    session, other = await home.session(), await home.session(by=home.bob)
    said = await home.post(session, "the feline sleeps")
    await home.post(session, "nothing")
    await home.post(other, "another feline", by=home.bob)
    embedder = Embedder()
    async with searching(home, embedder, messages=True) as search:
        await all_embedded(home, embedder, messages=True)
        page = await search.messages(home.ada, "cat", EVERYWHERE, 10, 0)
        assert ([hit.message.id for hit in page.hits], page.total, page.note) == ([said.id], 1, "")
        await home.store.update_message(home.ada, session.id, said.id, "the automobile drives")
        search.note(home.events[-2])
        await all_embedded(home, embedder, messages=True)
        assert (await search.messages(home.ada, "cat", EVERYWHERE, 10, 0)).hits == ()
        page = await search.messages(home.ada, "vehicle", SearchFilter(session_id=session.id, role="user"), 10, 0)
        assert [hit.message.content for hit in page.hits] == ["the automobile drives"]
        assert (await search.messages(home.ada, "vehicle", SearchFilter(role="assistant"), 10, 0)).hits == ()
    only_memories = Embedder("other")
    async with searching(home, only_memories) as search:
        assert (await search.messages(home.ada, "vehicle", EVERYWHERE, 10, 0)).hits == ()
        assert only_memories.asked == []


async def test_without_an_embedder_words_are_searched(home: Home) -> None:
    await remember(home, one="cat", two="feline")
    search = Search(home.store, SearchSettings())
    assert await found(home, search, "cat") == ["one"]
    assert await search.state() == "by words only: no embedder is set (search.embedder)"


async def test_vectors_of_what_is_gone_are_dropped_when_the_index_is_made_anew(home: Home, tmp_path: Path) -> None:
    embedder = Embedder()
    await remember(home, one="cat")
    async with searching(home, embedder):
        await all_embedded(home, embedder)
    query(database(tmp_path), "INSERT INTO vectors VALUES (999, 'tiny', x'00')")
    assert (await home.store.rebuild_index(home.admin)).vectors_dropped == 1
    assert len((await home.store.list_memory_vectors(home.ada, "p", "tiny")).ids) == 1


def test_the_nearest_are_those_that_point_the_same_way() -> None:
    vectors = unit_vectors(np.array([[1, 0], [0, 1], [3, 3], [-1, 0]], "f4"), 4)
    to, joined = vectors[0], b"".join(vectors)
    assert nearest(to, ("a", "b", "c", "d"), joined, 10, 0.3) == ["a", "c"]
    assert nearest(to, ("a", "b", "c", "d"), joined, 1, -1) == ["a"]
    assert nearest(to, (), b"", 5, 0) == []
    assert nearest(to, ("a",), b"\0" * 12, 5, 0) == []
