"""The servers over the API, and what is left of them when the daemon is not."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from segue import routes
from segue.errors import McpFailed, McpServerNotFound, McpToolNotFound, McpUnavailable
from segue.routes import path
from segued.config import McpServerSettings
from tests.daemons import Daemon
from tests.mcp_servers import as_environment, modern, older
from tests.segued.api.doors import tcp
from tests.segued.mcp.pools import is_running, until

TIME = McpServerSettings(
    command=str(Path(sys.executable).with_name("mcp-server-time")), args=("--local-timezone", "Europe/Berlin")
)


@pytest.fixture(scope="module")
def mcp_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    servers = as_environment(older=older(), ask=older(approve="always"), none=McpServerSettings(command="no-such"))
    daemon = Daemon(tmp_path_factory.mktemp("mcp"), servers | {"LISTEN": '["unix:", "tcp:127.0.0.1:0"]'})
    daemon.start()
    yield daemon
    assert daemon.stop() == 0, daemon.log


async def test_servers_are_listed_called_restarted_and_counted(mcp_daemon: Daemon) -> None:
    async with mcp_daemon.client(retry_seconds=0) as client:
        assert [server.name for server in await client.mcp_servers()] == ["older", "ask", "none"]
        result = await client.call_tool("older", "echo", {"text": "hi"})
        assert (result.content, result.is_error) == (({"type": "text", "text": "hi"},), False)
        server = await client.mcp_server("older")
        assert (server.state, server.tools, server.known_tools[0].name) == ("idle", len(server.known_tools), "echo")
        assert {tool.server for tool in await client.mcp_tools()} == {"older", "ask"}
        assert (await client.restart_mcp_server("older")).starts == server.starts + 1
        used = {(u.server, u.tool): u.calls for u in (await client.mcp_usage()).tools}
        assert used["older", "echo"] == 1
        assert [server.name for server in (await client.status()).mcp] == ["older", "ask", "none"]


async def test_what_goes_wrong_has_a_code_of_its_own(mcp_daemon: Daemon) -> None:
    async with mcp_daemon.client(retry_seconds=0) as client:
        with pytest.raises(McpServerNotFound):
            await client.call_tool("gone", "echo")
        with pytest.raises(McpToolNotFound):
            await client.call_tool("older", "gone")
        with pytest.raises(McpUnavailable, match="there is no command 'no-such'"):
            await client.call_tool("none", "echo")
        with pytest.raises(McpFailed):
            await client.call_tool("older", "crash")


async def test_the_result_is_as_mcp_gives_it_at_the_root_too(mcp_daemon: Daemon) -> None:
    async with mcp_daemon.http() as http:
        where = path(routes.at_root(routes.MCP_CALL), server="older", tool="echo")
        expected = {"content": [{"type": "text", "text": "hi"}]}
        assert await http("POST", where, {"arguments": {"text": "hi"}}) == (200, expected)
        assert (await http("POST", where))[0] == 200
        assert (await http("GET", "/mcp/servers"))[1]["servers"][0]["name"] == "older"
        status, metrics = await http("GET", routes.METRICS)
        assert status == 200
        assert 'segue_mcp_call_seconds_count{server="older",tool="echo"}' in metrics
        assert 'segue_mcp_servers{server="none",state="' in metrics


async def test_who_may_only_read_calls_nothing_and_sees_the_use_of_no_other(mcp_daemon: Daemon) -> None:
    async with mcp_daemon.client() as client:
        await client.call_tool("older", "echo")
        token = await client.create_token("reader", user="reader", scopes=["read"])
    async with tcp(mcp_daemon, token.token) as http:
        assert (await http("POST", path(routes.MCP_CALL, server="older", tool="echo")))[0] == 403
        assert (await http("POST", path(routes.MCP_RESTART, server="older")))[0] == 403
        assert await http("GET", routes.MCP_USAGE) == (200, {"tools": [], "sessions": []})
        assert (await http("GET", routes.MCP_SERVERS))[0] == 200


@pytest.mark.parametrize("end", ["kill", "stop"])
async def test_no_process_of_a_server_outlives_the_daemon(tmp_path: Path, end: str) -> None:
    daemon = Daemon(tmp_path, as_environment(older=older(), modern=modern(start="ahead")))
    daemon.start()
    try:
        async with daemon.client() as client:
            bred = await client.call_tool("older", "breed")
            pids = [0]
            while not all(pids):
                pids = [server.pid or 0 for server in await client.mcp_servers()]
        left = [int(bred.content[0]["text"]), *pids]
        left += [child for pid in left for child in _children(pid)]
        assert len(left) == 5
        assert all(is_running(pid) for pid in left)
    finally:
        getattr(daemon, end)()
    await until(lambda: not any(map(is_running, left)))


def _children(pid: int) -> list[int]:
    stats = [Path(f"/proc/{name}/stat") for name in os.listdir("/proc") if name.isdigit()]
    found = [(int(stat.parent.name), stat.read_text().rpartition(")")[2].split()[1]) for stat in stats if stat.exists()]
    return [child for child, parent in found if parent == str(pid)]


async def test_the_reference_server_for_time_is_used(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, as_environment(time=TIME))
    daemon.start()
    try:
        async with daemon.client() as client:
            result = await client.call_tool("time", "get_current_time", {"timezone": "Asia/Tokyo"})
            assert "Asia/Tokyo" in result.content[0]["text"]
            assert {"time__get_current_time", "time__convert_time"} <= {t.unique_name for t in await client.mcp_tools()}
            wrong = await client.call_tool("time", "get_current_time", {"timezone": "Nowhere"})
            assert wrong.is_error
    finally:
        daemon.kill()
