"""The bot's answers to interactions, and the messages that follow them."""

from __future__ import annotations

import time

from aiohttp import web

from tests.discord_server.drafts import Draft
from tests.discord_server.errors import InvalidForm, already_acknowledged, invalid_webhook_token, unknown
from tests.discord_server.interactions import TOKEN_SECONDS, Answer, Interaction, InteractionKind
from tests.discord_server.messages import CHAT_INPUT_COMMAND, DEFAULT, EPHEMERAL, LOADING, REPLY, Message, Reference
from tests.discord_server.replies import answer, done
from tests.discord_server.rest import webhooks
from tests.discord_server.rest.access import number, world_of
from tests.discord_server.rest.bodies import as_draft, read_draft, read_form
from tests.discord_server.rest.messages import shown
from tests.discord_server.users import Payload
from tests.discord_server.world import World

routes = web.RouteTableDef()
_ORIGINAL = "@original"


@routes.post("/interactions/{interaction}/{token}/callback")
async def callback(request: web.Request) -> web.Response:
    world = world_of(request)
    interaction = world.interactions.get(request.match_info["token"])
    if interaction is None or interaction.id != number(request, "interaction"):
        raise unknown("interaction")
    if interaction.answer is not None:
        raise already_acknowledged()
    if time.monotonic() - interaction.started_at > world.answer_seconds:
        raise unknown("interaction")
    payload, files = await read_form(request)
    data: Payload = payload.get("data") or {}
    if payload.get("type") not in set(Answer):
        raise InvalidForm({"type": ("BASE_TYPE_CHOICES", f"Value must be one of {[int(kind) for kind in Answer]}.")})
    kind = Answer(payload["type"])
    draft = as_draft(data, files)
    draft.check(partial=kind is not Answer.MESSAGE)
    _accept(world, interaction, kind, draft)
    return answer(_described(interaction, kind)) if request.query.get("with_response") in ("1", "true") else done()


@routes.post("/webhooks/{webhook}/{token}")
async def follow_up(request: web.Request) -> web.Response:
    interaction = _by_token(request)
    if interaction is None:
        return await webhooks.execute(request)
    world = world_of(request)
    draft = await read_draft(request)
    if interaction.thinking:
        _finish_thinking(world, interaction, draft)
        return answer(shown(interaction.message))
    original = interaction.original
    reference = Reference(original.id, original.channel, original) if original else None
    kind = REPLY if reference else DEFAULT
    message = world.post_draft(
        interaction.channel, world.bot, draft, kind=kind, reference=reference, interaction=interaction
    )
    interaction.followups.append(message)
    world.changes.notify()
    return answer(shown(message))


@routes.get("/webhooks/{webhook}/{token}/messages/{message}")
async def get(request: web.Request) -> web.Response:
    interaction = _by_token(request)
    return await webhooks.get_message(request) if interaction is None else answer(shown(_find(request, interaction)))


@routes.patch("/webhooks/{webhook}/{token}/messages/{message}")
async def edit(request: web.Request) -> web.Response:
    interaction = _by_token(request)
    if interaction is None:
        return await webhooks.edit_message(request)
    message = _find(request, interaction)
    draft = await read_draft(request, partial=True)
    if message is interaction.original and interaction.thinking:
        _finish_thinking(world_of(request), interaction, draft)
    else:
        world_of(request).revise(message, draft)
    return answer(shown(message))


@routes.delete("/webhooks/{webhook}/{token}/messages/{message}")
async def delete(request: web.Request) -> web.Response:
    interaction = _by_token(request)
    if interaction is None:
        return await webhooks.delete_message(request)
    world_of(request).remove(_find(request, interaction))
    return done()


def _accept(world: World, interaction: Interaction, kind: Answer, draft: Draft) -> None:
    interaction.answer = kind
    match kind:
        case Answer.MESSAGE:
            interaction.original = _post_answer(world, interaction, draft)
        case Answer.THINKING:
            interaction.original = _post_answer(world, interaction, draft, LOADING)
        case Answer.LATER:
            interaction.original = interaction.pressed
        case Answer.UPDATE:
            interaction.original = interaction.pressed
            world.revise(interaction.message, draft)
        case Answer.CHOICES:
            interaction.choices = draft.body["choices"]
        case Answer.FORM:
            interaction.form = draft.body
    world.changes.notify()


def _post_answer(world: World, interaction: Interaction, draft: Draft, flags: int = 0) -> Message:
    pressed = interaction.pressed
    kind = CHAT_INPUT_COMMAND if interaction.kind is InteractionKind.COMMAND else REPLY if pressed else DEFAULT
    reference = Reference(pressed.id, pressed.channel, pressed) if pressed else None
    return world.post_draft(
        interaction.channel, world.bot, draft, kind=kind, reference=reference, interaction=interaction, flags=flags
    )


def _finish_thinking(world: World, interaction: Interaction, draft: Draft) -> None:
    """Put the first real answer in the place of "thinking". Whether it is ephemeral was settled before."""
    message = interaction.message
    message.flags = (message.flags & EPHEMERAL) | (draft.flags & ~EPHEMERAL)
    world.revise(message, draft)


def _described(interaction: Interaction, kind: Answer) -> Payload:
    described: Payload = {"id": str(interaction.id), "type": int(interaction.kind)}
    resource: Payload = {"type": int(kind)}
    if kind in (Answer.MESSAGE, Answer.THINKING, Answer.UPDATE):
        message = interaction.message
        described |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
        }
        resource["message"] = shown(message)
    return {"interaction": described, "resource": resource}


def _by_token(request: web.Request) -> Interaction | None:
    """Return the interaction of a token, while it is good and was answered; None for a webhook's token."""
    world = world_of(request)
    if number(request, "webhook") != world.bot.id:
        return None
    interaction = world.interactions.get(request.match_info["token"])
    if interaction is None or time.monotonic() - interaction.started_at > TOKEN_SECONDS:
        raise invalid_webhook_token()
    if interaction.answer is None:
        raise unknown("webhook")
    return interaction


def _find(request: web.Request, interaction: Interaction) -> Message:
    wanted = request.match_info["message"]
    for message in interaction.messages:
        here = wanted == str(message.id) or (wanted == _ORIGINAL and message is interaction.original)
        if here and not message.deleted:
            return message
    raise unknown("message")
