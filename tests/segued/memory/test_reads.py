"""Reads of memories are counted at once and stored together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from segue.errors import StorageFull
from segue.models import SaveMemory
from segued.memory.reads import Reads
from tests.segued.store.drivers import Home, SqliteDriver, open_home


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    async with open_home(SqliteDriver(tmp_path)) as home:
        await home.store.save_memory(home.ada, "p", SaveMemory(key="k", value="v"))
        yield home


async def read(home: Home, reads: Reads) -> int:
    pending = reads.of_project("p")
    memory = await home.store.get_memory(home.ada, "p", "k")
    return reads.count([reads.lay_over(memory, pending)])[0].accessed_count


async def stored(home: Home) -> int:
    return (await home.store.get_memory(home.ada, "p", "k")).accessed_count


async def test_a_read_is_no_write(home: Home) -> None:
    reads = Reads(home.store)
    assert [await read(home, reads) for _ in range(3)] == [1, 2, 3]
    assert await stored(home) == 0
    await reads.store()
    assert await stored(home) == 3
    assert await read(home, reads) == 4


async def test_nothing_is_kept_of_what_is_stored(home: Home) -> None:
    reads = Reads(home.store)
    await read(home, reads)
    await reads.store()
    assert reads.of_project("p") == {}
    await reads.store()


async def test_a_read_while_counts_are_being_stored_is_counted_once(home: Home) -> None:
    reads = Reads(home.store)
    for round_ in range(50):
        counts = await asyncio.gather(read(home, reads), reads.store(), read(home, reads))
        assert sorted(count for count in counts if count is not None) == [2 * round_ + 1, 2 * round_ + 2]


async def test_counts_that_the_disk_refuses_are_kept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = Reads(home.store)
    await read(home, reads)

    async def full(*_: object) -> None:
        raise StorageFull("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(home.store, "update_memory_reads", full)
        await reads.store()
    assert await stored(home) == 0
    await reads.store()
    assert await stored(home) == 1
