"""The MCP servers of the settings, each with one connection that all sessions share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from segue.errors import McpServerNotFound, SegueError
from segue.models import ConnectionInfo, McpServer, McpTool, McpUsage, SessionId
from segued.config import McpServerSettings
from segued.mcp.claims import Claims
from segued.mcp.results import outcome_of
from segued.mcp.server import Server
from segued.mcp.usage import UseCounter
from segued.store.base import Actor, McpUse, Store
from segued.tools import Outcome, Tool

log = logging.getLogger(__name__)

_FIRST_START_SECONDS = 10.0  # that a turn waits for servers which were never up


class SharedMCPConnectionPool:
    """Keeps a server for each that the settings name, and a task that owns its connection."""

    def __init__(self, servers: Mapping[str, McpServerSettings]) -> None:
        self._settings = dict(servers)
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
            try:
                yield
            finally:
                for server in self._servers.values():
                    server.connection.stop()

    def _add(self, servers: Mapping[str, McpServerSettings]) -> None:
        for name, settings in servers.items():
            server = self._servers[name] = Server(name, settings, self._uses)
            self._owners[name] = self._tasks.create_task(_own(server), name=f"MCP server {name}")

    async def reload(self, servers: Mapping[str, McpServerSettings]) -> None:
        """Take over other settings: servers are added, removed, or begun anew where theirs changed; the others are not
        touched."""
        gone = [name for name, server in self._servers.items() if servers.get(name) != server.settings]
        owners = [self._owners.pop(name) for name in gone]
        for name in gone:
            self._servers.pop(name).connection.stop()
        if owners:
            await asyncio.wait(owners)
        self._add({name: settings for name, settings in servers.items() if name not in self._servers})
        self._settings = dict(servers)

    # --- the servers

    def list(self) -> tuple[ConnectionInfo, ...]:
        return tuple(server.info() for server in self._servers.values())

    def get(self, name: str) -> McpServer:
        """Return how a server is, with its tools."""
        server = self._server(name)
        return McpServer(**dict(server.info()), known_tools=tuple(server.tools.values()))

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

    async def tools(self, names: Sequence[str]) -> Sequence[Tool]:
        """Return the tools of the servers that are named ("*": of all), for an agent."""
        return [ServerTool(server, tool) for server, tool in await self._known(names)]

    async def known_tools(self) -> tuple[McpTool, ...]:
        """Return the tools of all servers that can be started."""
        return tuple(tool for _, tool in await self._known(("*",)))

    async def _known(self, names: Sequence[str]) -> Iterable[tuple[Server, McpTool]]:
        servers = [server for name, server in self._servers.items() if "*" in names or name in names]
        await asyncio.gather(*(server.wait_for_tools(_FIRST_START_SECONDS) for server in servers))
        return [(server, tool) for server in servers for tool in server.tools.values()]

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


@dataclass(frozen=True)
class ServerTool:
    """A server's tool, as agents use tools."""

    owner: Server
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
        return self.tool.read_only

    @property
    def asks(self) -> bool:
        return self.tool.asks

    async def call(self, arguments: Mapping[str, Any], session_id: SessionId) -> Outcome:
        try:
            return outcome_of(await self.owner.call(self.name, arguments, session_id))
        except SegueError as exc:
            return Outcome(exc.message, failed=True)


async def _own(server: Server) -> None:
    """Run the owner. What it did not expect ends this server, and nothing else."""
    try:
        await server.connection.run()
    except Exception:
        log.exception("MCP server %s: its owner broke", server.name)
        server.connection.stop()
