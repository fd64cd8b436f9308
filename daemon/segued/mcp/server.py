"""One MCP server: the task that owns the connection to it, and the calls that all sessions make on it.

The task opens the connection when somebody wants it, looks after it, and closes it; nobody else does. Who calls waits
for the outcome of the try that is under way, and is told why if it fails.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from segue.errors import McpFailed, McpToolNotFound, McpUnavailable
from segue.models import ConnectionInfo, ConnectionState, McpTool, SessionId
from segued.config import McpServerSettings
from segued.mcp.circuit import OPENS_AFTER, Circuit
from segued.mcp.failures import LinkLost, Refused, reason
from segued.mcp.gate import Gate
from segued.mcp.usage import UseCounter

if TYPE_CHECKING:
    from segued.mcp.link import Link

log = logging.getLogger(__name__)

_CHECK_SECONDS = 10.0  # that a server has to say that it is well
_REASON_SECONDS = 3.0  # that the end of a process is waited for, to say why a call broke off


class Server:
    """`run` owns the connection; everything else may be called from any task."""

    def __init__(self, name: str, settings: McpServerSettings, uses: UseCounter) -> None:
        self.name = name
        self.settings = settings
        self.tools: dict[str, McpTool] = {}
        self.first_wanted_at: float | None = None  # by the clock; None: it was not wanted yet, or begins anew
        self._uses = uses
        self._gate = Gate(name, settings.max_concurrent, settings.queue_seconds)
        self._circuit = Circuit()
        self._link: Link | None = None
        self._outcome: asyncio.Future[Link] = asyncio.get_running_loop().create_future()
        self._opening: asyncio.Timeout | None = None
        self._news = asyncio.Event()
        self._wanted = settings.start == "ahead"
        self._stopping = self._restarting = self._doubted = False
        self._error = ""
        self._starts = 0
        self._connected_at: datetime | None = None
        self._last_used_at: datetime | None = None
        self._used = self._heard = 0.0  # by the clock: when it was last called, when it last answered

    # --- what it is asked

    async def call(self, tool: str, arguments: Mapping[str, Any], session_id: SessionId | None) -> dict[str, Any]:
        """Call a tool and return its result as MCP gives it. Raises `McpUnavailable` if it was not called, `McpFailed`
        if it was and gave no result."""
        async with self._gate.entered():
            link = await self.connected()
            self._check_known(tool)
            began = self._used = time.monotonic()
            self._last_used_at = datetime.now(UTC)
            failed = True
            try:
                result = await self._call(link, tool, arguments)
                failed = bool(result.get("isError"))
                return result
            finally:
                self._used = time.monotonic()
                self._uses.count(self.name, tool, session_id, self._used - began, failed=failed)

    async def _call(self, link: Link, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        seconds = self.settings.timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                result = await link.call(tool, arguments)
        except TimeoutError as exc:
            self._doubt()
            raise McpFailed(
                f"{tool} of the MCP server '{self.name}' gave no result within {seconds:g} s: whether it took effect is"
                " not known"
            ) from exc
        except LinkLost as exc:
            raise McpFailed(
                f"the MCP server '{self.name}' was lost while {tool} ran ({await self._why_lost(link, exc)}): whether it"
                " took effect is not known. It is started again"
            ) from exc
        except Refused as exc:
            if self.settings.url:
                self._doubt()
            raise McpFailed(f"the MCP server '{self.name}' refused {tool}: {exc}") from exc
        self._heard = time.monotonic()
        self._circuit.succeeded()
        return result

    async def _why_lost(self, link: Link, exc: LinkLost) -> str:
        try:
            async with asyncio.timeout(_REASON_SECONDS):
                await link.lost.wait()
        except TimeoutError:
            return str(exc)
        return link.lost_because

    def _check_known(self, tool: str) -> None:
        if tool not in self.tools:
            from difflib import get_close_matches

            alike = get_close_matches(tool, self.tools, n=3) or sorted(self.tools)[:10]
            raise McpToolNotFound(
                f"the MCP server '{self.name}' has no tool '{tool}'; it has {', '.join(alike) or 'none'}"
            )

    async def connected(self) -> Link:
        """Return the open connection, opened if it is not; raise `McpUnavailable` if that cannot be done now."""
        if self._link is not None and not self._link.lost.is_set():
            return self._link
        if self._stopping:
            raise McpUnavailable(f"the MCP server '{self.name}' is being stopped", retry_after=2)
        if self._circuit.is_open:
            raise McpUnavailable(f"the MCP server '{self.name}' is not well: {self._detail()}", retry_after=5)
        self._want()
        return await asyncio.shield(self._outcome)

    async def restart(self) -> None:
        """Close the connection, end what runs on it, and open it anew."""
        self._circuit.succeeded()
        self._restarting = True
        self._want()
        if self._opening is not None:
            self._opening.reschedule(asyncio.get_running_loop().time())
        self._tell(LinkLost("it was restarted"))
        await asyncio.shield(self._outcome)

    def stop(self) -> None:
        """Let `run` return, soon."""
        self._stopping = True
        self._news.set()
        if self._opening is not None:
            self._opening.reschedule(asyncio.get_running_loop().time())

    def _want(self) -> None:
        self._wanted = True
        self._used = time.monotonic()
        self.first_wanted_at = self.first_wanted_at or self._used
        self._news.set()

    def _doubt(self) -> None:
        self._doubted = True
        self._news.set()

    # --- what it is

    def info(self) -> ConnectionInfo:
        link, (calls, errors) = self._link, self._uses.of_server(self.name)
        retry = datetime.now(UTC) + timedelta(seconds=self._circuit.seconds_left)
        return ConnectionInfo(
            name=self.name,
            state=self._state,
            detail=self._detail(),
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
            starts=self._starts,
            connected_at=self._connected_at if link else None,
            last_used_at=self._last_used_at,
            retry_at=retry if self._circuit.seconds_left else None,
        )

    @property
    def _state(self) -> ConnectionState:
        if self._link is not None:
            return "busy" if self._gate.running else "idle"
        if self._error:
            return "error"
        return "busy" if self._opening is not None else "closed"

    def _detail(self) -> str:
        if self._link is not None or not self._error:
            return "" if self._opening is None else "it is being started"
        if not (seconds := self._circuit.seconds_left):
            return f"{self._error}; it is tried again" + (" now" if self._opening else " when it is needed")
        until = datetime.now().astimezone() + timedelta(seconds=seconds)
        often = f", {self._circuit.failures} times in a row" if self._circuit.failures >= OPENS_AFTER else ""
        return f"{self._error}{often}; it is left alone until {until:%H:%M:%S}, or `segue mcp restart {self.name}`"

    # --- the owner

    async def run(self) -> None:
        """Own the connection until `stop`: open it when it is wanted, and again when it is lost."""
        while not self._stopping:
            self._news.clear()
            pause = self._circuit.seconds_left
            if self._restarting or (self._wanted and not pause):
                self._restarting = False
                await self._open_and_keep()
            else:
                await self._look_up_after(pause if self._wanted else None)
        self._tell(McpUnavailable(f"the MCP server '{self.name}' was stopped"))

    async def _open_and_keep(self) -> None:
        try:
            async with self._opened() as link:
                await self._keep(link)
        except asyncio.CancelledError:
            raise
        except BaseException as exc:
            if not self._stopping and not self._restarting:
                self._fail(exc)
        finally:
            self._link = None
            if self._outcome.done():
                self._outcome = asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Link]:
        """Be connected inside the block."""
        open_link = await asyncio.to_thread(_load_link)
        link = open_link(self.name, self.settings, self._news.set)
        self._starts += 1
        try:
            async with asyncio.timeout(self.settings.start_seconds) as self._opening:
                opening = link.open()
                await opening.__aenter__()
        finally:
            self._opening = None
        yield link
