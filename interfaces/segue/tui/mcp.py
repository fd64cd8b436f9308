"""The MCP servers and their tools, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from segue.tui.plain import one_line

if TYPE_CHECKING:
    from segue.models import McpServer, McpTool

NOTHING = "None. A table [mcp.NAME] in the settings adds one."
SIGNS = {"idle": "●", "busy": "●", "closed": "○", "error": "✗"}
_SHOWN = 80  # characters of a description


def describe_servers(servers: Sequence[McpServer]) -> str:
    """Return each server with how it is, and the tools of it that are known."""
    return "\n\n".join("\n".join(_server(server)) for server in servers) or NOTHING


def _server(server: McpServer) -> Iterator[str]:
    facts = [server.state, server.detail, server.software or "", _use(server), _asking(server)]
    yield f"{SIGNS[server.state]} {server.name}: {one_line(', '.join(filter(None, facts)))}"
    yield from (f"    {_tool(tool)}" for tool in server.known_tools)
    if not server.known_tools and server.state == "closed":
        yield "    Its tools are known once it was started: with the next turn, or `segue mcp tools`."


def _use(server: McpServer) -> str:
    return f"{server.calls} calls and {server.errors} failed since the daemon started" if server.calls else ""


def _asking(server: McpServer) -> str:
    return {"never": "", "writes": "asks before it writes", "always": "asks before every call"}[server.approve]


def _tool(tool: McpTool) -> str:
    about = one_line(tool.description)
    about = about if len(about) <= _SHOWN else about[: _SHOWN - 1] + "…"
    return f"{one_line(tool.name)}{' (asks)' if tool.asks else ''}" + (f": {about}" if about else "")
