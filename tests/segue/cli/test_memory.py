from __future__ import annotations

import json
from pathlib import Path

import pytest

from segue.client import Client
from tests.segue.cli.conftest import Segue


@pytest.fixture
def project(title: str) -> str:
    """A project that only this test has."""
    return f"of {title}"


def test_what_is_set_is_got_listed_and_found(segue: Segue, project: str) -> None:
    saved = segue("memory", "set", "deploy-day", "every\nFriday", "-p", project, "--metadata", '{"source": "wiki"}')
    assert (saved.returncode, saved.stdout) == (0, "")
    assert f"{project} remembers deploy-day (version 1)" in saved.stderr
    assert segue("memory", "get", "deploy-day", "-p", project).stdout == "every\nFriday\n"
    whole = json.loads(segue("memory", "get", "deploy-day", "-p", project, "--json").stdout)
    assert (whole["metadata"], whole["interface"], whole["expires_at"]) == ({"source": "wiki"}, "cli", None)
    row = segue("memory", "list", "-p", project).stdout.splitlines()[1]
    assert row.startswith("deploy-day")
    assert row.endswith("never    every Friday")
    assert json.loads(segue("memory", "list", "-p", project, "--json").stdout)["count"] == 1
    assert "every ⟦Friday⟧" in segue("memory", "search", "fridays", "-p", project).stdout
    assert "nothing was found" in segue("memory", "search", "zeppelin", "-p", project).stderr
    assert project in segue("memory", "projects", "--limit", "1000").stdout


async def test_a_search_is_narrowed_down_and_goes_on(segue: Segue, client: Client, project: str) -> None:
    session = await client.create_session(title=project)
    for key in "ab":
        await client.save_memory(project, key, f"a quagga {key}", session_id=session.id)
    assert segue("memory", "set", "c", "a quagga", "-p", project).returncode == 0
    inside = ("memory", "search", "quagga", "-p", project)
    me = (await client.me()).user.name
    for narrow, keys in (
        (("--session", project), "ab"),
        (("--user", me, "--interface", "cli"), "c"),
        (("--from", "cli", "--since", "2026-01-01T00:00:00Z"), "c"),
        (("--until", "2020-01-01"), ""),
    ):
        found = json.loads(segue(*inside, *narrow, "--json").stdout)
        assert sorted(memory["key"] for memory in found["memories"]) == list(keys), narrow
    first = segue(*inside, "--limit", "2")
    assert (first.stdout.count("⟦quagga⟧"), "more with --offset 2" in first.stderr) == (2, True)
    last = segue(*inside, "--offset", "2")
    assert (last.stdout.count("⟦quagga⟧"), last.stderr) == (1, "")
    assert "nothing more was found" in segue(*inside, "--offset", "3").stderr


def test_a_value_may_be_piped_in_and_expire(segue: Segue, project: str) -> None:
    saved = segue("memory", "set", "k", "-p", project, "--ttl", "2h", "--json", stdin="from\na pipe\n")
    assert json.loads(saved.stdout)["version"] == 1
    memory = json.loads(segue("memory", "get", "k", "-p", project, "--json").stdout)
    assert memory["value"] == "from\na pipe"
    assert memory["expires_at"] > memory["created_at"]


def test_a_version_is_restored_and_a_memory_deleted_only_when_that_was_meant(segue: Segue, project: str) -> None:
    for value in ("one", "two"):
        segue("memory", "set", "k", value, "-p", project)
    lines = segue("memory", "history", "k", "-p", project).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["VERSION", "2", "1"]
    assert "now version 3" in segue("memory", "restore", "k", "1", "-p", project).stderr
    assert segue("memory", "get", "k", "-p", project).stdout == "one\n"
    unsure = segue("memory", "delete", "k", "-p", project)
    assert (unsure.returncode, "--yes" in unsure.stderr) == (2, True)
    assert segue("memory", "delete", "k", "-p", project, "--yes").returncode == 0
    gone = segue("memory", "get", "k", "-p", project)
    assert (gone.returncode, gone.stdout) == (1, "")
    assert "remembers nothing under 'k'" in gone.stderr


async def test_the_project_is_that_of_the_terminals_session(segue: Segue, client: Client, project: str) -> None:
    session = await client.create_session(place=("tui", "main"))
    await client.update_session(session.id, project_id=None)
    done = segue("memory", "list")
    assert (done.returncode, "say which project with --project" in done.stderr) == (1, True)
    assert f"`segue sessions project {session.id[-8:]} NAME`" in done.stderr
    assert segue("sessions", "project", session.id, project).returncode == 0
    segue("memory", "set", "k", "v", "--session", session.id)
    assert segue("memory", "get", "k").stdout == "v\n"
    (use,) = (await client.context(session.id)).context.saved_memories[-1:]
    assert use.memory_key == "k"
    assert segue("sessions", "project", session.id, "").returncode == 0
    assert (await client.session(session.id)).project_id is None


def test_what_is_taken_out_is_brought_in_and_twice_adds_nothing(segue: Segue, project: str, tmp_path: Path) -> None:
    for number in range(3):
        segue("memory", "set", f"k{number}", "ü" * number, "-p", project)
    file = tmp_path / "memories.json"
    assert segue("memory", "export", "-p", project, "-o", str(file)).returncode == 0
    assert (
        segue("memory", "export", "-p", project).stdout.split('"memories"')[1]
        == file.read_text().split('"memories"')[1]
    )
    again = segue("memory", "import", str(file))
    assert "0 saved, 3 there already" in again.stderr
    elsewhere = segue("memory", "import", str(file), "-p", f"{project} 2", "--json")
    assert json.loads(elsewhere.stdout) == {
        "project_id": f"{project} 2",
        "saved": 3,
        "unchanged": 0,
        "skipped": [],
    }
    many = [{"key": f"n{number}", "value": "x"} for number in range(1100)]
    piped = segue("memory", "import", "-", "-p", project, stdin=json.dumps(many))
    assert "1100 saved" in piped.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"memories": [', "is not JSON (line 1"),
        (b"\xff\xfe{}", "is not UTF-8"),
        (b"{}", "holds no memories"),
        (b"[" * 100_000, "nested too deep"),
        (b'[{"key": "a"}]', "value"),
        (json.dumps([{"key": f"k{n}", "value": "v"} for n in range(500)] + [{"key": ""}]).encode(), "first 500 are in"),
    ],
)
def test_a_file_that_cannot_be_brought_in_says_why(
    segue: Segue, project: str, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "broken.json"
    file.write_bytes(content)
    done = segue("memory", "import", str(file), "-p", project)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("set", "k", "v", "--ttl", "soon"),
        ("set", "k", "v", "--metadata", "{"),
        ("set", "k", "v", "--metadata", "[]"),
        ("restore", "k", "0"),
        ("search",),
        ("import", "/nowhere.json"),
    ],
)
def test_used_wrongly_is_exit_code_2(segue: Segue, project: str, arguments: tuple[str, ...]) -> None:
    done = segue("memory", *arguments, "-p", project)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: " in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("set", "k", "v", "--ttl", "0"), "ttl_seconds"),
        (("set", "k", "v", "--ttl", "999999999w"), "ttl_seconds"),
        (("set", "", "v"), "key"),
        (("set", "a\tb", "v"), "control characters"),
        (("set", "k", "x" * 70_000), "70000 bytes and the limit is 65536"),
    ],
)
def test_what_the_daemon_refuses_is_a_sentence(
    segue: Segue, project: str, arguments: tuple[str, ...], said: str
) -> None:
    done = segue("memory", *arguments, "-p", project)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
