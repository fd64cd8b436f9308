"""One MCP server as all sessions share it: its tools, and the calls that are made on its one connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from segue.errors import McpFailed, McpToolNotFound, McpUnavailable
from segue.models import ConnectionInfo, ConnectionState, McpTool, SessionId
from segued.config import McpServerSettings
from segued.mcp.connection import Connection
from segued.mcp.failures import LinkLost, Refused
from segued.mcp.gate import Gate
from segued.mcp.usage import UseCounter

if TYPE_CHECKING:
    from mcp_types import Tool

    from segued.mcp.link import Link

_REASON_SECONDS = 3.0  # that the end of a process is waited for, to say why a call broke off
_SUGGESTED = 10


class Server:
    """`tools` are those known by name: they stay when the connection is closed, or lost."""

    def __init__(self, name: str, settings: McpServerSettings, uses: UseCounter) -> None:
        self.name = name
        self.settings = settings
        self.tools: dict[str, McpTool] = {}
        self.connection = Connection(name, settings, self._learn)
        self._uses = uses
        self._gate = Gate(name, settings.max_concurrent, settings.queue_seconds)
        self._last_used_at: datetime | None = None

    def _learn(self, tools: Sequence[Tool]) -> None:
        self.tools = {tool.name: self._described(tool) for tool in tools}

    def _described(self, tool: Tool) -> McpTool:
        hinted = tool.annotations is not None and tool.annotations.read_only_hint
        read_only = bool(hinted) or tool.name in self.settings.read_only
        return McpTool(
            server=self.name,
            name=tool.name,
            description=tool.description or tool.title or "",
            input_schema=tool.input_schema,
            read_only=read_only,
            asks={"never": False, "writes": not read_only, "always": True}[self.settings.approve],
        )

    async def wait_for_tools(self, seconds: float) -> None:
        """Have the server started if its tools are not known; return when they are, or when it was first wanted
        `seconds` ago: what does not come up in that time is not waited for again."""
        if self.tools or self.connection.circuit.is_open:
            return
        waited = time.monotonic() - (self.connection.wanted_since or time.monotonic())
        try:
            async with asyncio.timeout(max(0.0, seconds - waited)):
                await self.connection.get()
        except (TimeoutError, McpUnavailable):
            return

    async def call(self, tool: str, arguments: Mapping[str, Any], session_id: SessionId | None) -> dict[str, Any]:
        """Call a tool and return its result as MCP gives it. Raises `McpUnavailable` if it was not called, `McpFailed`
        if it was and gave no result."""
        async with self._gate.entered():
            link = await self.connection.get()
            self._check_known(tool)
            began = time.monotonic()
            self._last_used_at = datetime.now(UTC)
            self.connection.calls += 1
            failed = True
            try:
                result = await self._call(link, tool, arguments)
                failed = bool(result.get("isError"))
                return result
            finally:
                self.connection.calls -= 1
                self._uses.count(self.name, tool, session_id, time.monotonic() - began, failed=failed)

    def _check_known(self, tool: str) -> None:
        if tool not in self.tools:
            alike = get_close_matches(tool, self.tools, n=3) or sorted(self.tools)[:_SUGGESTED]
            raise McpToolNotFound(
                f"the MCP server '{self.name}' has no tool '{tool}'; it has {', '.join(alike) or 'none'}"
            )

    async def _call(self, link: Link, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        seconds = self.settings.timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                result = await link.call(tool, arguments)
        except TimeoutError as exc:
            self.connection.doubt()
            raise McpFailed(
                f"the MCP server '{self.name}' gave no result of {tool} within {seconds:g} s: whether it took effect"
                " is not known"
            ) from exc
        except LinkLost as exc:
            self.connection.doubt()
            raise McpFailed(
                f"the MCP server '{self.name}' was lost while {tool} ran, {await _why_lost(link, exc)}: whether it took"
                " effect is not known. The server is started again"
            ) from exc
        except Refused as exc:
            if self.settings.url:
                self.connection.doubt()  # it may have forgotten us
            raise McpFailed(f"the MCP server '{self.name}' refused {tool}: {exc}") from exc
        self.connection.note_answer()
        return result

    def info(self) -> ConnectionInfo:
        link, (calls, errors) = self.connection.link, self._uses.of_server(self.name)
        seconds_left = self.connection.circuit.seconds_left
        return ConnectionInfo(
            name=self.name,
            state=self._state,
            detail=self.connection.detail(),
            transport="stdio" if self.settings.command else "http",
            approve=self.settings.approve,
            software=link.software if link else None,
            protocol=link.protocol if link else None,
            pid=link.pid if link else None,
            tools=len(self.tools),
            running=self._gate.running,
            waiting=self._gate.waiting,
            calls=calls,
            errors=errors,
            starts=self.connection.starts,
            connected_at=self.connection.opened_at if link else None,
            last_used_at=self._last_used_at,
            retry_at=datetime.now(UTC) + timedelta(seconds=seconds_left) if seconds_left else None,
        )

    @property
    def _state(self) -> ConnectionState:
        if self.connection.link is not None:
            return "busy" if self._gate.running else "idle"
        if self.connection.error:
            return "error"
        return "busy" if self.connection.is_opening else "closed"


async def _why_lost(link: Link, exc: LinkLost) -> str:
    try:
        async with asyncio.timeout(_REASON_SECONDS):
            await link.lost.wait()
    except TimeoutError:
        return str(exc)
    return link.lost_because
