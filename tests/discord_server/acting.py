"""How people use what the bot offers: commands, buttons, menus and forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.discord_server.channels import DirectChannel
from tests.discord_server.conversation import Channel
from tests.discord_server.drafts import Upload
from tests.discord_server.interactions import Answer, Interaction, InteractionKind
from tests.discord_server.messages import Message
from tests.discord_server.users import Payload, Role, User
from tests.discord_server.world import World

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)
BUTTON, TEXT_INPUT, ACTION_ROW, LABEL = 2, 4, 1, 18
_THINKING_SECONDS = 15.0
_PLAIN: dict[int, type | tuple[type, ...]] = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: (int, float)}


async def interact(
    world: World,
    kind: InteractionKind,
    user: User,
    channel: Channel,
    data: Payload,
    pressed: Message | None = None,
    thinking_seconds: float = _THINKING_SECONDS,
) -> Interaction:
    """Start an interaction and return it once the person was shown something, or that there was no answer in time."""
    interaction = Interaction(world, world.ids.next(), kind, user, channel, data, pressed)
    world.interactions[interaction.token] = interaction
    world.sessions.dispatch("INTERACTION_CREATE", interaction.payload())
    try:
        await world.changes.until(lambda: interaction.answer is not None, world.answer_seconds, lambda: "no answer")
    except AssertionError:
        return interaction
    if interaction.answer is Answer.THINKING:
        await world.changes.until(lambda: not interaction.thinking, thinking_seconds, lambda: "still thinking")
    return interaction


async def slash(world: World, channel: Channel, user: User, command: str, options: Mapping[str, Any]) -> Interaction:
    """Use a command by its full name, "memory set" for one in a group."""
    data = _command_data(world, channel, command, options, None)
    return await interact(world, InteractionKind.COMMAND, user, channel, data)


async def autocomplete(
    world: World, channel: Channel, user: User, command: str, option: str, typed: str, others: Mapping[str, Any]
) -> list[Payload]:
    """Return what is offered while somebody types an option."""
    data = _command_data(world, channel, command, {**others, option: typed}, option)
    interaction = await interact(world, InteractionKind.AUTOCOMPLETE, user, channel, data)
    assert not interaction.failed, "Loading options failed"
    return interaction.choices


async def press(world: World, message: Message, button: str, user: User, values: Sequence[str]) -> Interaction:
    """Press a button, or choose values in a menu, by its label or custom id."""
    assert not message.ephemeral or message.interaction is None or message.interaction.user is user, "not shown to them"
    part = message.button(button)
    assert not part.get("disabled"), f"{button!r} is disabled"
    data: Payload = {"custom_id": part["custom_id"], "component_type": part["type"]}
    if part["type"] != BUTTON:
        data["values"] = list(values)
    return await interact(world, InteractionKind.COMPONENT, user, message.channel, data, message)


async def submit(world: World, shown: Interaction, values: Mapping[str, str]) -> Interaction:
    """Send off the form that an interaction showed; `values` are by custom id or label."""
    form = shown.form
    assert form is not None, "no form was shown"
    rows = [_filled_row(row, values) for row in form["components"]]
    data: Payload = {"custom_id": form["custom_id"], "components": rows}
    return await interact(world, InteractionKind.FORM, shown.user, shown.channel, data, shown.pressed)


def _filled_row(row: Payload, values: Mapping[str, str]) -> Payload:
    if row["type"] == LABEL:
        part = row["component"]
        value = values.get(part["custom_id"], values.get(row["label"], ""))
        return row | {"component": {"type": part["type"], "custom_id": part["custom_id"], "value": value}}
    parts = [
        {"type": part["type"], "custom_id": part["custom_id"], "value": _value_of(part, values)}
        for part in row["components"]
    ]
    return {"type": ACTION_ROW, "components": parts}


def _value_of(part: Payload, values: Mapping[str, str]) -> str:
    return values.get(part["custom_id"], values.get(part.get("label", ""), part.get("value") or ""))


def _command_data(
    world: World, channel: Channel, command: str, options: Mapping[str, Any], focused: str | None
) -> Payload:
    name, *path = command.split()
    guild_id = channel.guild.id if channel.guild else None
    registered = world.commands.find(name, guild_id)
    assert not isinstance(channel, DirectChannel) or registered["dm_permission"], f"/{name} is not shown in DMs"
    resolved = Resolved(world, channel)
    data: Payload = {"id": registered["id"], "name": name, "type": registered["type"]}
    data["options"] = _options(registered, path, dict(options), focused, resolved)
    if "guild_id" in registered:
        data["guild_id"] = registered["guild_id"]
    return data | ({"resolved": resolved.payload} if resolved.payload else {})


def _options(
    node: Payload, path: list[str], given: dict[str, Any], focused: str | None, resolved: Resolved
) -> list[Payload]:
    known = {option["name"]: option for option in node.get("options", [])}
    if path:
        found = known[path[0]]
        inner = _options(found, path[1:], given, focused, resolved)
        return [{"name": found["name"], "type": found["type"], "options": inner}]
    if focused is None:
        missing = [name for name, option in known.items() if option.get("required") and name not in given]
        assert not missing, f"required and not given: {missing}"
    assert given.keys() <= known.keys(), f"no such options: {given.keys() - known.keys()}; there are {list(known)}"
    return [_option(known[name], value, name == focused, resolved) for name, value in given.items()]


def _option(option: Payload, value: Any, focused: bool, resolved: Resolved) -> Payload:
    choices = {choice["name"]: choice["value"] for choice in option.get("choices") or []}
    if choices:
        value = choices.get(value, value)
        assert value in choices.values(), f"{value!r} is none of {list(choices)}"
    found = {"name": option["name"], "type": option["type"], "value": resolved.add(option["type"], value)}
    return found | ({"focused": True} if focused else {})


class Resolved:
    """The users, channels, roles and files that a command's options speak of."""

    def __init__(self, world: World, channel: Channel) -> None:
        self.payload: dict[str, Payload] = {}
        self._world = world
        self._channel = channel

    def add(self, kind: int, value: Any) -> Any:
        """Return what an option of this kind carries for a value."""
        if isinstance(value, tuple):
            attachment = self._world.attach(self._channel, Upload(*value))
            return self._note("attachments", attachment.id, attachment.payload())
        if isinstance(value, User):
            guild = self._channel.guild
            if guild is not None and value.id in guild.members:
                self._note("members", value.id, guild.members[value.id].payload(with_user=False))
            return self._note("users", value.id, value.payload())
        if isinstance(value, Role):
            return self._note("roles", value.id, value.payload())
        if isinstance(value, Channel):
            return self._note("channels", value.id, value.payload() | {"permissions": "0"})
        assert isinstance(value, _PLAIN.get(kind, ())), f"{value!r} is not what an option of type {kind} takes"
        return value

    def _note(self, kind: str, item_id: int, payload: Payload) -> str:
        self.payload.setdefault(kind, {})[str(item_id)] = payload
        return str(item_id)
