"""Everything in one file, taken while the daemon works, and put back while it does not."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.daemons import Daemon
from tests.segue.cli.conftest import Segue, run_segue


def messages_in(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [row[0] for row in connection.execute("SELECT content FROM messages ORDER BY number")]


async def say(daemon: Daemon, *texts: str, title: str = "Kept") -> str:
    async with daemon.client() as client:
        session = await client.create_session(title=title, reply="never")
        for text in texts:
            await client.post(session.id, text)
        return session.id


async def test_a_backup_is_one_file_with_everything_and_only_for_its_owner(daemon: Daemon, tmp_path: Path) -> None:
    await say(daemon, "one", "two")
    file = tmp_path / "all.db"
    done = run_segue(daemon, "backup", str(file))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"1 session with 2 messages, {file.stat().st_size} bytes, whole: {file}\n"
    assert messages_in(file) == ["one", "two"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert [name for name in os.listdir(tmp_path) if "all" in name] == ["all.db"]
    assert os.listdir(daemon.home / "backups") == []
    piped = run_segue(daemon, "backup", str(tmp_path / "second.db"), "--json")
    assert json.loads(piped.stdout)["messages"] == 2


def test_a_file_that_is_there_is_replaced_only_with_force(segue: Segue, tmp_path: Path) -> None:
    file = tmp_path / "all.db"
    file.write_text("mine")
    refused = segue("backup", str(file))
    assert refused.returncode == 1
    assert "is there already" in refused.stderr
    assert file.read_text() == "mine"
    assert segue("backup", str(file), "--force").returncode == 0
    assert file.read_bytes().startswith(b"SQLite format 3")


def test_a_folder_that_cannot_be_written_leaves_nothing(segue: Segue, tmp_path: Path) -> None:
    done = segue("backup", str(tmp_path / "nowhere" / "all.db"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot write to" in done.stderr
    assert json.loads(segue("backup", "--list", "--json").stdout)["backups"] == []


async def test_without_a_file_it_stays_in_the_daemons_folder(daemon: Daemon) -> None:
    done = run_segue(daemon, "backup")
    listed = run_segue(daemon, "backup", "--list")
    (kept,) = (daemon.home / "backups").iterdir()
    assert kept.name in done.stderr
    assert kept.name in listed.stdout
    assert listed.stderr == f"1 backup in {kept.parent}\n"


async def test_a_backup_is_put_back_and_what_was_there_is_kept(daemon: Daemon, tmp_path: Path) -> None:
    session_id = await say(daemon, "before")
    file = tmp_path / "all.db"
    assert run_segue(daemon, "backup", str(file)).returncode == 0
    async with daemon.client() as client:
        await client.post(session_id, "after")
    refused = run_segue(daemon, "restore", str(file))
    assert refused.returncode == 1
    assert "stop it first" in refused.stderr
    assert daemon.process
    assert f"(pid {daemon.process.pid})" in refused.stderr
    looked = run_segue(daemon, "restore", str(file), "--dry-run")
    assert (looked.returncode, looked.stdout.startswith(f"{file} is whole: 1 sessions")) == (0, True)
    daemon.kill()  # with a log beside the database that is not in it yet
    assert (daemon.home / "segue.db-wal").stat().st_size > 0
    dry = run_segue(daemon, "restore", str(file), "--dry-run")
    assert dry.returncode == 0
    assert f"{file} is whole: 1 sessions, 1 messages" in dry.stdout
    assert "would be kept as" in dry.stdout
    done = run_segue(daemon, "restore", str(file))
    assert done.returncode == 0
    aside = Path(done.stdout.split("is kept as ")[1].split(";")[0])
    assert messages_in(aside) == ["before", "after"]
    daemon.start()
    async with daemon.client() as client:
        assert [m.content for m in (await client.session(session_id)).messages] == ["before"]
        await client.post(session_id, "anew")
        assert (await client.check_integrity(full=True)).ok
    assert messages_in(file) == ["before"]


def test_what_is_no_backup_is_refused(daemon: Daemon, tmp_path: Path) -> None:
    daemon.stop()
    file = tmp_path / "notes.txt"
    file.write_text("Dear diary,\n" * 1000)
    done = run_segue(daemon, "restore", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("is damaged, or no database (file is not a database). Nothing was changed.\n")


def test_a_restore_needs_the_daemon_on_this_machine(segue: Segue, tmp_path: Path) -> None:
    (tmp_path / "all.db").touch()
    done = segue("restore", str(tmp_path / "all.db"), SEGUE_URL="http://192.0.2.1:7348")
    assert done.returncode == 1
    assert "restore it there" in done.stderr
