"""One MCP server as all sessions share it: its tools, and the calls that are made on its one connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from segue.errors import McpFailed, McpToolNotFound, McpUnavailable
from segue.models import ConnectionInfo, ConnectionState, McpTool, SessionId
from segued.config import McpServerSettings
from segued.mcp.connection import Connection
from segued.mcp.failures import LinkLost, NotReached, Refused
from segued.mcp.gate import Gate
from segued.mcp.known_tools import KnownTools
from segued.mcp.server_tool import Servers, ServerTool
from segued.mcp.usage import UseCounter
from segued.tools import unique_name

if TYPE_CHECKING:
    from mcp_types import Tool

    from segued.mcp.link import Link

_REASON_SECONDS = 3.0  # that the end of a process is waited for, to say why a call broke off
_SUGGESTED = 10
_FIXED = ("command", "args", "env", "env_names", "cwd", "url", "headers", "token_env")  # while it is connected


class Server:
    """`tools` are those known by name: they stay when the connection is closed, or lost. None: it never told."""

    def __init__(
        self, name: str, settings: McpServerSettings, uses: UseCounter, known: KnownTools, servers: Servers
    ) -> None:
        self.name = name
        self.settings = settings
        self.tools = known.get(name, settings)
        self.connection = Connection(name, settings, self._learn)
        self._known = known
        self._uses = uses
        self._servers = servers
        self._gate = Gate(name, settings.max_concurrent, settings.queue_seconds)
        self._last_used_at: datetime | None = None
        self._told: Sequence[Tool] | None = None  # by itself, not by the file

    def take_over(self, settings: McpServerSettings) -> bool:
        """Go on under other settings, with all that runs; False, and nothing done, where it must be begun anew."""
        fixed = (*_FIXED, "timeout_seconds") if settings.url else _FIXED  # a stream's silence is limited by that
        if self._told is None or any(getattr(settings, name) != getattr(self.settings, name) for name in fixed):
            return False
        self.settings = settings
        self._gate.change(settings.max_concurrent, settings.queue_seconds)
        self._learn(self._told)
        self.connection.take_over(settings)
        return True

    def _learn(self, tools: Sequence[Tool]) -> None:
        self._told = tools
        self.tools = {tool.name: self._described(tool) for tool in tools if tool.name}
        self._known.keep(self.name, self.settings, self.tools)

    def _described(self, tool: Tool) -> McpTool:
        hinted = tool.annotations is not None and tool.annotations.read_only_hint
        about = tool.description or tool.title or ""
        return self._as_allowed(tool.name, about, tool.input_schema, hinted=bool(hinted))

    def agent_tools(self) -> Iterator[ServerTool]:
        """Yield its tools, as far as they are known, as agents use them."""
        return (ServerTool(self._servers, tool) for tool in (self.tools or {}).values())

    def tool(self, name: str) -> ServerTool | None:
        """Return its tool of that name; one of a server that has not told yet which it has is taken to write."""
        if self.tools is None:
            return ServerTool(self._servers, self._as_allowed(name, "", {}, hinted=False))
        wanted = unique_name(self.name, name)
        return next((tool for tool in self.agent_tools() if tool.tool.unique_name == wanted), None)

    def now(self, tool: McpTool) -> McpTool:
        """Return a tool as it is under our settings; as what writes, as long as it is not known."""
        if self.tools is None:
            return self._as_allowed(tool.name, tool.description, tool.input_schema, hinted=False)
        return self.tools.get(tool.name, tool)

    async def wait(self) -> None:
        """Have the server started if its tools are not known; return when they are, or it has failed."""
        await self.wait_for_tools(self.settings.start_seconds + self.connection.wanted_seconds)

    def _as_allowed(self, name: str, description: str, schema: dict[str, Any], *, hinted: bool) -> McpTool:
        read_only = hinted or name in self.settings.read_only
        return McpTool(
            server=self.name,
            name=name,
            unique_name=unique_name(self.name, name),
            description=description,
            input_schema=schema,
            read_only=read_only,
            asks={"never": False, "writes": not read_only, "always": True}[self.settings.approve],
        )

    async def wait_for_tools(self, seconds: float) -> None:
        """Have the server started if its tools are not known; return when they are, when it has failed, or when it was
        wanted for `seconds`: what does not come up in that time is not waited for again, and joins when it is up."""
        if self.tools is not None:
            return
        has_failed = bool(self.connection.error)
        self.connection.want()
        if has_failed:
            return
        try:
            async with asyncio.timeout(max(0.0, seconds - self.connection.wanted_seconds)):
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
            failed = False  # as one that is cancelled: that is not the server's fault
            try:
                with self.connection.calling():
                    result = await self._call(link, tool, arguments)
                failed = bool(result.get("isError"))
                return result
            except (McpFailed, McpUnavailable):
                failed = True
                raise
            finally:
                self._uses.count(self.name, tool, session_id, time.monotonic() - began, failed=failed)

    def _check_known(self, tool: str) -> None:
        tools = self.tools or {}
        if tool not in tools:
            alike = get_close_matches(tool, tools, n=3) or sorted(tools)[:_SUGGESTED]
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
        except NotReached as exc:
            self.connection.doubt()
            raise McpUnavailable(
                f"the MCP server '{self.name}' cannot be reached, {tool} was not called: {exc}"
            ) from exc
        except LinkLost as exc:
            self.connection.doubt()
            remedy = "The server is started again" if self.settings.command else "It is connected to again"
            raise McpFailed(
                f"the MCP server '{self.name}' was lost while {tool} ran, {await _why_lost(link, exc)}: whether it took"
                f" effect is not known. {remedy}"
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
            tools=len(self.tools or ()),
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
