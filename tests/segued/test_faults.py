"""A disk that is full, a file that may not grow, one that is gone, a page that is damaged: the daemon says so, keeps
what it has, and comes back by itself."""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from segue import routes
from segue.client import Client
from segue.errors import StorageFailed, StorageFull, Unavailable
from segue.models import PostMessage
from tests.daemons import Daemon
from tests.segue.cli.conftest import run_segue
from tests.segued.api.doors import tcp_url

_MOST_POSTS = 2000
_PAGE_BYTES = 4096


async def until(true: Callable[[], Awaitable[Any]]) -> Any:
    """Return what it returns, once that is true."""
    async with asyncio.timeout(60):
        while not (found := await true()):
            await asyncio.sleep(0.05)
        return found


async def ready(daemon: Daemon) -> tuple[int, Any]:
    async with daemon.http() as http:
        return await http("GET", routes.READY)


async def fill(client: Client, session_id: str) -> tuple[list[str], Unavailable]:
    """Post until it is refused; return what was acknowledged, and the refusal."""
    kept: list[str] = []
    while len(kept) < _MOST_POSTS:
        try:
            kept.append((await client.post(session_id, f"{len(kept)} " + "x" * 100_000)).content)
        except Unavailable as exc:
            return kept, exc
    raise AssertionError("it was never refused")


async def kept_by(client: Client, session_id: str) -> list[str]:
    return [message.content for message in (await client.session(session_id)).messages]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of sixteen megabytes, where we may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "segue-test", disk], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("mounting needs root")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


async def test_a_full_disk_is_told_and_room_brings_it_back(
    make_daemon: Callable[..., Daemon], small_disk: Path
) -> None:
    daemon = make_daemon(STORE__PATH=str(small_disk / "segue.db"), LISTEN='["unix:", "tcp:127.0.0.1:0"]')
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 12_000_000)
    async with daemon.client(retry_seconds=0) as client:
        session = await client.create_session(reply="never", project_id="p")
        await client.save_memory("p", "k", "v")
        token = (await client.create_token("for exports", scopes=("read",))).token
        kept, refusal = await fill(client, session.id)
        assert isinstance(refusal, StorageFull)
        assert "the disk is full" in refusal.message
        status, told = await ready(daemon)
        assert (status, told["checks"]["store"]) == (503, False)
        assert "free some space" in told["trouble"]
        assert (await client.status()).store_trouble == told["trouble"]
        with pytest.raises(StorageFull, match="no backup was made"):
            await client.back_up()
        for taken in ("export", session.id), ("memory", "export", "-p", "p"), ("server", "reload"):
            done = run_segue(daemon, *taken)
            assert done.returncode == 0, done.stderr
        done = run_segue(daemon, "export", session.id, SEGUE_URL=tcp_url(daemon), SEGUE_TOKEN=token)
        assert done.returncode == 0, done.stderr
        assert "not in the audit log, which cannot be written: config.reloaded" in daemon.log
        assert await kept_by(client, session.id) == kept
        assert "the disk is full" in daemon.log
        ballast.unlink()

        async def is_ready() -> bool:
            return (await ready(daemon))[0] == 200

        await until(is_ready)  # without anybody writing
        assert "takes writes again" in daemon.log
        kept.append((await client.post(session.id, "after")).content)
        assert await kept_by(client, session.id) == kept
    assert daemon.stop() == 0


async def test_a_file_that_may_not_grow_is_told_and_one_that_may_brings_it_back(daemon: Daemon) -> None:
    assert daemon.process
    _, hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
    async with daemon.client(retry_seconds=0) as client:
        session = await client.create_session(reply="never")
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (1_000_000, hard))
        kept, refusal = await fill(client, session.id)
        assert isinstance(refusal, StorageFailed)
        assert "I/O error" in refusal.message
        assert (await ready(daemon))[0] == 503
        assert await kept_by(client, session.id) == kept
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (hard, hard))

        async def is_ready() -> bool:
            return (await ready(daemon))[0] == 200

        await until(is_ready)
        await client.post(session.id, "after")
        assert await kept_by(client, session.id) == [*kept, "after"]
        assert (await client.check_integrity(full=True)).ok


async def is_told(daemon: Daemon, text: str) -> None:
    async def tells() -> bool:
        return text in ((await ready(daemon))[1]["trouble"] or "")

    await until(tells)


async def test_nothing_is_lost_of_a_file_that_is_looked_at_while_it_is_away(daemon: Daemon, tmp_path: Path) -> None:
    file, away = daemon.home / "segue.db", daemon.home / "away.db"
    async with daemon.client(retry_seconds=0) as client:
        session = await client.create_session(reply="never")
        await client.post(session.id, "before")
        file.rename(away)
        await is_told(daemon, "do not restart the daemon")  # without anybody writing
        with pytest.raises(StorageFailed, match="moved or deleted"):
            await client.post(session.id, "lost?")
        assert (await client.check_integrity()).ok
        done = run_segue(daemon, "backup", str(tmp_path / "rescue.db"))
        assert done.returncode == 0, done.stderr
        assert "before" in run_segue(daemon, "export", session.id).stdout
        assert not file.exists()
        assert file.with_name("segue.db-wal").exists()
        away.rename(file)

        async def is_ready() -> bool:
            return (await ready(daemon))[0] == 200

        await until(is_ready)
        await client.post(session.id, "after")
    daemon.restart()
    async with daemon.client() as client:
        assert await kept_by(client, session.id) == ["before", "after"]
    assert "the daemon did not end properly the last time" in daemon.log


