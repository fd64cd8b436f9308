"""The front door: the only place that knows HTTP."""

from __future__ import annotations

from collections import Counter

from aiohttp import web

from segue import routes
from segued.api import (
    approvals,
    chat_runs,
    chats,
    context,
    export,
    front_ends,
    imports,
    items,
    mcp,
    memories,
    messages,
    operating,
    people,
    places,
    search,
    sessions,
    shared_context,
    streams,
    turns,
    web_socket,
)
from segued.api.front_door import ANSWERS, AUTHENTICATOR, Authenticator, front_door
from segued.api.mcp_server.door import McpDoor
from segued.api.openapi import document, page
from segued.api.registry import GATEKEEPER, MANAGER, Operation, routes_of
from segued.config import Settings
from segued.front_ends import FrontEnds
from segued.identity import Gatekeeper
from segued.mcp import SharedMCPConnectionPool
from segued.pulse import Pulse
from segued.sessions.manager import UnifiedSessionManager

# In the order in which they are matched.
PARTS = (
    messages,
    search,
    sessions,
    context,
    items,
    memories,
    shared_context,
    chats,
    chat_runs,
    export,
    imports,
    turns,
    approvals,
    streams,
    web_socket,
    places,
    front_ends,
    people,
    mcp,
    operating,
)


def operations() -> tuple[Operation, ...]:
    """Return every operation of the API."""
    return tuple(operation for part in PARTS for operation in part.api.operations)


def build_app(
    settings: Settings,
    manager: UnifiedSessionManager,
    gatekeeper: Gatekeeper,
    pulse: Pulse,
    pool: SharedMCPConnectionPool,
) -> web.Application:
    """Build the one application that stands behind every listener."""
    app = web.Application(middlewares=[front_door], client_max_size=settings.server.max_body_bytes)
    app[MANAGER] = manager
    app[GATEKEEPER] = gatekeeper
    app[AUTHENTICATOR] = Authenticator(gatekeeper, settings.server)
    app[ANSWERS] = Counter()
    app[operating.SETTINGS] = settings
    app[operating.PULSE] = pulse
    app[front_ends.FRONT_ENDS] = FrontEnds()
    app[mcp.POOL] = pool
    app[streams.OPEN] = streams.OpenStreams()
    app.add_routes(routes_of(operations()))
    app.router.add_get(routes.OPENAPI, _openapi)
    app.router.add_get(routes.DOCS, _docs)
    door = McpDoor(settings.server.max_body_bytes)
    app.router.add_route("*", routes.MCP, door.handle)
    app.cleanup_ctx.append(door.running)
    app.on_shutdown.append(streams.end_streams)
    return app


async def _openapi(request: web.Request) -> web.Response:
    return web.json_response(document(operations()))


async def _docs(request: web.Request) -> web.Response:
    return web.Response(text=page(operations()), content_type="text/html")
