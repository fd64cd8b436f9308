"""The front door: the only place that knows HTTP."""

from __future__ import annotations

from aiohttp import web

from segue import routes
from segued.api import (
    approvals,
    audit,
    backups,
    chat_runs,
    chats,
    context,
    export,
    front_ends,
    imports,
    items,
    mcp,
    members,
    memories,
    messages,
    metrics,
    operating,
    people,
    places,
    schedules,
    search,
    sessions,
    shared_context,
    streams,
    turns,
    upkeep,
    web_socket,
)
from segued.api.front_door import AUTHENTICATOR, Authenticator, front_door
from segued.api.mcp_server.door import McpDoor
from segued.api.openapi import document, page
from segued.api.registry import GATEKEEPER, MANAGER, Operation, routes_of
from segued.backups import Backups
from segued.front_ends import FrontEnds
from segued.identity import Gatekeeper
from segued.mcp import SharedMCPConnectionPool
from segued.pulse import Pulse
from segued.reloading import Reloader
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
    schedules,
    streams,
    web_socket,
    places,
    front_ends,
    people,
    members,
    audit,
    mcp,
    operating,
    upkeep,
    metrics,
    backups,
)


def operations() -> tuple[Operation, ...]:
    """Return every operation of the API."""
    return tuple(operation for part in PARTS for operation in part.api.operations)


def build_app(
    reloader: Reloader,
    manager: UnifiedSessionManager,
    gatekeeper: Gatekeeper,
    pulse: Pulse,
    pool: SharedMCPConnectionPool,
    kept: Backups,
) -> web.Application:
    """Build the one application that stands behind every listener."""
    settings = reloader.settings
    app = web.Application(middlewares=[front_door], client_max_size=settings.server.max_body_bytes)
    app[MANAGER] = manager
    app[GATEKEEPER] = gatekeeper
    authenticator = app[AUTHENTICATOR] = Authenticator(gatekeeper, settings.server)
    reloader.tell(lambda changed: authenticator.reload(changed.server))
    app[operating.RELOADER] = reloader
    app[operating.PULSE] = pulse
    app[front_ends.FRONT_ENDS] = FrontEnds()
    app[mcp.POOL] = pool
    app[backups.BACKUPS] = kept
    app[streams.OPEN] = streams.OpenStreams()
    app[members.NEWCOMERS] = members.newcomers()
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
