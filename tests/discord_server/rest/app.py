from __future__ import annotations

from aiohttp import web

from tests.discord_server.faults import Faults
from tests.discord_server.rate_limits import RateLimits
from tests.discord_server.rest import channels, commands, guilds, interactions, messages, reactions, users, webhooks
from tests.discord_server.rest.answering import RATE_LIMITS, WORLD, Requests, answering
from tests.discord_server.world import World

_NOUNS = (users, guilds, channels, messages, reactions, webhooks, commands, interactions)


def rest_app(world: World, requests: Requests, limits: RateLimits, faults: Faults) -> web.Application:
    """Return the application that speaks Discord's REST, to be mounted at `answering.PREFIX`."""
    middleware = answering(world, requests, limits, faults)
    app = web.Application(middlewares=[middleware])
    app[WORLD] = world
    app[RATE_LIMITS] = limits
    for noun in _NOUNS:
        app.router.add_routes(noun.routes)
    return app
