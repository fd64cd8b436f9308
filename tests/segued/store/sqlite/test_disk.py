"""A disk that is full, and a daemon that dies."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from segue.errors import StorageFull
from segue.models import Session
from segued.errors import StoreUnusable
from segued.store.base import SearchFilter
from tests.segued.store.drivers import Home, once
from tests.segued.store.sqlite.files import database, home_in, opened, query


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes, where we may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "segue-test", disk], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("mounting needs root")
    yield disk
    subprocess.run(["umount", disk], check=True)


async def fill(home: Home, session: Session) -> list[str]:
    """Post until the disk is full; return what was acknowledged."""
    kept: list[str] = []
    while len(kept) < 1000:
        try:
            kept.append((await home.post(session, f"{len(kept)} " + "x" * 20_000)).content)
        except StorageFull:
            return kept
    raise AssertionError("the disk was never full")


async def test_a_full_database_refuses_keeps_what_it_acknowledged_and_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session()
        await home.store._writer.execute("PRAGMA max_page_count = 150")  # type: ignore[attr-defined]
        kept = await fill(home, session)
        assert not home.store.healthy
        assert await home.messages(session) == kept
        events = len(home.commits)
        posts = [home.post(session, "y" * 20_000, by=once(home.ada, str(n))) for n in range(20)]
        refused = await asyncio.gather(*posts, return_exceptions=True)
        assert {type(refusal) for refusal in refused} == {StorageFull}
        assert len(home.commits) == events
        await home.store._writer.execute("PRAGMA max_page_count = 100000")  # type: ignore[attr-defined]
        for n in range(2):
            kept.append((await home.post(session, "after", by=once(home.ada, str(n)))).content)
        assert home.store.healthy
        assert await home.messages(session) == kept
        assert len((await home.store.list_hits(home.ada, "after", SearchFilter(), 5)).hits) == 2
        seqs = [event.seq for event in await home.store.list_events(session.id, 0, 1000)]
        assert seqs == list(range(1, len(seqs) + 1))
    assert query(database(tmp_path), "PRAGMA integrity_check") == [("ok",)]


async def test_a_full_disk_refuses_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    async with home_in(small_disk) as home:
        session = await home.session()
        (small_disk / "ballast").write_bytes(b"\0" * 3_000_000)
        kept = await fill(home, session)
        assert await home.messages(session) == kept
        (small_disk / "ballast").unlink()
        kept.append((await home.post(session, "after")).content)
        assert await home.messages(session) == kept
    async with home_in(small_disk) as home:
        assert await home.messages(session) == kept


async def test_a_disk_that_is_full_or_read_only_from_the_start_is_unusable(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(b"\0" * 4 * 1_048_576)
    with pytest.raises(StoreUnusable, match=r"full|cannot write in"):
        async with opened(database(small_disk)):
            pass
    (small_disk / "ballast").unlink()
    await asyncio.to_thread(subprocess.run, ["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(StoreUnusable, match=r"cannot write in|cannot be used"):
        async with opened(database(small_disk)):
            pass


_POST_UNTIL_KILLED = """
import asyncio, sys
from pathlib import Path
from segue.models import PostMessage
from tests.segued.store.sqlite.files import home_in

async def main():
    async with home_in(Path(sys.argv[1])) as home:
        session = await home.session()
        async def say(who):
            for number in range(100_000):
                said = await home.post(session, f"{who} {number}", respond=True)
                print(session.id, said.id, said.seq, flush=True)
        await asyncio.gather(*[say(who) for who in range(8)])

asyncio.run(main())
"""


def said_before_it_was_killed(command: list[str]) -> list[list[str]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(150)]
        process.kill()
        return [line.split() for line in (*lines, *process.stdout)]


async def test_every_acknowledged_message_outlives_a_kill(tmp_path: Path) -> None:
    for _ in range(3):
        command = [sys.executable, "-c", _POST_UNTIL_KILLED, str(tmp_path)]
        acknowledged = await asyncio.to_thread(said_before_it_was_killed, command)
        whole = [line for line in acknowledged if len(line) == 3 and line[2].isdigit()]
        async with home_in(tmp_path) as home:
            session = await home.store.get_session(home.admin, whole[0][0])  # type: ignore[arg-type]
            messages = await home.store.list_messages(home.admin, session.id, 500)
            while page := await home.store.list_messages(home.admin, session.id, 500, after_seq=messages[-1].seq):
                messages += page
            kept = {message.id: message.seq for message in messages}
            assert all(kept[message_id] == int(seq) for _, message_id, seq in whole)
            events = await home.store.list_events(session.id, 0, 100_000)
            assert [event.seq for event in events] == list(range(1, session.last_seq + 1))
            assert len(await home.store.list_turns(home.admin, session.id, 100_000)) == len(messages)
    assert query(database(tmp_path), "PRAGMA integrity_check") == [("ok",)]
