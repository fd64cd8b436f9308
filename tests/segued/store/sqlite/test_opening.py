"""What is in the way at the start is said in words, and no file is touched."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from segue.errors import StorageFailed
from segued.errors import StartError, StoreDamaged, StoreLocked, StoreTooNew, StoreUnusable
from segued.store.sqlite.lock import Lock
from tests.segued.store.sqlite.files import database, home_in, opened, query


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


async def refused(path: Path, error: type[StartError], says: str) -> None:
    """Check that the file cannot be opened, why, and that nothing was left or changed by the attempt."""
    before = content(path)
    threads = set(threading.enumerate())
    with pytest.raises(error, match=says):
        async with opened(path):
            pass
    assert content(path) == before
    for thread in set(threading.enumerate()) - threads:
        thread.join(10)
        assert not thread.is_alive()
    assert not path.with_name(path.name + "-wal").exists()


async def filled(folder: Path, messages: int = 300) -> Path:
    async with home_in(folder) as home:
        session = await home.session()
        for number in range(messages):
            await home.post(session, f"message {number} " * 20)
    return database(folder)


async def test_a_second_daemon_on_the_same_data_is_told_who_owns_it(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        with pytest.raises(StoreLocked, match=rf"pid {os.getpid()}\).*segue server stop"):
            async with opened(database(tmp_path)):
                pass
        await home.session()
    async with home_in(tmp_path):
        pass


async def test_a_daemon_whose_lock_another_has_taken_writes_nothing(tmp_path: Path) -> None:
    lock = tmp_path / f"{database(tmp_path).name}.lock"
    other = Lock(lock)
    async with home_in(tmp_path) as home:
        lock.unlink()
        assert other.take() is None
        with pytest.raises(StorageFailed, match=r"another daemon .* has taken the database"):
            await home.session()
        assert not home.store.healthy
        other.release()
        await home.session()
        assert home.store.healthy


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = database(tmp_path)
    path.write_bytes(b"Dear diary,\n" * 1000)
    await refused(path, StoreDamaged, "nothing was changed")


async def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = database(tmp_path)
    query(path, "CREATE TABLE bookmarks (url TEXT)")
    await refused(path, StoreDamaged, "another program")


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
async def test_a_truncated_database_is_left_alone(tmp_path: Path, part: float) -> None:
    path = await filled(tmp_path, 100)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part) // 4096 * 4096])
    await refused(path, StoreDamaged, "restore a backup")


async def test_a_database_with_a_broken_page_is_left_alone(tmp_path: Path) -> None:
    path = await filled(tmp_path, 100)
    whole = bytearray(path.read_bytes())
    root = query(path, "SELECT rootpage FROM sqlite_master WHERE name = 'messages'")[0][0]
    whole[(root - 1) * 4096 : root * 4096] = os.urandom(4096)
    path.write_bytes(whole)
    await refused(path, StoreDamaged, "restore a backup")


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = await filled(tmp_path, 1)
    query(path, "PRAGMA user_version = 999")
    await refused(path, StoreTooNew, r"version 999.*versions up to \d+")


async def test_a_folder_that_cannot_be_made_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    await refused(tmp_path / "file" / "segue.db", StoreUnusable, "cannot write in")
    await refused(Path("/proc/segue/segue.db"), StoreUnusable, "cannot write in")


async def test_a_folder_in_the_files_place_is_unusable(tmp_path: Path) -> None:
    database(tmp_path).mkdir()
    await refused(database(tmp_path), StoreUnusable, "cannot be used")


async def test_an_empty_file_becomes_a_database_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "segue.db"
    async with opened(path):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o077 == 0
    database(tmp_path).touch()
    async with home_in(tmp_path):
        pass


@pytest.mark.parametrize("left", ["segue.db-wal", "segue.db.before-7", "segue.db.before-restore-20260101T000000Z"])
@pytest.mark.parametrize("how", ["missing", "empty"])
async def test_where_a_database_was_none_is_made(tmp_path: Path, left: str, how: str) -> None:
    path = database(tmp_path)
    name = path.with_name(left.replace("segue.db", path.name))
    name.write_bytes(b"all of it")
    if how == "empty":
        path.touch()
    with pytest.raises(StoreDamaged, match=rf"{how}, and {name}.*segue restore FILE.*move {name.name} away"):
        async with opened(path):
            pass
    assert name.read_bytes() == b"all of it"
    assert path.exists() == (how == "empty")


async def test_a_new_database_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    for _ in range(2):
        async with opened(database(tmp_path)):
            pass
    assert caplog.text.count("a new database was made at") == 1


async def test_it_is_a_database_in_wal_mode_that_syncs_fully_and_keeps_its_references(tmp_path: Path) -> None:
    async with opened(database(tmp_path)) as store:
        writer = store._writer
        for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
            async with writer.execute(f"PRAGMA {pragma}") as cursor:
                assert (await cursor.fetchone())[0] == value  # type: ignore[index]
    assert query(database(tmp_path), "PRAGMA foreign_key_check") == []
    assert query(database(tmp_path), "PRAGMA integrity_check") == [("ok",)]


async def test_what_a_killed_restore_left_goes_at_the_start(tmp_path: Path) -> None:
    path = await filled(tmp_path, 1)
    left = [tmp_path / f".segue.db.restoring{ending}" for ending in ("", "-journal")]
    for file in left:
        file.touch()
    async with opened(path):
        assert not any(file.exists() for file in left)
