from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from segue.cli import collection, export, wire
from segue.client import Client
from segue.models import PostMessage
from tests.daemons import Daemon
from tests.segue.cli.conftest import Segue, run_segue


@pytest.fixture
async def session(shared_daemon: Daemon, title: str) -> dict[str, Any]:
    async with shared_daemon.client() as client:
        made = await client.create_session(title=title, reply="never")
        await client.post(made.id, "the only message", sender="ada")
        await client.add_context(made.id, file_path="a.py", file_importance=0.5, decision="we do\nit")
        return made.model_dump(mode="json")


async def test_a_session_is_taken_out_whole(segue: Segue, session: dict[str, Any], title: str) -> None:
    taken = json.loads(segue("export", title).stdout)
    assert (taken["format"], taken["session"]["id"]) == ("segue-session/1", session["id"])
    assert [m["content"] for m in taken["messages"]] == ["the only message"]
    assert [entry["decision"] for entry in taken["context"]] == ["we do\nit"]


def test_the_format_is_as_asked_or_as_the_file_is_called(
    segue: Segue, session: dict[str, Any], title: str, tmp_path: Path
) -> None:
    shown = segue("export", title, "--format", "markdown").stdout
    file = tmp_path / "talk.md"
    done = segue("export", title, "-o", str(file))
    assert (done.returncode, done.stdout) == (0, "")
    assert f"wrote {file} ({file.stat().st_size} bytes)" in done.stderr
    body = file.read_text().split("\n---\n", 1)[1]
    assert body == shown.split("\n---\n", 1)[1]
    assert "**ada** · user" in body
    assert "the only message" in body
    assert "a.py (importance 0.5)" in body
    assert sorted(path.name for path in tmp_path.iterdir()) == ["talk.md"]


async def test_a_file_that_cannot_be_written_is_a_sentence(segue: Segue, session: dict[str, Any], title: str) -> None:
    done = segue("export", title, "-o", "/nowhere/talk.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "segue: cannot write to /nowhere: No such file or directory\n"


async def test_the_context_is_shown(segue: Segue, session: dict[str, Any], title: str, client: Client) -> None:
    shown = segue("sessions", "show", title, "--context")
    assert [text.strip().split(" ", 1)[-1] for text in shown.stdout.splitlines()] == [
        "Files",
        "a.py (0.5)",
        "Decisions",
        "we do it",
    ]
    assert f"{title} · {session['id']} · context of " in shown.stderr
    found = json.loads(segue("sessions", "show", title, "--context", "--json").stdout)
    assert found["context"]["file_importance_scores"] == {"a.py": 0.5}
    for number in range(3):
        await client.add_context(session["id"], search_query=f"query {number}")
    shown = segue("sessions", "show", title, "--context", "-n", "1")
    assert "older entries left out" in shown.stderr
    assert "query 2" in shown.stdout
    assert "query 1" not in shown.stdout


async def everything(daemon: Daemon) -> dict[str, list[str]]:
    """Return what was said in each session, by its title; and what a project remembers."""
    async with daemon.client() as client:
        found = {
            session.title: [message.content for message in (await client.session(session.id)).messages]
            for session in (await client.sessions()).sessions
        }
        return found | {"memories": sorted(m.value for m in await client.memories("a/b"))}


async def fill(daemon: Daemon) -> str:
    async with daemon.client() as client:
        for number in range(3):
            made = await client.create_session(title=f"Talk {number}", reply="never", project_id="a/b")
            await client.post_batch(made.id, [PostMessage(content=f"{number} {n}") for n in range(number + 1)])
        await client.save_memory("a/b", "k", "v")
        return made.id


@pytest.mark.parametrize("target", ["all", "all.zip"])
async def test_all_is_taken_out_and_brought_in_elsewhere(
    make_daemon: Callable[..., Daemon], tmp_path: Path, target: str
) -> None:
    here, there = make_daemon(), make_daemon()
    await fill(here)
    done = run_segue(here, "export", "--all", str(tmp_path / target))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"3 sessions, and what 1 project remembers: {tmp_path / target}\n"
    brought = json.loads(run_segue(there, "import", str(tmp_path / target), "--json").stdout)
    assert (brought["sessions"], brought["messages"], brought["memories"]) == (3, 6, 1)
    assert await everything(there) == await everything(here)


async def test_what_is_here_is_not_brought_in_beside_itself_unless_asked(daemon: Daemon, tmp_path: Path) -> None:
    await fill(daemon)
    folder = str(tmp_path / "all")
    assert run_segue(daemon, "export", "--all", folder).returncode == 0
    before = await everything(daemon)
    assert "3 sessions skipped, for being here" in run_segue(daemon, "import", folder).stderr
    assert "6 messages would be brought into 3 sessions" in run_segue(daemon, "import", folder, "--dry-run").stderr
    assert await everything(daemon) == before
    for known in (0, 6):
        done = json.loads(run_segue(daemon, "import", folder, "--again", "--json").stdout)
        assert (done["messages"], done["known"], done["memories"]) == (6 - known, known, 0)


async def test_taking_out_all_again_writes_what_has_changed(daemon: Daemon, tmp_path: Path) -> None:
    session_id = await fill(daemon)
    folder = tmp_path / "all"
    assert run_segue(daemon, "export", "--all", str(folder)).returncode == 0
    before = {path.name: path.stat().st_ino for path in folder.iterdir()}
    (folder / "segue-export.json").unlink()  # as if it had been stopped
    async with daemon.client() as client:
        await client.post(session_id, "more")
    done = run_segue(daemon, "export", "--all", str(folder))
    assert "3 sessions, 2 of them as they were" in done.stderr
    after = {path.name: path.stat().st_ino for path in folder.iterdir()}
    assert before.keys() == after.keys()
    same = {name for name in after if before[name] == after[name]}
    assert len(same) == 2
    assert f"{session_id}.json" not in same
    assert "more" in (folder / f"{session_id}.json").read_text()


@pytest.mark.parametrize("target", ["all", "all.zip"])
async def test_what_is_deleted_meanwhile_is_left_out(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    session_id = await fill(daemon)
    listed, way = export._sessions(), wire.Wire(wire.parse(daemon.address))

    def deleted_then() -> Iterator[dict[str, Any]]:
        yield from listed
        run_segue(daemon, "sessions", "delete", session_id, "--yes")

    monkeypatch.setattr(export, "_sessions", deleted_then)
    monkeypatch.setattr(export, "daemon", lambda: way)
    with way:
        export.export_all(str(tmp_path / target))
    assert capsys.readouterr().err.startswith("2 sessions, and what 1 project remembers: ")
    with collection.parts(str(tmp_path / target)) as parts:
        assert len([name for name, _, _ in parts]) == 3


def test_all_excludes_what_is_for_one(segue: Segue, tmp_path: Path) -> None:
    assert segue("export", "--all", str(tmp_path / "all"), "--format", "markdown").returncode == 2
    assert segue("import", str(tmp_path), "--title", "x").returncode == 2
    assert "cannot write" in segue("export", "--all", "/proc/nowhere").stderr
