"""`segue mcp …`, and what `segue status` says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from segued.config import McpServerSettings
from tests.daemons import Daemon
from tests.mcp_servers import as_environment, modern, older
from tests.segue.cli.conftest import run_segue, watched
from tests.segued.mcp.pools import until


@pytest.fixture(scope="module")
def mcp_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    servers = as_environment(
        older=older(approve="writes", read_only=("echo",)), none=McpServerSettings(command="gone"), modern=modern()
    )
    daemon = Daemon(tmp_path_factory.mktemp("mcp"), servers)
    daemon.start()
    yield daemon
    daemon.kill()


def test_servers_are_listed_looked_at_and_restarted(mcp_daemon: Daemon) -> None:
    def mcp(*arguments: str) -> CompletedProcess[str]:
        return run_segue(mcp_daemon, "mcp", *arguments)

    assert [row.split()[:3] for row in mcp("list").stdout.splitlines()[1:]] == [
        ["older", "closed", "stdio"],
        ["none", "closed", "stdio"],
        ["modern", "closed", "stdio"],
    ]
    tools = mcp("tools")
    assert tools.stdout.splitlines()[:2] == ["older__echo (only reads)", "older__crash (asks a person)"]
    assert "none: there is no command 'gone': install it, or set its whole path; it is tried" in tools.stderr
    assert {line.partition("__")[0] for line in mcp("tools", "modern").stdout.splitlines()} == {"modern"}
    alone = mcp("tools", "none")
    assert (alone.stdout, alone.stderr.splitlines()[0].partition(":")[0]) == ("", "none")
    assert "there is no MCP server 'nowhere'; the settings name:" in mcp("tools", "nowhere").stderr
    shown = mcp("show", "older").stdout
    assert shown.startswith("● older: idle, older 0.9, MCP 2025-06-18, pid ")
    assert "a person allows writes" in shown
    assert "✗ none: error, there is no command 'gone': install it" in mcp("show", "none").stdout
    assert mcp("restart", "older").stderr.startswith("older: idle")
    failed = mcp("restart", "none")
    assert (failed.returncode, "there is no command 'gone'" in failed.stderr) == (1, True)
    assert mcp_daemon.log.count("there is no command 'gone'") == 1, "it was asked for again, or tried again"
    assert json.loads(mcp("list", "--json").stdout)["servers"][0]["starts"] == 2


def test_a_tool_is_called_and_its_use_told(mcp_daemon: Daemon) -> None:
    done = run_segue(mcp_daemon, "mcp", "call", "older", "echo", '{"text": "hi"}')
    assert (done.returncode, done.stdout) == (0, "hi\n")
    raw = run_segue(mcp_daemon, "mcp", "call", "older", "echo", "--json")
    assert json.loads(raw.stdout) == {"content": [{"type": "text", "text": "done"}]}
    assert run_segue(mcp_daemon, "mcp", "call", "older", "echo", "[1]").returncode == 2
    wrong = run_segue(mcp_daemon, "mcp", "call", "older", "ecco")
    assert (wrong.returncode, "no tool 'ecco'; it has echo" in wrong.stderr) == (1, True)
    named = run_segue(mcp_daemon, "mcp", "call", "older__echo", '{"text": "hi"}')
    assert (named.returncode, named.stdout) == (0, "hi\n")
    assert run_segue(mcp_daemon, "mcp", "call", "older__echo").stdout == "done\n"
    nowhere = run_segue(mcp_daemon, "mcp", "call", "nowhere__echo", "{}")
    assert "there is no MCP server 'nowhere'; the settings name: modern, none, older" in nowhere.stderr
    assert "which tool? `segue mcp show older` lists" in run_segue(mcp_daemon, "mcp", "call", "older").stderr
    (row,) = run_segue(mcp_daemon, "mcp", "usage").stdout.splitlines()[1:]
    assert row.split()[:4] == ["older", "echo", "4", "0"]
    assert "since the daemon started" in run_segue(mcp_daemon, "mcp", "list").stderr
    status = run_segue(mcp_daemon, "status").stdout
    assert "mcp         ● older: idle" in status


async def test_a_call_whose_command_is_killed_ends_at_the_server_too(mcp_daemon: Daemon, tmp_path: Path) -> None:
    note = tmp_path / "note"
    arguments = json.dumps({"note": str(note)})
    with watched(mcp_daemon, "mcp", "call", "modern", "linger", arguments):
        await until(note.exists)
    await until(lambda: note.read_text() == "cancelled")
