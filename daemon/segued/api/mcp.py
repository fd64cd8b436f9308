"""MCP servers: how they are, what tools they have, how those are used; and calling one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp import web

from segue import routes
from segue.models import (
    CallMcpTool,
    ConnectionInfo,
    McpResult,
    McpServer,
    McpServerList,
    McpToolList,
    McpUsage,
    Request,
    SessionId,
)
from segued.api.registry import Call, Registry
from segued.mcp import SharedMCPConnectionPool

if TYPE_CHECKING:
    from prometheus_client.core import Metric

api = Registry("MCP servers")

POOL: web.AppKey[SharedMCPConnectionPool] = web.AppKey("pool", SharedMCPConnectionPool)


class ToolsQuery(Request):
    server: str | None = None


class UsageQuery(Request):
    session_id: SessionId | None = None


@api.operation("GET", routes.MCP_SERVERS, at_root=True)
async def list_mcp_servers(call: Call) -> McpServerList:
    """List the MCP servers of the settings, and how the connection to each is."""
    return McpServerList(servers=call.request.app[POOL].list())


@api.operation("GET", routes.MCP_SERVER, at_root=True)
async def get_mcp_server(call: Call, server: str) -> McpServer:
    """Get how a server is, and the tools of it that are known."""
    return call.request.app[POOL].get(server)


@api.operation("POST", routes.MCP_RESTART, scope="admin", at_root=True)
async def restart_mcp_server(call: Call, server: str) -> ConnectionInfo:
    """End a server with all that runs on it, and start it again, however often it has failed."""
    return await call.request.app[POOL].restart(server)


@api.operation("GET", routes.MCP_TOOLS, at_root=True)
async def list_mcp_tools(call: Call, query: ToolsQuery) -> McpToolList:
    """List the tools that are known of all servers, or of one, and the servers that are not there. Those that never
    told their tools are started for it, and waited for a moment."""
    return await call.request.app[POOL].known_tools(query.server)


@api.operation("POST", routes.MCP_CALL, scope="run", answer=McpResult, at_root=True)
async def call_mcp_tool(call: Call, server: str, tool: str, body: CallMcpTool | None = None) -> web.Response:
    """Call a tool, and get its result as MCP gives it. What the tool itself reports as failed is a result too."""
    arguments = body.arguments if body else {}
    return web.json_response(await call.request.app[POOL].call_once(call.by, server, tool, arguments))


@api.operation("GET", routes.MCP_USAGE, at_root=True)
async def get_mcp_usage(call: Call, query: UsageQuery) -> McpUsage:
    """Get how often tools were called, by tool and by session."""
    return await call.request.app[POOL].usage(call.by, query.session_id)


def mcp_metrics(pool: SharedMCPConnectionPool) -> Iterator[Metric]:
    """Yield the state of the servers and the use of their tools, for Prometheus."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily

    states = GaugeMetricFamily("segue_mcp_servers", "1 for the state that a server is in.", labels=["server", "state"])
    waiting = GaugeMetricFamily("segue_mcp_calls_waiting", "Calls that wait for their turn.", labels=["server"])
    running = GaugeMetricFamily("segue_mcp_calls_running", "Calls that run.", labels=["server"])
    starts = CounterMetricFamily("segue_mcp_starts", "How often a server was started.", labels=["server"])
    for info in pool.list():
        states.add_metric([info.name, info.state], 1)
        waiting.add_metric([info.name], info.waiting)
        running.add_metric([info.name], info.running)
        starts.add_metric([info.name], info.starts)
    seconds = SummaryMetricFamily("segue_mcp_call_seconds", "Calls and their duration.", labels=["server", "tool"])
    errors = CounterMetricFamily("segue_mcp_call_errors", "Calls that failed.", labels=["server", "tool"])
    for use in pool.use:
        seconds.add_metric([use.server, use.tool], use.calls, use.seconds)
        errors.add_metric([use.server, use.tool], use.errors)
    yield from (states, waiting, running, starts, seconds, errors)
