"""What the bot may touch: every look-up here raises the refusal Discord would give."""

from __future__ import annotations

from aiohttp import web

from tests.discord_server.channels import TextChannel, Thread
from tests.discord_server.conversation import Channel
from tests.discord_server.errors import DiscordError, missing_access, missing_permissions, thread_locked, unknown
from tests.discord_server.guilds import Guild
from tests.discord_server.messages import Message
from tests.discord_server.permissions import NONE, Permission
from tests.discord_server.rest.answering import WORLD
from tests.discord_server.users import User
from tests.discord_server.world import World


def world_of(request: web.Request) -> World:
    return request.app[WORLD]


def number(request: web.Request, name: str) -> int:
    """Return an id from the path."""
    text = request.match_info[name]
    if not text.isdecimal():
        raise DiscordError(400, 50035, "Invalid Form Body")
    return int(text)


def the_channel(request: web.Request, needs: Permission = NONE) -> Channel:
    """Return the path's channel, in which the bot has the permissions."""
    return check_channel(world_of(request), number(request, "channel"), needs)


def check_channel(world: World, channel_id: int, needs: Permission = NONE) -> Channel:
    channel = world.channels.get(channel_id)
    if channel is None:
        raise unknown("channel")
    granted = channel.permissions_of(world.bot)
    if Permission.VIEW_CHANNEL not in granted:
        raise missing_access()
    if needs & ~granted:
        raise missing_permissions()
    return channel


def the_text_channel(request: web.Request, needs: Permission = NONE) -> TextChannel:
    channel = the_channel(request, needs)
    if not isinstance(channel, TextChannel):
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    return channel


def the_thread(request: web.Request, needs: Permission = NONE) -> Thread:
    channel = the_channel(request, needs)
    if not isinstance(channel, Thread):
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    return channel


def the_message(request: web.Request, channel: Channel) -> Message:
    found = channel.posts.get(number(request, "message"))
    if found is None:
        raise unknown("message")
    return found


def the_guild(request: web.Request) -> Guild:
    world = world_of(request)
    guild = world.guilds.get(number(request, "guild"))
    if guild is None:
        raise unknown("guild")
    if not guild.has_bot:
        raise missing_access()
    return guild


def the_user(request: web.Request) -> User:
    if request.match_info["user"] == "@me":
        return world_of(request).bot
    found = world_of(request).users.get(number(request, "user"))
    if found is None:
        raise unknown("user")
    return found


def check_open(channel: Channel) -> None:
    """Raise where nobody may post: in a locked thread."""
    if isinstance(channel, Thread) and channel.locked:
        raise thread_locked()
