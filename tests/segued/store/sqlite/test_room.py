"""What deletions leave free goes back to the disk, and the write-ahead log stays short, while others write and read."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from segue.models import PostMessage, Session
from segued.store.sqlite import room
from tests.segued.store.drivers import Home
from tests.segued.store.sqlite.files import database, everything, home_in, opened, query
from tests.segued.store.sqlite.test_migrations import FROZEN

MIB = 1024 * 1024
POSTS = (PostMessage(content="see this", images=("abcdefgh" * 8192,)),) * 16  # a mebibyte that nobody has to index


def log_of(folder: Path) -> Path:
    return folder / "segue.db-wal"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.05)


async def filled(home: Home, mebibytes: int) -> Session:
    session = await home.session()
    for _ in range(mebibytes):
        await home.store.add_messages(home.ada, session.id, POSTS)
    return session


@asynccontextmanager
async def old_view(folder: Path) -> AsyncIterator[None]:
    """Read, and hold what was read as it was."""
    with closing(sqlite3.connect(database(folder), isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sessions").fetchone()
        yield
        connection.execute("COMMIT")


async def test_what_is_deleted_goes_back_to_the_disk_by_itself(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        kept = await home.session()
        await home.post(kept, "kept")
        session = await filled(home, 6)
        assert database(tmp_path).stat().st_size > 3 * MIB
        await home.store.delete_session(home.ada, session.id)
        await until(lambda: database(tmp_path).stat().st_size < 2 * MIB)
        assert (await home.store.get_stats()).bytes < 6 * MIB
        assert await home.messages(kept) == ["kept"]
    assert query(database(tmp_path), "PRAGMA integrity_check") == [("ok",)]


async def test_the_log_is_cut_when_nobody_writes_and_counted_until_then(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        await filled(home, 6)
        stats = await home.store.get_stats()
        assert stats.bytes >= 6 * MIB
        await until(lambda: log_of(tmp_path).stat().st_size <= 4 * MIB)


async def test_a_reader_in_the_way_is_waited_for_and_holds_up_nobody(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        await home.session()
        async with old_view(tmp_path):
            session = await filled(home, 6)
            await asyncio.sleep(0.6)
            assert log_of(tmp_path).stat().st_size > 4 * MIB
            async with asyncio.timeout(5):
                await home.post(session, "not held up")
        await until(lambda: log_of(tmp_path).stat().st_size <= 4 * MIB)


@pytest.mark.parametrize("frozen", FROZEN[:1], ids=lambda path: path.stem)
async def test_a_small_database_of_an_earlier_version_is_written_anew_at_the_start(
    tmp_path: Path, frozen: Path
) -> None:
    shutil.copyfile(frozen, database(tmp_path))
    async with opened(database(tmp_path)):
        pass
    assert query(database(tmp_path), "PRAGMA auto_vacuum") == [(2,)]
    assert query(database(tmp_path), "PRAGMA integrity_check") == [("ok",)]


async def test_a_large_one_is_told_of_and_written_anew_when_somebody_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copyfile(FROZEN[0], database(tmp_path))
    monkeypatch.setattr(room, "_SMALL_BYTES", 0)
    caplog.set_level("INFO")
    async with home_in(tmp_path) as home:
        assert "run `segue server vacuum` once" in caplog.text
        session = await filled(home, 3)
        await home.store.delete_session(home.ada, session.id)
        posts = asyncio.gather(*[home.session() for _ in range(20)])
        before, after = await home.store.rebuild()
        assert before > 3 * MIB > 2 * MIB > after
        await posts
        assert (await home.store.get_stats()).sessions == 21
    assert query(database(tmp_path), "PRAGMA auto_vacuum") == [(2,)]
    assert "abcdefgh" not in everything(database(tmp_path))
