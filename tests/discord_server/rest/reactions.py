from __future__ import annotations

from aiohttp import web

from tests.discord_server.errors import missing_permissions, too_many_reactions, unknown
from tests.discord_server.permissions import Permission
from tests.discord_server.replies import answer, done
from tests.discord_server.rest.access import the_channel, the_message, the_user, world_of

routes = web.RouteTableDef()
_REACTIONS = "/channels/{channel}/messages/{message}/reactions"
_LIMIT = 20


@routes.put(_REACTIONS + "/{emoji}/@me")
async def add(request: web.Request) -> web.Response:
    channel = the_channel(request, Permission.READ_MESSAGE_HISTORY)
    message = the_message(request, channel)
    emoji = _emoji(request)
    if emoji not in message.reactions:
        the_channel(request, Permission.ADD_REACTIONS)
        if len(message.reactions) >= _LIMIT:
            raise too_many_reactions(_LIMIT)
    world_of(request).add_reaction(message, world_of(request).bot, emoji)
    return done()


@routes.delete(_REACTIONS + "/{emoji}/{user}")
async def remove(request: web.Request) -> web.Response:
    channel = the_channel(request)
    message, user = the_message(request, channel), the_user(request)
    manages = Permission.MANAGE_MESSAGES in channel.permissions_of(world_of(request).bot)
    if user is not world_of(request).bot and not manages:
        raise missing_permissions()
    world_of(request).remove_reaction(message, user, _emoji(request))
    return done()


@routes.delete(_REACTIONS)
@routes.delete(_REACTIONS + "/{emoji}")
async def clear(request: web.Request) -> web.Response:
    message = the_message(request, the_channel(request, Permission.MANAGE_MESSAGES))
    gone = [_emoji(request)] if "emoji" in request.match_info else list(message.reactions)
    for emoji in gone:
        for user in list(message.reactions.get(emoji, [])):
            world_of(request).remove_reaction(message, user, emoji)
    return done()


@routes.get(_REACTIONS + "/{emoji}")
async def reacted(request: web.Request) -> web.Response:
    message = the_message(request, the_channel(request))
    after = int(request.query.get("after", 0))
    users = sorted(message.reactions.get(_emoji(request), []), key=lambda user: user.id)
    found = [user for user in users if user.id > after]
    return answer([user.payload() for user in found[: int(request.query.get("limit", 25))]])


def _emoji(request: web.Request) -> str:
    """Return the emoji, "👍" or "name:id". Words and smileys are none."""
    emoji = request.match_info["emoji"]
    if emoji.isascii() and ":" not in emoji:
        raise unknown("emoji")
    return emoji
