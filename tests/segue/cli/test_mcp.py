"""`segue mcp …`, and what `segue status` says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from subprocess import CompletedProcess

import pytest

from segued.config import McpServerSettings
from tests.daemons import Daemon
from tests.mcp_servers import as_environment, older
from tests.segue.cli.conftest import run_segue


@pytest.fixture(scope="module")
def mcp_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    servers = as_environment(older=older(approve="writes", read_only=("echo",)), none=McpServerSettings(command="gone"))
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
    ]
    tools = mcp("tools").stdout.splitlines()
    assert tools[:2] == ["older  echo (only reads)", "older  crash (asks a person)"]
    shown = mcp("show", "older").stdout
    assert shown.startswith("● older: idle, older 0.9, MCP 2025-06-18, pid ")
    assert "a person allows writes" in shown
    assert "✗ none: error, there is no command 'gone': install it" in mcp("show", "none").stdout
    assert mcp("restart", "older").stderr.startswith("older: idle")
    failed = mcp("restart", "none")
    assert (failed.returncode, "there is no command 'gone'" in failed.stderr) == (1, True)
    assert json.loads(mcp("list", "--json").stdout)["servers"][0]["starts"] == 2


def test_a_tool_is_called_and_its_use_told(mcp_daemon: Daemon) -> None:
    done = run_segue(mcp_daemon, "mcp", "call", "older", "echo", '{"text": "hi"}')
    assert (done.returncode, done.stdout) == (0, "hi\n")
    raw = run_segue(mcp_daemon, "mcp", "call", "older", "echo", "--json")
    assert json.loads(raw.stdout) == {"content": [{"type": "text", "text": "done"}]}
    assert run_segue(mcp_daemon, "mcp", "call", "older", "echo", "[1]").returncode == 2
    wrong = run_segue(mcp_daemon, "mcp", "call", "older", "ecco")
    assert (wrong.returncode, "no tool 'ecco'; it has echo" in wrong.stderr) == (1, True)
    (row,) = run_segue(mcp_daemon, "mcp", "usage").stdout.splitlines()[1:]
    assert row.split()[:4] == ["older", "echo", "2", "0"]
    status = run_segue(mcp_daemon, "status").stdout
    assert "mcp         ● older: idle" in status
