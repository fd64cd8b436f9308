"""Subscriptions of the older protocol: resources that a client's session has a list of, and a task that tells it."""

from __future__ import annotations

import asyncio
from typing import Any

from mcp import MCPError
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import ResourceUpdated, ServerEvent
from mcp_types import INVALID_PARAMS

from segued.api.mcp_server.resources import Watch
from segued.api.registry import Call

_STATE = "segue.subscriptions"
_MAX_SUBSCRIPTIONS = 1000  # of one client


class Subscriptions:
    """The resources that a client wants to hear of. One that changes often is told once for all that waited."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._wanted: set[str] = set()
        self._changed: dict[str, None] = {}
        self._news = asyncio.Event()

    def add(self, uri: str) -> None:
        if len(self._wanted) >= _MAX_SUBSCRIPTIONS and uri not in self._wanted:
            raise MCPError(INVALID_PARAMS, f"you have {_MAX_SUBSCRIPTIONS} subscriptions: unsubscribe from some first")
        self._wanted.add(uri)

    def discard(self, uri: str) -> None:
        self._wanted.discard(uri)

    def note(self, event: ServerEvent) -> None:
        if isinstance(event, ResourceUpdated) and event.uri in self._wanted:
            self._changed[event.uri] = None
            self._news.set()

    async def keep_telling(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._changed:
                uri = next(iter(self._changed))
                del self._changed[uri]
                await self._connection.send_resource_updated(uri)


async def subscriptions_of(ctx: ServerRequestContext[Any, Any], call: Call, tasks: asyncio.TaskGroup) -> Subscriptions:
    """Return the subscriptions of the client's session; they end with it."""
    connection = ctx.session._connection  # the SDK has no other way from a request to its session's state
    known = connection.state.get(_STATE)
    if isinstance(known, Subscriptions):
        return known
    made = connection.state[_STATE] = Subscriptions(connection)
    watch = Watch(call.by)
    watch.subscribe(made.note)
    await connection.exit_stack.enter_async_context(
        call.manager.followers.attach_all(call.by, None, watch, deltas=False)
    )
    telling = tasks.create_task(made.keep_telling(), name="mcp subscriptions")
    connection.exit_stack.callback(telling.cancel)
    return made
