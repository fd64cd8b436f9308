from __future__ import annotations

from aiohttp import web

from tests.discord_server.errors import unknown
from tests.discord_server.replies import answer
from tests.discord_server.rest.access import the_user, world_of
from tests.discord_server.rest.bodies import read_json

routes = web.RouteTableDef()


@routes.patch("/users/@me")
async def rename(request: web.Request) -> web.Response:
    world = world_of(request)
    world.bot.name = (await read_json(request)).get("username") or world.bot.name
    return answer(world.bot.payload())


@routes.post("/users/@me/channels")
async def open_direct_channel(request: web.Request) -> web.Response:
    world = world_of(request)
    person = world.users.get(int((await read_json(request))["recipient_id"]))
    if person is None:
        raise unknown("user")
    return answer(world.direct_channel(person).payload())


@routes.get("/users/{user}")
async def get(request: web.Request) -> web.Response:
    user = the_user(request)
    own = {"mfa_enabled": False, "verified": True, "flags": 0} if user is world_of(request).bot else {}
    return answer(user.payload() | own)


@routes.get("/oauth2/applications/@me")
@routes.get("/applications/@me")
async def application(request: web.Request) -> web.Response:
    return answer(world_of(request).application())


@routes.get("/gateway/bot")
async def gateway(request: web.Request) -> web.Response:
    starts = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
    url = world_of(request).base_url.replace("http", "ws", 1)
    return answer({"url": url, "shards": 1, "session_start_limit": starts})
