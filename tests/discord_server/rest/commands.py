from __future__ import annotations

from aiohttp import web

from tests.discord_server.replies import answer, done
from tests.discord_server.rest.access import number, world_of
from tests.discord_server.rest.bodies import read_json

routes = web.RouteTableDef()
_PLACES = ("/applications/{application}/commands", "/applications/{application}/guilds/{guild}/commands")


async def get_all(request: web.Request) -> web.Response:
    return answer(world_of(request).commands.all(_guild(request)))


async def overwrite(request: web.Request) -> web.Response:
    commands = await read_json(request)
    return answer(world_of(request).commands.overwrite(number(request, "application"), _guild(request), commands))


async def add(request: web.Request) -> web.Response:
    command = await read_json(request)
    return answer(world_of(request).commands.add(number(request, "application"), _guild(request), command), 201)


async def get(request: web.Request) -> web.Response:
    return answer(world_of(request).commands.get(_guild(request), request.match_info["command"]))


async def edit(request: web.Request) -> web.Response:
    commands = world_of(request).commands
    known = commands.get(_guild(request), request.match_info["command"])
    changed = known | await read_json(request)
    return answer(commands.add(number(request, "application"), _guild(request), changed))


async def delete(request: web.Request) -> web.Response:
    world_of(request).commands.delete(_guild(request), request.match_info["command"])
    return done()


for place in _PLACES:
    routes.get(place)(get_all)
    routes.put(place)(overwrite)
    routes.post(place)(add)
    routes.get(place + "/{command}")(get)
    routes.patch(place + "/{command}")(edit)
    routes.delete(place + "/{command}")(delete)


def _guild(request: web.Request) -> int | None:
    return number(request, "guild") if "guild" in request.match_info else None
