"""The MCP servers of the settings, each with one connection that all sessions share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from pathlib import Path
from typing import Any

from segue.errors import McpServerNotFound
from segue.models import ConnectionInfo, McpServer, McpTool, McpToolList, McpUsage, SessionId
from segued.config import McpServerSettings
from segued.mcp.claims import Claims
from segued.mcp.connection import load_link
from segued.mcp.known_tools import KnownTools
from segued.mcp.server import Server
from segued.mcp.usage import UseCounter
from segued.store.base import Actor, McpUse, Store
from segued.tools import Offer

log = logging.getLogger(__name__)

_MOMENT_SECONDS = 1.5  # that servers which were never up are waited for
_FIRST_SECONDS = 10.0  # that they are waited for where there is no tool to list yet


class SharedMCPConnectionPool:
    """Keeps a server for each that the settings name, and a task that owns its connection. What tools they have is
    kept in `tools_file`, over restarts."""

    def __init__(self, servers: Mapping[str, McpServerSettings], tools_file: Path | None = None) -> None:
        self._settings = dict(servers)
        self._known = KnownTools(tools_file)
        self._servers: dict[str, Server] = {}
        self._owners: dict[str, asyncio.Task[None]] = {}
        self._uses = UseCounter()
        self._tasks: asyncio.TaskGroup
        self._claims: Claims
        self._store: Store

    @asynccontextmanager
    async def running(self, store: Store) -> AsyncIterator[None]:
        """Be there inside the block; at its end every server is ended, side by side."""
        self._store = store
        async with self._uses.running(store), asyncio.TaskGroup() as self._tasks:
            self._claims = Claims(store, self._tasks)
            self._add(self._settings)
            if self._settings:
                self._tasks.create_task(_load_sdk(), name="MCP SDK")
            try:
                yield
            finally:
                for server in self._servers.values():
                    server.connection.stop()

    def _add(self, servers: Mapping[str, McpServerSettings]) -> None:
        for name, settings in servers.items():
            server = self._servers[name] = Server(name, settings, self._uses, self._known, self)
            owning = _own(server, self._owners.get(name))  # without the context of a request: it outlives that
            self._owners[name] = self._tasks.create_task(owning, name=f"MCP server {name}", context=Context())

    async def reload(self, servers: Mapping[str, McpServerSettings]) -> None:
        """Take over other settings: servers are added, removed, or begun anew where they cannot go on with theirs; the
        others are not disturbed. Return when those that are no more have ended."""
        gone = {name: server for name, server in self._servers.items() if not _goes_on(server, servers.get(name))}
        owners = [self._owners[name] for name in gone]
        for name, server in gone.items():
            server.connection.stop(
                "is begun anew, with other settings" if name in servers else "is no longer in the settings"
            )
        self._servers = {name: server for name, server in self._servers.items() if name not in gone}
        self._add({name: settings for name, settings in servers.items() if name not in self._servers})
        self._settings = dict(servers)
        self._known.forget_others(servers)
        if owners:
            await asyncio.wait(owners)

    # --- the servers

    def list(self) -> tuple[ConnectionInfo, ...]:
        return tuple(server.info() for server in self._servers.values())

    def get(self, name: str) -> McpServer:
        """Return how a server is, with its tools."""
        server = self._server(name)
        return McpServer(**dict(server.info()), known_tools=tuple((server.tools or {}).values()))

    async def restart(self, name: str) -> ConnectionInfo:
        """End a server with all that runs on it and start it again; raise `McpUnavailable` if it does not come up."""
        server = self._server(name)
        await server.connection.restart()
        return server.info()

    def _server(self, name: str) -> Server:
        if (server := self._servers.get(name)) is None:
            known = ", ".join(sorted(self._servers)) or "none"
            raise McpServerNotFound(f"there is no MCP server '{name}'; the settings name: {known}")
        return server

    # --- their tools

    async def tools(self, names: Sequence[str], wait: bool = True) -> Offer:
        """Return what the servers that are named ("*": all) offer an agent; those that were never up are waited for a
        moment, if one is to `wait`."""
        servers = [server for name, server in self._servers.items() if "*" in names or name in names]
        if wait:
            await asyncio.gather(*(server.wait_for_tools(_MOMENT_SECONDS) for server in servers))
        known = [tool for server in servers for tool in server.agent_tools()]
        return Offer(known, [server for server in servers if server.tools is None])

    def now(self, tool: McpTool) -> McpTool:
        """Return a tool as its server has it now; as it was, where that is gone."""
        server = self._servers.get(tool.server)
        return server.now(tool) if server is not None else tool

    async def known_tools(self, name: str | None = None) -> McpToolList:
        """Return the tools of all servers, or of one, and which servers are not there."""
        servers = tuple(self._servers.values()) if name is None else (self._server(name),)
        await _wait_for_some(servers)
        absent = (server for server in servers if server.tools is None or server.connection.error)
        return McpToolList(
            tools=tuple(tool for server in servers for tool in (server.tools or {}).values()),
            absent=tuple(server.info() for server in absent),
        )

    async def call(
        self, server: str, tool: str, arguments: Mapping[str, Any], session_id: SessionId | None = None
    ) -> dict[str, Any]:
        """Call a tool and return its result as MCP gives it."""
        return await self._server(server).call(tool, arguments, session_id)

    async def call_once(self, by: Actor, server: str, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Do as `call`, outside of any session; the same Idempotency-Key gives the same result again."""
        return await self._claims.once(by, lambda: self.call(server, tool, arguments))

    # --- their use

    async def usage(self, by: Actor, session_id: SessionId | None) -> McpUsage:
        """Return how tools were used in the sessions that the actor may see, or in one."""
        await self._uses.store()
        return await self._store.get_mcp_usage(by, session_id)

    @property
    def use(self) -> Iterable[McpUse]:
        """Return the use of each tool since the daemon started."""
        return self._uses.totals.values()


def _goes_on(server: Server, settings: McpServerSettings | None) -> bool:
    """Tell whether a server is left to run: its settings are the same, or could be taken over by it."""
    return settings is not None and (settings == server.settings or server.take_over(settings))


async def _wait_for_some(servers: Sequence[Server]) -> None:
    """Return when one of the servers has told its tools, and the others had a moment more to do so."""
    seconds = _MOMENT_SECONDS if any(server.tools for server in servers) else _FIRST_SECONDS
    async with asyncio.TaskGroup() as tasks:
        tries = {tasks.create_task(server.wait_for_tools(seconds), name="MCP tools") for server in servers}
        while tries and not any(server.tools for server in servers):
            _, tries = await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
        if tries:
            await asyncio.wait(tries, timeout=_MOMENT_SECONDS)
        for one in tries:
            one.cancel()


async def _load_sdk() -> None:
    """Have the SDK at hand before the first turn needs it; if that fails, the servers say so."""
    with suppress(ImportError):
        await asyncio.to_thread(load_link)


async def _own(server: Server, before: asyncio.Task[None] | None) -> None:
    """Run the owner, once who owned the one of that name `before` has ended it. What it did not expect ends this
    server, and nothing else."""
    if before is not None:
        await asyncio.wait((before,))
    try:
        await server.connection.run()
    except Exception:
        log.exception("MCP server %s: its owner broke", server.name)
        server.connection.stop()
