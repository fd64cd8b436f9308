"""Webhooks: made and listed by the bot, then used by whoever has the token."""

from __future__ import annotations

from aiohttp import web

from tests.discord_server.channels import Thread
from tests.discord_server.conversation import Channel
from tests.discord_server.errors import invalid_webhook_token, too_many_webhooks, unknown
from tests.discord_server.messages import Message
from tests.discord_server.permissions import Permission
from tests.discord_server.replies import answer, done
from tests.discord_server.rest.access import check_channel, check_open, number, the_guild, the_text_channel, world_of
from tests.discord_server.rest.bodies import read_draft, read_json
from tests.discord_server.rest.messages import shown
from tests.discord_server.webhooks import PER_CHANNEL_LIMIT, Webhook, check_name

routes = web.RouteTableDef()


@routes.post("/channels/{channel}/webhooks")
async def create(request: web.Request) -> web.Response:
    channel = the_text_channel(request, Permission.MANAGE_WEBHOOKS)
    world = world_of(request)
    body = await read_json(request)
    check_name(body["name"])
    if len(channel.webhooks) >= PER_CHANNEL_LIMIT:
        raise too_many_webhooks(PER_CHANNEL_LIMIT)
    webhook = world.add_webhook(channel, body["name"], world.bot)
    return answer(webhook.payload())


@routes.get("/channels/{channel}/webhooks")
async def of_channel(request: web.Request) -> web.Response:
    channel = the_text_channel(request, Permission.MANAGE_WEBHOOKS)
    return answer([webhook.payload() for webhook in channel.webhooks.values()])


@routes.get("/guilds/{guild}/webhooks")
async def of_guild(request: web.Request) -> web.Response:
    channels = the_guild(request).channels.values()
    return answer([webhook.payload() for channel in channels for webhook in channel.webhooks.values()])


@routes.get("/webhooks/{webhook}")
async def get(request: web.Request) -> web.Response:
    return answer(_the_webhook(request).payload())


@routes.patch("/webhooks/{webhook}")
async def rename(request: web.Request) -> web.Response:
    webhook = _the_webhook(request)
    body = await read_json(request)
    check_name(body.get("name", webhook.name))
    webhook.name = body.get("name", webhook.name)
    return answer(webhook.payload())


@routes.delete("/webhooks/{webhook}")
async def delete(request: web.Request) -> web.Response:
    world_of(request).remove_webhook(_the_webhook(request))
    return done()


async def execute(request: web.Request) -> web.Response:
    webhook = webhook_by_token(request)
    world = world_of(request)
    draft = await read_draft(request)
    channel = _place(request, webhook)
    check_open(channel)
    message = world.post_draft(channel, webhook.author(draft.body), draft, webhook=webhook)
    return answer(shown(message)) if request.query.get("wait") in ("1", "true") else done()


async def get_message(request: web.Request) -> web.Response:
    return answer(shown(_the_post(request)))


async def edit_message(request: web.Request) -> web.Response:
    message = _the_post(request)
    world_of(request).revise(message, await read_draft(request, partial=True))
    return answer(shown(message))


async def delete_message(request: web.Request) -> web.Response:
    world_of(request).remove(_the_post(request))
    return done()


def webhook_by_token(request: web.Request) -> Webhook:
    webhook = world_of(request).webhooks.get(number(request, "webhook"))
    if webhook is None:
        raise unknown("webhook")
    if webhook.token != request.match_info["token"]:
        raise invalid_webhook_token()
    return webhook


def _the_webhook(request: web.Request) -> Webhook:
    webhook = world_of(request).webhooks.get(number(request, "webhook"))
    if webhook is None:
        raise unknown("webhook")
    check_channel(world_of(request), webhook.channel.id, Permission.MANAGE_WEBHOOKS)
    return webhook


def _place(request: web.Request, webhook: Webhook) -> Channel:
    """Return the webhook's channel, or the thread in it that `thread_id` names."""
    if "thread_id" not in request.query:
        return webhook.channel
    thread = world_of(request).channels.get(int(request.query["thread_id"]))
    if not isinstance(thread, Thread) or thread.parent is not webhook.channel:
        raise unknown("channel")
    return thread


def _the_post(request: web.Request) -> Message:
    webhook = webhook_by_token(request)
    message = _place(request, webhook).posts.get(number(request, "message"))
    if message is None or message.webhook is not webhook:
        raise unknown("message")
    return message
