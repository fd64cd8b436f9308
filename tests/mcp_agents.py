"""Agents that speak MCP: the official SDK's client, over HTTP with a token or with `segue mcp serve` as its server."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal
from uuid import uuid4

import httpx2
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, Implementation, ResourceUpdatedNotification, TextContent

import segue.client
from segue import routes
from segue.models import SessionId
from tests.daemons import Daemon
from tests.segued.api.doors import tcp_url

Mode = Literal["auto", "legacy"]
MODES: tuple[Mode, ...] = ("auto", "legacy")  # the newest protocol, and the one with a handshake


class Agent:
    """A client, what its tools say, and of which resources it was told that they changed."""

    def __init__(self) -> None:
        self.client: Client
        self.updated: list[str] = []

    async def note(self, message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            self.updated.append(message.params.uri)

    async def call(self, tool: str, **arguments: Any) -> CallToolResult:
        result = await self.client.call_tool(tool, arguments)
        assert isinstance(result, CallToolResult)
        return result

    async def say(self, tool: str, **arguments: Any) -> str:
        """Call a tool that must succeed, and return its text."""
        result = await self.call(tool, **arguments)
        assert not result.is_error, result.content
        return text_of(result)


def text_of(result: CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


def new_name() -> str:
    """Return a name that no other agent has."""
    return f"agent {uuid4()}"


async def sees(owner: segue.client.Client, session_id: str, attached: tuple[str, ...]) -> None:
    """Return once so many kinds of windows have the session open."""
    while (await owner.session(SessionId(session_id))).attached != attached:
        pass


@asynccontextmanager
async def over_http(daemon: Daemon, token: str, name: str, mode: Mode = "auto", **headers: str) -> AsyncIterator[Agent]:
    headers |= {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        transport = streamable_http_client(tcp_url(daemon) + routes.MCP, http_client=http)
        async with _agent(transport, name, mode) as agent:
            yield agent


@asynccontextmanager
async def over_stdio(daemon: Daemon, name: str, mode: Mode = "auto") -> AsyncIterator[Agent]:
    command = ("-m", "segue.cli.main", "mcp", "serve")
    server = StdioServerParameters(command=sys.executable, args=list(command), env=daemon.env)
    async with _agent(stdio_client(server), name, mode) as agent:
        yield agent


@asynccontextmanager
async def _agent(transport: Any, name: str, mode: Mode) -> AsyncIterator[Agent]:
    agent = Agent()
    info = Implementation(name=name, version="1")
    async with Client(transport, mode=mode, client_info=info, message_handler=agent.note) as agent.client:
        yield agent
