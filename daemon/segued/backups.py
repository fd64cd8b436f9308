"""Backups: files in one folder, each whole by itself; made when somebody asks and on the clock, the newest few kept."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import os
import re
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from segue.errors import BackupNotFound, SegueError, StorageFailed, StorageFull
from segue.models import Backup, BackupList, BackupProgress, BackupStep, MadeBackup
from segued import clock
from segued.config import Settings
from segued.jobs import NEVER, Job
from segued.store.base import Show, Store

log = logging.getLogger(__name__)

_TELL_SECONDS = 0.2  # between two lines of how far it is
_AGAIN_SECONDS = 900.0  # after a backup on the clock that failed
_DOWNLOAD_SECONDS = 86_400.0  # how long one that is not to be kept waits to be downloaded
_KEPT = re.compile(r"segue-(\d{8}T\d{6})Z(?:-\d+)?\.db")
_NAME = re.compile(rf"{_KEPT.pattern}|download-(\d{{8}}T\d{{6}})Z(?:-\d+)?\.db")
_UNFINISHED = re.compile(rf"\.({_NAME.pattern})\.unfinished(-journal)?")


class Backups:
    """Makes, lists and deletes them. `error` is why the last one on the clock was not made."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._folder = settings.backup_folder
        self._beside = settings.database.parent
        self._asked = settings.backup
        self._one_by_one = asyncio.Lock()
        self._job = Job("backups", self._work)
        self.error: str | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Make those that are due, inside the block."""
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(self._job.keep_running(), name=self._job.name)
            try:
                yield
            finally:
                task.cancel()

    def reload(self, settings: Settings) -> None:
        """Go by what the settings say now."""
        self._asked = settings.backup
        self._job.due(clock.now())

    async def last_at(self) -> datetime | None:
        """Return when the newest of those that are kept was made."""
        kept = (await self.list()).backups
        return kept[0].made_at if kept else None

    async def list(self) -> BackupList:
        found = await asyncio.to_thread(lambda: tuple(_found(self._folder, _KEPT)))
        return BackupList(folder=str(self._folder), backups=tuple(sorted(found, key=_age, reverse=True)))

    async def file(self, name: str) -> Path:
        """Return where it is. Raises `BackupNotFound`."""
        if not _NAME.fullmatch(name) or (path := await asyncio.to_thread(self._find, name)) is None:
            raise BackupNotFound(f"there is no backup '{name}': `segue backup --list` tells which there are")
        return path

    def _find(self, name: str) -> Path | None:
        folders = (self._folder,) if _KEPT.fullmatch(name) else (self._folder, self._beside)
        return next((path for folder in folders if os.path.isfile(path := folder / name)), None)

    async def delete(self, name: str) -> None:
        """Delete it. Raises `BackupNotFound`."""
        path = await self.file(name)
        await asyncio.to_thread(path.unlink)

    async def make(self, keep: bool) -> AsyncGenerator[BackupStep, None]:
        """Yield how far it is, and at last the backup. Whoever stops listening stops it."""
        progress = _Progress()
        async with asyncio.TaskGroup() as tasks:
            making = tasks.create_task(self._outcome(keep, progress), name="backup")
            try:
                while not making.done():
                    await asyncio.wait([making], timeout=_TELL_SECONDS)
                    yield BackupStep(progress=progress.now)
            except GeneratorExit:  # the group would make an error of it
                making.cancel()
                return
        outcome = making.result()
        if isinstance(outcome, SegueError):
            raise outcome
        yield BackupStep(backup=outcome)

    async def _outcome(self, keep: bool, progress: _Progress) -> MadeBackup | SegueError:
        try:
            return await self._make(keep, progress)
        except SegueError as exc:
            return exc

    async def _make(self, keep: bool, progress: _Progress) -> MadeBackup:
        async with self._one_by_one:
            size = (await self._store.get_stats()).bytes
            made_at = clock.utc().replace(microsecond=0)
            try:
                file, unfinished = await asyncio.to_thread(self._place, keep, made_at, size)
                contents = await self._store.add_copy(unfinished, progress.copying, progress.checking)
                sha256 = await asyncio.to_thread(_finish, unfinished, file)
            except OSError as exc:
                raise StorageFailed(f"no backup was made: {self._folder} cannot be used ({exc.strerror})") from exc
            if keep:
                await asyncio.to_thread(_drop_oldest, self._folder, self._asked.keep)
                self.error = None
            else:
                self._job.due(clock.now() + _DOWNLOAD_SECONDS)
            found = await asyncio.to_thread(file.stat)
            log.info("backup made: %s (%d bytes, %d messages)", file, found.st_size, contents.messages)
        return MadeBackup(
            name=file.name,
            made_at=made_at,
            bytes=found.st_size,
            sha256=sha256,
            schema_version=contents.schema_version,
            sessions=contents.sessions,
            messages=contents.messages,
        )

    def _place(self, keep: bool, made_at: datetime, size: int) -> tuple[Path, Path]:
        """Return its names in the folder; where that cannot be used and it is not to be kept, beside the database."""
        try:
            return _prepared(self._folder, keep, made_at, size)
        except OSError:
            if keep:
                raise
            return _prepared(self._beside, keep, made_at, size)

    async def _work(self) -> float:
        """Make the one that is due, if one is; return when the next will be, in seconds since 1970."""
        async with self._one_by_one:
            for folder in (self._folder, self._beside):
                await asyncio.to_thread(_clean, folder, clock.now() - _DOWNLOAD_SECONDS)
        if not self._asked.every_hours:
            return NEVER
        every = self._asked.every_hours * 3600
        last = await self.last_at()
        # One of a time to come was made while the clock was wrong: it counts as made now.
        due = min(last.timestamp(), clock.now()) + every if last else clock.now()
        if due > clock.now():
            return due
        try:
            await self._make(True, _Progress())
        except SegueError as exc:
            log.error("%s; the next attempt is in %d minutes", exc.message, _AGAIN_SECONDS // 60)
            self.error = exc.message
            return clock.now() + _AGAIN_SECONDS
        return clock.now() + every


class _Progress:
    """How far a backup is, as the thread that makes it says."""

    def __init__(self) -> None:
        self.now = BackupProgress(stage="copying", done=0, total=0)
        self.copying: Show = lambda done, total: self._at("copying", done, total)
        self.checking: Show = lambda done, total: self._at("checking", done, total)

    def _at(self, stage: Literal["copying", "checking"], done: int, total: int) -> None:
        self.now = BackupProgress(stage=stage, done=done, total=total)


def _found(folder: Path, names: re.Pattern[str]) -> Iterator[Backup]:
    for path in folder.glob("*.db"):
        if named := names.fullmatch(path.name):
            stamp = next(filter(None, named.groups()))
            made_at = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
            yield Backup(name=path.name, made_at=made_at, bytes=path.stat().st_size)


def _age(backup: Backup) -> tuple[datetime, int, str]:
    return backup.made_at, len(backup.name), backup.name  # of one second: -2 is newer than -1, and -10 than -9


def _prepared(folder: Path, keep: bool, made_at: datetime, size: int) -> tuple[Path, Path]:
    """Return a name that is free, and the one it has until it is whole. Raises `StorageFull` where it will not fit."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if (free := shutil.disk_usage(folder).free) < size:
        raise StorageFull(
            f"no backup was made: it needs {size // 1_000_000 + 1} MB and there are {free // 1_000_000} free in"
            f" {folder}; free some space, or name another folder in [backup] folder",
            retry_after=60,
        )
    stem = f"{'segue' if keep else 'download'}-{made_at:%Y%m%dT%H%M%S}Z"
    taken = [int(path.stem.removeprefix(stem)[1:] or 0) for path in folder.glob(f"{stem}*.db")]
    file = folder / (f"{stem}-{max(taken) + 1}.db" if taken else f"{stem}.db")
    unfinished = folder / f".{file.name}.unfinished"
    unfinished.unlink(missing_ok=True)
    return file, unfinished


def _finish(unfinished: Path, file: Path) -> str:
    """Give it its name, for good, and return its SHA-256."""
    with unfinished.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    os.rename(unfinished, file)
    descriptor = os.open(file.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return sha256


def _drop_oldest(folder: Path, keep: int) -> None:
    for backup in sorted(_found(folder, _KEPT), key=_age, reverse=True)[keep:]:
        (folder / backup.name).unlink(missing_ok=True)
        log.info("backup deleted, for there are %d newer ones: %s", keep, backup.name)


def _clean(folder: Path, before: float) -> None:
    """Delete what nobody came for before that time, and what was never finished."""
    for backup in _found(folder, _NAME):
        if not _KEPT.fullmatch(backup.name) and (folder / backup.name).stat().st_mtime < before:
            (folder / backup.name).unlink(missing_ok=True)
    for path in folder.glob(".*.unfinished*"):
        if _UNFINISHED.fullmatch(path.name):
            path.unlink(missing_ok=True)
