from __future__ import annotations

from aiohttp import web

from tests.discord_server.errors import missing_permissions, unknown
from tests.discord_server.permissions import Permission
from tests.discord_server.replies import answer
from tests.discord_server.rest.access import number, the_guild, world_of
from tests.discord_server.rest.bodies import read_json

routes = web.RouteTableDef()


@routes.get("/users/@me/guilds")
async def mine(request: web.Request) -> web.Response:
    world = world_of(request)
    return answer(
        [
            {
                "id": str(guild.id),
                "name": guild.name,
                "icon": None,
                "owner": False,
                "permissions": str(int(guild.permissions_of(world.bot))),
                "features": [],
            }
            for guild in world.guilds.values()
            if guild.has_bot
        ]
    )


@routes.get("/guilds/{guild}")
async def get(request: web.Request) -> web.Response:
    guild = the_guild(request)
    counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}
    gateway_only = ("channels", "threads", "members", "presences", "voice_states")
    return answer({key: value for key, value in guild.payload().items() if key not in gateway_only} | counts)


@routes.get("/guilds/{guild}/channels")
async def channels(request: web.Request) -> web.Response:
    return answer([channel.payload() for channel in the_guild(request).channels.values()])


@routes.post("/guilds/{guild}/channels")
async def create_channel(request: web.Request) -> web.Response:
    guild = the_guild(request)
    if Permission.MANAGE_CHANNELS not in guild.permissions_of(world_of(request).bot):
        raise missing_permissions()
    body = await read_json(request)
    return answer(guild.add_channel(body["name"], body.get("topic")).payload(), 201)


@routes.get("/guilds/{guild}/threads/active")
async def threads(request: web.Request) -> web.Response:
    guild = the_guild(request)
    bot = world_of(request).bot
    active = guild.active_threads
    joined = [thread.member_payload(bot) for thread in active if bot in thread.joined]
    return answer({"threads": [thread.payload() for thread in active], "members": joined})


@routes.get("/guilds/{guild}/roles")
async def roles(request: web.Request) -> web.Response:
    return answer([role.payload() for role in the_guild(request).roles.values()])


@routes.get("/guilds/{guild}/members")
async def members(request: web.Request) -> web.Response:
    found = sorted(the_guild(request).members.values(), key=lambda member: member.user.id)
    after = int(request.query.get("after", 0))
    later = [member for member in found if member.user.id > after]
    return answer([member.payload() for member in later[: int(request.query.get("limit", 1))]])


@routes.get("/guilds/{guild}/members/{user}")
async def member(request: web.Request) -> web.Response:
    found = the_guild(request).members.get(number(request, "user"))
    if found is None:
        raise unknown("member")
    return answer(found.payload())
