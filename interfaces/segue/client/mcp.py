"""Calls about the MCP servers that all sessions share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segue import routes
from segue.client.calls import Calls, given
from segue.models import ConnectionInfo, McpResult, McpServer, McpServerList, McpTool, McpToolList, McpUsage
from segue.routes import path


class McpServers(Calls):
    async def mcp_servers(self) -> tuple[ConnectionInfo, ...]:
        """Return the MCP servers of the settings, and how the connection to each is."""
        return (await self._get(McpServerList, routes.MCP_SERVERS)).servers

    async def mcp_server(self, server: str) -> McpServer:
        """Return how a server is, with the tools of it that are known."""
        return await self._get(McpServer, path(routes.MCP_SERVER, server=server))

    async def restart_mcp_server(self, server: str) -> ConnectionInfo:
        """End a server and start it again. Needs scope admin."""
        return await self._write(ConnectionInfo, "POST", path(routes.MCP_RESTART, server=server))

    async def mcp_tools(self, *, server: str | None = None) -> tuple[McpTool, ...]:
        """Return the tools that are known of all servers, or of one; those that never told theirs are started for
        it."""
        return (await self._get(McpToolList, routes.MCP_TOOLS, given(server=server))).tools

    async def call_tool(self, server: str, tool: str, arguments: Mapping[str, Any] | None = None) -> McpResult:
        """Call a tool, once, and return its result; what the tool itself reports as failed `is_error`. Raises
        `McpUnavailable` if it was not called, `McpFailed` if it is not known what came of it. A slow tool wants a
        client with a longer `timeout`."""
        body = {"arguments": dict(arguments or {})}
        return await self._write(McpResult, "POST", path(routes.MCP_CALL, server=server, tool=tool), body)

    async def mcp_usage(self, *, session_id: str | None = None) -> McpUsage:
        """Return how often tools were called, by tool and by session."""
        return await self._get(McpUsage, routes.MCP_USAGE, given(session_id=session_id))
