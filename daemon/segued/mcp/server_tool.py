"""A tool of an MCP server, to an agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from segue.errors import SegueError
from segue.models import McpTool, SessionId
from segued.mcp.results import outcome_of
from segued.tools import Outcome


class Servers(Protocol):
    """The servers that there are by now: a tool may be held for longer than the settings hold that it came under."""

    def now(self, tool: McpTool) -> McpTool:
        """Return the tool as its server has it now."""
        ...

    async def call(
        self, server: str, tool: str, arguments: Mapping[str, Any], session_id: SessionId
    ) -> dict[str, Any]: ...


@dataclass(frozen=True)
class ServerTool:
    """A server's tool, as agents use tools."""

    servers: Servers
    tool: McpTool

    @property
    def server(self) -> str:
        return self.tool.server

    @property
    def name(self) -> str:
        return self.tool.name

    @property
    def description(self) -> str:
        return self.tool.description

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.tool.input_schema

    @property
    def read_only(self) -> bool:
        return self.servers.now(self.tool).read_only

    @property
    def asks(self) -> bool:
        return self.servers.now(self.tool).asks

    async def call(self, arguments: Mapping[str, Any], session_id: SessionId) -> Outcome:
        try:
            return outcome_of(await self.servers.call(self.server, self.name, arguments, session_id))
        except SegueError as exc:
            return Outcome(exc.message, failed=True)
