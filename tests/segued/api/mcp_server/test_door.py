"""Who gets in at `/mcp`, and how it ends."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

import pytest
from aiohttp import ClientPayloadError

from segue import routes
from segue.client import Client
from tests.daemons import Daemon
from tests.mcp_agents import over_http
from tests.segued.api.doors import tcp

HANDSHAKE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}},
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_without_a_token_nobody_gets_in(tcp_daemon: Daemon, method: str) -> None:
    async with tcp(tcp_daemon) as http:
        assert (await http(method, routes.MCP, HANDSHAKE, **ACCEPT))[0] == 401
    async with tcp(tcp_daemon, "wrong") as http:
        assert (await http(method, routes.MCP, HANDSHAKE, **ACCEPT))[0] == 401


async def test_another_host_is_refused(tcp_daemon: Daemon, token: str) -> None:
    async with tcp(tcp_daemon, token, Host="evil.example") as http:
        assert (await http("POST", routes.MCP, HANDSHAKE, **ACCEPT))[0] == 403


async def test_a_session_of_the_protocol_serves_only_who_began_it(tcp_daemon: Daemon, owner: Client) -> None:
    keys = [(await owner.create_token(user, user=user)).token for user in ("mcp one", "mcp two")]
    async with tcp(tcp_daemon, keys[0], **ACCEPT) as http, http.session.post(routes.MCP, json=HANDSHAKE) as response:
        mine = response.headers["Mcp-Session-Id"]
    asking = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    for key, status in ((keys[1], 404), (keys[0], 200)):
        async with tcp(tcp_daemon, key, **ACCEPT) as http:
            assert (await http("POST", routes.MCP, asking, Mcp_Session_Id=mine))[0] == status


async def test_the_same_key_posts_once(tcp_daemon: Daemon, owner: Client, token: str) -> None:
    session = await owner.create_session()
    async with tcp(tcp_daemon, token, **ACCEPT) as http:
        async with http.session.post(routes.MCP, json=HANDSHAKE) as response:
            mine = response.headers["Mcp-Session-Id"]
        arguments = {"content": "once", "session": session.id}
        params = {"name": "post_message", "arguments": arguments}
        for number in (2, 3):
            asking = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
            key = {"Mcp_Session_Id": mine, "Idempotency_Key": session.id}
            assert "Posted" in (await http("POST", routes.MCP, asking, **key))[1]
    assert [m.content for m in await owner.messages(session.id)] == ["once"]


async def test_a_deleted_token_ends_what_is_open(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("short-lived")
    async with tcp(tcp_daemon, token.token, **ACCEPT) as http:
        async with http.session.post(routes.MCP, json=HANDSHAKE) as response:
            mine = response.headers["Mcp-Session-Id"]
        async with http.session.get(routes.MCP, headers={"Mcp-Session-Id": mine}) as stream:
            await owner.delete_token(token.id)
            with suppress(ClientPayloadError):  # in good order or cut off: it ends
                await asyncio.wait_for(stream.content.read(), 60)
        async with http.session.post(routes.MCP, json=HANDSHAKE) as response:
            assert response.status == 401


async def test_the_daemon_stops_at_once_while_agents_listen(make_daemon: Callable[..., Daemon]) -> None:
    daemon = make_daemon(LISTEN='["unix:", "tcp:127.0.0.1:0"]', SERVER__STOP_GRACE_SECONDS="60")
    async with daemon.client() as owner:
        token = (await owner.create_token("agent")).token
    async with (
        over_http(daemon, token, "listener") as agent,
        agent.client.listen(resource_subscriptions=["segue://sessions/x"]),
    ):
        begun = asyncio.get_running_loop().time()
        assert await asyncio.to_thread(daemon.stop) == 0
        assert asyncio.get_running_loop().time() - begun < 30
    assert "ERROR" not in daemon.log


def test_the_sdk_waits_for_the_first_agent() -> None:
    code = "import sys, segued.app; print([m for m in ('mcp', 'starlette', 'mcp_types') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout == "[]\n"
