from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from segue.client import Client
from tests.daemons import Daemon
from tests.segue.cli.conftest import Segue


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
