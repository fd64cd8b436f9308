"""Backups on the clock and their folder: made when due, the newest kept, what was never finished gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from segue.errors import BackupNotFound, StorageFailed, StorageFull
from segue.models import MadeBackup
from segued import backups, clock
from segued.backups import Backups
from segued.config import BackupSettings, Settings, StoreSettings
from segued.store import open_store
from segued.store.sqlite.restoring import restore
from tests.segued.store.drivers import SqliteDriver, open_home

_NOON = 1_800_000_000.0
_HOUR = 3600.0


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = _NOON
        monkeypatch.setattr(clock, "nanoseconds", lambda: round(self.at * 1e9))


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@asynccontextmanager
async def kept(folder: Path, **asked: object) -> AsyncIterator[Backups]:
    settings = Settings(store=StoreSettings(path=str(folder / "segue.db")), backup=BackupSettings.model_validate(asked))
    async with open_store(settings, lambda commits: None) as store:
        yield Backups(store, settings)


async def make(kept: Backups, keep: bool = True) -> MadeBackup:
    async with aclosing(kept.make(keep)) as steps:
        return [step.backup async for step in steps if step.backup][-1]


def names(folder: Path) -> Iterable[str]:
    return sorted(path.name for path in folder.iterdir())


def put_aside(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in folder.glob("*.before-restore-*")}


async def test_one_is_made_when_it_is_due_and_the_newest_are_kept(tmp_path: Path, hands: Clock) -> None:
    async with kept(tmp_path, every_hours=1, keep=2) as made:
        assert await made.last_at() is None
        assert await made._work() == _NOON + _HOUR
        hands.at += 1800
        assert await made._work() == _NOON + _HOUR
        for _ in range(3):
            hands.at += _HOUR
            await made._work()
        found = (await made.list()).backups
        assert [round(backup.made_at.timestamp() - _NOON) for backup in found] == [1800 + 3 * 3600, 1800 + 2 * 3600]
        assert await made.last_at() == found[0].made_at
    async with kept(tmp_path, every_hours=1) as again:
        assert await again._work() == hands.at + _HOUR  # a restart is no reason for another


async def test_without_a_time_none_is_made(tmp_path: Path) -> None:
    async with kept(tmp_path) as made:
        assert await made._work() == backups.NEVER
        assert not (tmp_path / "backups").exists()


async def test_a_clock_that_was_ahead_delays_nothing_for_long(tmp_path: Path, hands: Clock) -> None:
    async with kept(tmp_path, every_hours=1) as made:
        hands.at += 1000 * _HOUR
        await made._work()
        hands.at = _NOON
        assert await made._work() == _NOON + _HOUR


async def test_one_that_fails_is_told_and_tried_again(
    tmp_path: Path, hands: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "backups").write_text("in the way")
    async with kept(tmp_path, every_hours=1) as made:
        assert await made._work() == _NOON + 900
        assert "cannot be used" in (made.error or "")
        assert "the next attempt is in 15 minutes" in caplog.text
        (tmp_path / "backups").unlink()
        assert await made._work() == _NOON + _HOUR
        assert made.error is None


async def test_one_that_is_not_to_be_kept_needs_no_folder(tmp_path: Path, hands: Clock) -> None:
    (tmp_path / "backups").write_text("in the way")
    async with kept(tmp_path) as made:
        backup = await make(made, keep=False)
        file = await made.file(backup.name)
        assert file.stat().st_size == backup.bytes
        hands.at = file.stat().st_mtime + 25 * _HOUR
        await made._work()
        assert not file.exists()


async def test_one_that_would_not_fit_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with kept(tmp_path) as made:
        usage = backups.shutil.disk_usage(tmp_path)
        monkeypatch.setattr(backups.shutil, "disk_usage", lambda folder: usage._replace(free=1000))
        with pytest.raises(StorageFull, match="needs 1 MB and there are 0 free"):
            await make(made)


async def test_what_was_not_finished_and_what_nobody_came_for_goes(tmp_path: Path, hands: Clock) -> None:
    async with kept(tmp_path) as made:
        old = await make(made, keep=False)
        folder = tmp_path / "backups"
        for name in (".segue-20260101T000000Z.db.unfinished", "notes.txt", "mine.db"):
            (folder / name).touch()
        hands.at = (folder / old.name).stat().st_mtime + 23 * _HOUR
        await made._work()
        assert names(folder) == [old.name, "mine.db", "notes.txt"]
        hands.at += 2 * _HOUR
        await made._work()
        assert names(folder) == ["mine.db", "notes.txt"]


async def test_two_in_one_second_have_their_own_names(tmp_path: Path, hands: Clock) -> None:
    async with kept(tmp_path, keep=2) as made:
        both = [await make(made) for _ in range(3)]
        assert [backup.name for backup in (await made.list()).backups] == [both[2].name, both[1].name]


async def test_two_restores_in_one_second_keep_what_each_put_aside(tmp_path: Path, hands: Clock) -> None:
    async with kept(tmp_path) as made:
        files = [tmp_path / "backups" / (await make(made)).name for _ in range(2)]
    expected = {}
    for file, ending in zip(files, ("", "-1"), strict=True):
        expected[f"segue.db.before-restore-20270115T080000Z{ending}"] = (tmp_path / "segue.db").stat().st_ino
        restore(tmp_path / "segue.db", file, False, lambda text: None)
    assert put_aside(tmp_path) == expected


async def test_only_backups_can_be_had_and_deleted(tmp_path: Path) -> None:
    async with kept(tmp_path) as made:
        backup = await make(made)
        for name in ("../segue.db", "segue.db", "", "segue-20260101T000000Z.db", f"{backup.name}/"):
            with pytest.raises(BackupNotFound):
                await made.file(name)
            with pytest.raises(BackupNotFound):
                await made.delete(name)
        await made.delete(backup.name)
        assert (await made.list()).backups == ()


async def test_whoever_stops_listening_does_not_keep_the_next_waiting(tmp_path: Path) -> None:
    async with kept(tmp_path) as made:
        async with aclosing(made.make(True)) as steps:
            await anext(steps)
        backup = await make(made)
        await made._work()
        assert backup.name in names(tmp_path / "backups")
        assert not list((tmp_path / "backups").glob(".*"))


async def test_posts_go_on_while_a_copy_is_made(tmp_path: Path) -> None:
    async with open_home(SqliteDriver(tmp_path)) as home:
        session = await home.session()
        for _ in range(20):
            await home.post(session, "x" * 500_000)
        progress: list[int] = []
        posted = 0
        async with asyncio.TaskGroup() as tasks:
            copying = tasks.create_task(
                home.store.add_copy(tmp_path / "copy.db", lambda done, total: progress.append(done), lambda d, t: None)
            )
            while not copying.done():
                await home.post(session, "meanwhile")
                posted += 1
        contents = copying.result()
        assert posted > 0
        assert progress == sorted(progress)  # it never begins anew, whatever is written
        assert 20 <= contents.messages <= 20 + posted
        with pytest.raises(StorageFailed, match="cannot be written"):
            await home.store.add_copy(tmp_path / "copy.db", lambda d, t: None, lambda d, t: None)