async def test_a_deleted_log_is_told_and_all_of_it_can_be_rescued(daemon: Daemon, tmp_path: Path) -> None:
    async with daemon.client(retry_seconds=0) as client:
        session = await client.create_session(reply="never")
        await client.post(session.id, "before")
        (daemon.home / "segue.db-wal").unlink()
        await is_told(daemon, "log (the file that ends in -wal) was moved or deleted")
        with pytest.raises(StorageFailed, match="segue backup FILE"):
            await client.post(session.id, "lost?")
        rescue = tmp_path / "rescue.db"
        assert run_segue(daemon, "backup", str(rescue)).returncode == 0
    assert "takes writes again" not in daemon.log
    daemon.kill()
    assert run_segue(daemon, "restore", str(rescue)).returncode == 0
    daemon.start()
    async with daemon.client() as client:
        assert await kept_by(client, session.id) == ["before"]


async def test_a_lock_that_was_deleted_is_made_anew(daemon: Daemon) -> None:
    lock = daemon.home / "segue.db.lock"
    lock.unlink()

    async def is_back() -> bool:
        return lock.exists() and "is made anew" in daemon.log

    await until(is_back)
    assert daemon.process
    assert lock.read_text() == str(daemon.process.pid)
    second = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "segued", env=daemon.env, stderr=subprocess.PIPE
    )
    _, said = await second.communicate()
    assert second.returncode == 1
    assert f"another segued (pid {daemon.process.pid}) owns" in said.decode()


def break_messages(file: Path) -> None:
    """Write over a page in the middle of the messages."""
    with closing(sqlite3.connect(file)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'messages'").fetchone()
    whole = bytearray(file.read_bytes())
    interior = whole[(root - 1) * _PAGE_BYTES : root * _PAGE_BYTES]
    assert interior[0] == 5, "the table has grown to more than a page"
    cell = int.from_bytes(interior[12 + 40 : 12 + 42])  # the one after the twentieth of its children
    leaf = int.from_bytes(interior[cell : cell + 4])
    whole[(leaf - 1) * _PAGE_BYTES : leaf * _PAGE_BYTES] = os.urandom(_PAGE_BYTES)
    file.write_bytes(whole)


async def fill_with(daemon: Daemon, count: int, characters: int) -> tuple[str, str]:
    """Make a long session, and one with one message; return their ids."""
    async with daemon.client() as client:
        session = await client.create_session(reply="never", title="Long")
        other = await client.create_session(reply="never", title="Other")
        await client.post_batch(session.id, [PostMessage(content="x" * characters) for _ in range(count)])
        await client.post(other.id, "well")
        return session.id, other.id


async def test_a_damaged_page_is_refused_at_the_start_and_a_backup_brings_it_back(
    daemon: Daemon, tmp_path: Path
) -> None:
    session_id, _ = await fill_with(daemon, 100, 1500)
    backup = tmp_path / "all.db"
    assert run_segue(daemon, "backup", str(backup)).returncode == 0
    daemon.stop()
    break_messages(daemon.home / "segue.db")
    done = run_segue(daemon, "server", "start")
    assert done.returncode == 1
    assert "is damaged" in done.stderr
    assert "segue restore FILE" in done.stderr
    assert run_segue(daemon, "restore", str(backup)).returncode == 0
    daemon.start()
    async with daemon.client() as client:
        assert len(await kept_by(client, session_id)) == 100


async def test_damage_in_a_large_database_is_told_and_the_rest_is_served(daemon: Daemon, tmp_path: Path) -> None:
    session_id, other_id = await fill_with(daemon, 100, 190_000)  # more than is looked through at every start
    daemon.stop()
    break_messages(daemon.home / "segue.db")
    daemon.start()
    async with daemon.client(retry_seconds=0) as client:
        found = await client.check_integrity()
        assert not found.ok
        assert found.problems
        with pytest.raises(StorageFailed, match="damaged"):
            await client.back_up()
        with pytest.raises(StorageFailed, match="segue doctor"):
            await kept_by(client, session_id)
        status, told = await ready(daemon)
        assert status == 200
        assert "damaged" in told["trouble"]
        assert await kept_by(client, other_id) == ["well"]
    daemon.kill()
    daemon.start()  # after a crash it looks by itself
    await is_told(daemon, "damaged")


def break_root(file: Path, table: str) -> None:
    """Write over the page where all reads of the table begin."""
    with closing(sqlite3.connect(file)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    with file.open("r+b") as content:
        content.seek((root - 1) * _PAGE_BYTES)
        content.write(os.urandom(_PAGE_BYTES))


async def test_a_large_database_that_can_hardly_be_read_is_served_as_far_as_can_be(daemon: Daemon) -> None:
    await fill_with(daemon, 100, 190_000)
    daemon.stop()
    break_root(daemon.home / "segue.db", "sessions")
    (daemon.home / "segue.db-wal").touch()  # as if it had crashed
    daemon.start()
    async with daemon.client(retry_seconds=0) as client:
        await is_told(daemon, "damaged")
        assert (await ready(daemon))[0] == 503
        status = await client.status()
        assert status.pid
        assert "damaged" in (status.store_trouble or "")
    assert "Traceback" not in daemon.log
    done = run_segue(daemon, "server", "stop")
    assert done.returncode == 0, done.stderr
    daemon.stop()
    (daemon.home / "segue.db-wal").touch()
    done = run_segue(daemon, "server", "start")
    assert (done.returncode, "damaged" in done.stderr) == (0, True), done.stderr
    done = run_segue(daemon, "status")
    assert (done.returncode, "damaged" in done.stdout) == (1, True), done.stdout
    assert run_segue(daemon, "server", "stop").returncode == 0
