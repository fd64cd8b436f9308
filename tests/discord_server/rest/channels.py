from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from tests.discord_server.channels import TextChannel, Thread
from tests.discord_server.errors import missing_permissions, thread_archived, thread_exists, unknown
from tests.discord_server.permissions import Permission
from tests.discord_server.replies import answer, done
from tests.discord_server.rest.access import the_channel, the_message, the_text_channel, the_thread, the_user, world_of
from tests.discord_server.rest.bodies import read_json
from tests.discord_server.users import Payload

routes = web.RouteTableDef()
_MEMBER = "/channels/{channel}/thread-members/{user}"


@routes.get("/channels/{channel}")
async def get(request: web.Request) -> web.Response:
    return answer(the_channel(request).payload())


@routes.patch("/channels/{channel}")
async def edit(request: web.Request) -> web.Response:
    channel = the_channel(request)
    body = await read_json(request)
    if isinstance(channel, Thread):
        _edit_thread(channel, body)
    else:
        manageable = the_text_channel(request, Permission.MANAGE_CHANNELS)
        manageable.change(name=body.get("name"), topic=body.get("topic"))
    return answer(channel.payload())


@routes.delete("/channels/{channel}")
async def delete(request: web.Request) -> web.Response:
    channel = the_channel(request)
    if isinstance(channel, Thread):
        the_channel(request, Permission.MANAGE_THREADS)
        channel.remove()
    elif isinstance(channel, TextChannel):
        the_channel(request, Permission.MANAGE_CHANNELS)
        channel.remove()
    return answer(channel.payload())


@routes.post("/channels/{channel}/messages/{message}/threads")
async def start_from_message(request: web.Request) -> web.Response:
    channel = the_text_channel(request, Permission.CREATE_PUBLIC_THREADS)
    message = the_message(request, channel)
    if message.thread is not None:
        raise thread_exists()
    body = await read_json(request)
    return answer(channel.open_thread(world_of(request).bot, body["name"], message).payload(), 201)


@routes.post("/channels/{channel}/threads")
async def start(request: web.Request) -> web.Response:
    channel = the_text_channel(request, Permission.CREATE_PUBLIC_THREADS)
    body = await read_json(request)
    return answer(channel.open_thread(world_of(request).bot, body["name"]).payload(), 201)


@routes.get("/channels/{channel}/threads/archived/public")
async def archived(request: web.Request) -> web.Response:
    channel = the_text_channel(request, Permission.READ_MESSAGE_HISTORY)
    before = datetime.fromisoformat(request.query["before"]) if "before" in request.query else datetime.now(UTC)
    found = [
        thread
        for thread in channel.guild.threads.values()
        if thread.parent is channel and thread.archived and thread.archive_changed_at < before
    ]
    found.sort(key=lambda thread: thread.archive_changed_at, reverse=True)
    limit = int(request.query.get("limit", 50))
    page = [thread.payload() for thread in found[:limit]]
    return answer({"threads": page, "members": [], "has_more": len(found) > limit})


@routes.put(_MEMBER)
async def join(request: web.Request) -> web.Response:
    thread = the_thread(request)
    if thread.archived:
        raise thread_archived()
    thread.join(the_user(request))
    return done()


@routes.delete(_MEMBER)
async def leave(request: web.Request) -> web.Response:
    the_thread(request).leave(the_user(request))
    return done()


@routes.get(_MEMBER)
async def thread_member(request: web.Request) -> web.Response:
    thread, user = the_thread(request), the_user(request)
    if user not in thread.joined:
        raise unknown("member")
    return answer(thread.member_payload(user))


@routes.get("/channels/{channel}/thread-members")
async def thread_members(request: web.Request) -> web.Response:
    thread = the_thread(request)
    return answer([thread.member_payload(user) for user in thread.joined])


def _edit_thread(thread: Thread, body: Payload) -> None:
    bot = thread.world.bot
    manages = Permission.MANAGE_THREADS in thread.permissions_of(bot)
    if not manages and (thread.owner is not bot or "locked" in body):
        raise missing_permissions()
    thread.name = body.get("name", thread.name)
    thread.archive(body.get("archived", thread.archived), locked=body.get("locked"))
