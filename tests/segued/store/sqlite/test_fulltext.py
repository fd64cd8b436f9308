"""The index in the file: it counts its words, is mended when it is damaged, and is filled while the daemon goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segue.errors import StorageFailed
from segue.models import SaveMemory
from segued.store.base import SearchFilter
from tests.segued.store.drivers import Home
from tests.segued.store.sqlite.files import database, home_in, query

EVERYWHERE = SearchFilter()


async def found(home: Home, words: str) -> list[str]:
    return [hit.message.content for hit in (await home.store.list_hits(home.ada, words, EVERYWHERE, 10)).hits]


def terms(folder: Path) -> dict[str, int]:
    return dict(query(database(folder), "SELECT term, uses FROM terms"))


async def test_words_are_counted_and_forgotten_with_the_last_text_that_says_them(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session()
        first, _ = [await home.post(session, text) for text in ("duck duck pond", "a duck")]
        await home.store.save_memory(home.ada, "p", SaveMemory(key="bird", value="duck"))
        await found(home, "duck")
        assert terms(tmp_path) == {"duck": 3, "pond": 1, "bird": 1}
        await home.store.delete_message(home.ada, session.id, first.id)
        assert terms(tmp_path) == {"duck": 2, "bird": 1}
        await home.store.delete_session(home.ada, session.id)
        await home.store.delete_memory(home.ada, "p", "bird")
        assert terms(tmp_path) == {}
        assert query(database(tmp_path), "SELECT rowid FROM term_trigrams WHERE term_trigrams MATCH 'duck'") == []


async def test_a_damaged_index_is_named_and_mended_and_loses_nothing(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session()
        for number in range(50):
            await home.post(session, f"duck number{number}")
        assert len(await found(home, "duck")) == 10
    query(database(tmp_path), "UPDATE words_data SET block = x'00' WHERE id > 10")
    async with home_in(tmp_path) as home:
        with pytest.raises(StorageFailed, match="segue reindex"):
            await found(home, "duck")
        rebuilt = await home.store.rebuild_index(home.admin)
        assert (rebuilt.messages, rebuilt.memories) == (50, 0)
        assert await found(home, "number7") == ["duck number7"]
        await home.post(session, "afterwards")
        assert await found(home, "afterwards") == ["afterwards"]
        assert await home.store.get_unindexed() == 0


async def test_while_the_index_is_built_searches_find_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segued.store.sqlite._INDEX_SECONDS", 0.0)
    async with home_in(tmp_path) as home:
        session = await home.session()
        await home.post(session, "duck")
        store: Any = home.store
        await store.rebuild_index(home.admin)
        assert await store.get_unindexed() == 1
        await found(home, "duck")  # at once, found or not
        while await store._catch_up():
            pass
        assert await found(home, "duck") == ["duck"]
