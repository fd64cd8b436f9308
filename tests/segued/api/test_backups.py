"""Backups over HTTP: made with a line for each step, downloaded whole, deleted; the database looked through."""

from __future__ import annotations

import asyncio
import hashlib
import os

import pytest

from segue import routes
from segue.client import Client
from segue.errors import BackupNotFound, SegueError
from segue.models import BackupProgress, PostMessage
from tests.daemons import Daemon, Http


async def test_a_backup_is_made_told_of_downloaded_and_deleted(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await client.post((await client.create_session(reply="never")).id, "hi")
        told: list[BackupProgress] = []
        made = await client.back_up(on_progress=told.append)
        assert told
        assert (made.sessions, made.messages) == (1, 1)
        listed = await client.backups()
        assert [(b.name, b.made_at, b.bytes) for b in listed.backups] == [(made.name, made.made_at, made.bytes)]
        assert listed.folder == str(daemon.home / "backups")
        status = await client.status()
        assert (status.last_backup_at, status.backup_error, status.store_trouble) == (made.made_at, None, None)
        content = b"".join([piece async for piece in client.download_backup(made.name)])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (made.bytes, made.sha256)
        await client.delete_backup(made.name)
        with pytest.raises(BackupNotFound):
            await client.delete_backup(made.name)
        with pytest.raises(BackupNotFound):
            await anext(client.download_backup("../segue.db"))


async def test_one_that_a_crash_cuts_short_is_none_and_the_next_is_whole(daemon: Daemon) -> None:
    async with daemon.client() as client:
        session = await client.create_session(reply="never")
        for _ in range(6):
            await client.post_batch(session.id, [PostMessage(content="x" * 1_000_000) for _ in range(10)])
    async with daemon.client(retry_seconds=0) as client:
        with pytest.raises(SegueError):
            await client.back_up(on_progress=lambda _: daemon.kill())
    daemon.start()
    async with daemon.client() as client:
        before = (await client.backups()).backups  # one, where it was made faster than it was told of
        made = await client.back_up()
        assert made.messages == 60
        names = [backup.name for backup in (await client.backups()).backups]
        assert names == [made.name, *(backup.name for backup in before)]
        assert all(backup.bytes == made.bytes for backup in before)
        async with asyncio.timeout(60):
            while set(os.listdir(daemon.home / "backups")) != set(names):
                await asyncio.sleep(0.05)


async def test_one_that_is_not_to_be_kept_is_there_and_not_listed(daemon: Daemon) -> None:
    async with daemon.client() as client:
        made = await client.back_up(keep=False)
        assert (await client.backups()).backups == ()
        assert [piece async for piece in client.download_backup(made.name)]


async def test_without_lines_it_is_one_answer(http: Http, client: Client) -> None:
    status, made = await http("POST", routes.BACKUPS + "?keep=false")
    assert status == 200
    await client.delete_backup(made["name"])
    status, answer = await http("POST", routes.BACKUPS + "?keep=maybe")
    assert (status, answer["error"]["code"]) == (422, "invalid")


async def test_the_database_is_looked_through(client: Client) -> None:
    for full in (False, True):
        found = await client.check_integrity(full=full)
        assert (found.ok, found.full, found.problems) == (True, full, ())
        assert found.bytes > 0
