from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from tests.discord_server.channels import DirectChannel
from tests.discord_server.conversation import Channel
from tests.discord_server.drafts import Draft
from tests.discord_server.errors import (
    DiscordError,
    InvalidForm,
    cannot_message_user,
    missing_permissions,
    not_the_author,
    too_many_edits_of_old_messages,
)
from tests.discord_server.intents import Intent
from tests.discord_server.messages import DEFAULT, REPLY, Message, Reference
from tests.discord_server.permissions import Permission
from tests.discord_server.replies import answer, done
from tests.discord_server.rest.access import check_open, the_channel, the_message, world_of
from tests.discord_server.rest.answering import RATE_LIMITS
from tests.discord_server.rest.bodies import read_draft, read_json
from tests.discord_server.users import Payload
from tests.discord_server.world import World

routes = web.RouteTableDef()


def shown(message: Message) -> Payload:
    """Return the message as REST shows it to the bot: with its content only where the bot may see that."""
    world = message.channel.world
    return message.payload(world.bot, with_content=Intent.MESSAGE_CONTENT in world.granted)


@routes.post("/channels/{channel}/messages")
async def create(request: web.Request) -> web.Response:
    channel = the_channel(request, Permission.SEND_MESSAGES)
    world = world_of(request)
    draft = await read_draft(request)
    check_open(channel)
    if isinstance(channel, DirectChannel) and not channel.person.accepts_direct_messages:
        raise cannot_message_user()
    if draft.uploads:
        the_channel(request, Permission.ATTACH_FILES)
    reference = _reference(channel, draft)
    if draft.nonce is not None and draft.body.get("enforce_nonce"):
        said = world.said_with(world.bot, draft.nonce)
        if said is not None:
            return answer(shown(said) | {"nonce": draft.nonce})
    message = world.post_draft(channel, world.bot, draft, kind=REPLY if reference else DEFAULT, reference=reference)
    world.remember_nonce(message)
    return answer(shown(message) | ({} if draft.nonce is None else {"nonce": draft.nonce}))


@routes.get("/channels/{channel}/messages")
async def history(request: web.Request) -> web.Response:
    channel = the_channel(request)
    limit = int(request.query.get("limit", 50))
    if not 1 <= limit <= 100:
        raise InvalidForm({"limit": ("NUMBER_TYPE_MAX", "int value should be between 1 and 100.")})
    if Permission.READ_MESSAGE_HISTORY not in channel.permissions_of(world_of(request).bot):
        return answer([])
    found = _window(channel.messages, limit, request)
    return answer([shown(message) for message in reversed(found)])


@routes.get("/channels/{channel}/messages/{message}")
async def get(request: web.Request) -> web.Response:
    return answer(shown(the_message(request, the_channel(request, Permission.READ_MESSAGE_HISTORY))))


@routes.patch("/channels/{channel}/messages/{message}")
async def edit(request: web.Request) -> web.Response:
    message = the_message(request, the_channel(request))
    world = world_of(request)
    draft = await read_draft(request, partial=True)
    if message.author is not world.bot:
        raise not_the_author()
    _check_age(request, message)
    world.revise(message, draft)
    return answer(shown(message))


@routes.delete("/channels/{channel}/messages/{message}")
async def delete(request: web.Request) -> web.Response:
    channel = the_channel(request)
    message = the_message(request, channel)
    _check_may_delete(world_of(request), channel, message)
    world_of(request).remove(message)
    return done()


@routes.post("/channels/{channel}/messages/bulk-delete")
async def delete_many(request: web.Request) -> web.Response:
    channel = the_channel(request, Permission.MANAGE_MESSAGES)
    ids = [int(message_id) for message_id in (await read_json(request))["messages"]]
    if not 2 <= len(ids) <= 100:
        raise DiscordError(400, 50016, "Provided too few or too many messages to delete.")
    world_of(request).remove_many([channel.posts[message_id] for message_id in ids if message_id in channel.posts])
    return done()


@routes.post("/channels/{channel}/typing")
async def typing(request: web.Request) -> web.Response:
    channel = the_channel(request, Permission.SEND_MESSAGES)
    await channel.type(world_of(request).bot)
    return done()


def _reference(channel: Channel, draft: Draft) -> Reference | None:
    given = draft.body.get("message_reference")
    if given is None:
        return None
    message_id = int(given["message_id"])
    found = channel.posts.get(message_id)
    if found is None and given.get("fail_if_not_exists", True):
        raise InvalidForm({"message_reference": ("REPLIES_UNKNOWN_MESSAGE", "Unknown message")})
    return Reference(message_id, channel, found) if found else None


def _window(messages: list[Message], limit: int, request: web.Request) -> list[Message]:
    """Cut out what `after`, `before` or `around` ask for, oldest first."""
    if "after" in request.query:
        return [message for message in messages if message.id > _query(request, "after")][:limit]
    if "before" in request.query:
        return [message for message in messages if message.id < _query(request, "before")][-limit:]
    if "around" in request.query:
        middle = _query(request, "around")
        older = [message for message in messages if message.id < middle][-(limit // 2) :]
        newer = [message for message in messages if message.id >= middle][: limit - limit // 2]
        return older + newer
    return messages[-limit:]


def _query(request: web.Request, name: str) -> int:
    return int(request.query[name])


def _check_age(request: web.Request, message: Message) -> None:
    if (datetime.now(UTC) - message.sent_at).total_seconds() > 3600:
        retry_after = request.app[RATE_LIMITS].take_old_edit(message.channel.id)
        if retry_after is not None:
            raise too_many_edits_of_old_messages(retry_after)


def _check_may_delete(world: World, channel: Channel, message: Message) -> None:
    manages = Permission.MANAGE_MESSAGES in channel.permissions_of(world.bot) and channel.guild is not None
    if message.author is not world.bot and not manages:
        raise missing_permissions()
