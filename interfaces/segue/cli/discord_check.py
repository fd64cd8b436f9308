"""Whether the bot is set up: each thing that it needs, and what to do where one is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segue import routes
from segue.cli.console import Failed, counted
from segue.cli.discord import token_of
from segue.cli.discord_rest import MANAGE_WEBHOOKS, PERMISSIONS, Bot, DiscordRest, Guild
from segue.cli.findings import Finding, State
from segue.cli.status import how
from segue.cli.wire import daemon
from segue.discord_settings import DiscordSettings
from segue.errors import SegueError


def checks(settings: DiscordSettings) -> Iterator[Finding]:
    """Yield what is found; what cannot be looked at for want of something before it is left out."""
    yield allowed(settings)
    try:
        token, where = token_of(settings)
        rest = DiscordRest(token, settings.api_url)
        bot = rest.bot()
        guilds = rest.guilds()
    except Failed as exc:
        yield Finding("token", "wrong", exc.message)
    else:
        yield Finding("token", "right", f"from {where}: the bot is {bot.name} ({bot.id})")
        yield intent(bot)
        yield from _guilds(settings, bot, guilds)
        yield from _channels(settings, rest)
    yield _bot()


def wanted_permissions(settings: DiscordSettings) -> dict[str, int]:
    return PERMISSIONS | (MANAGE_WEBHOOKS if settings.mirror_webhooks else {})


def intent(bot: Bot) -> Finding:
    """Say whether the bot is told what people write."""
    if bot.reads_messages:
        return Finding("intent", "right", "Message Content is on")
    text = f"Message Content is off: switch on Message Content Intent at {bot.page}"
    return Finding("intent", "wrong", text)


def allowed(settings: DiscordSettings) -> Finding:
    """Say who may use it."""
    if not settings.allow_guilds and not settings.allow_users:
        text = "nobody may use it: `segue discord setup` asks who, or takes --guild ID and --user ID"
        return Finding("allowed", "wrong", text)
    who = [counted(len(settings.allow_users), "person by name", "people by name")] if settings.allow_users else []
    if settings.allow_guilds:
        who.append("the members of " + counted(len(settings.allow_guilds), "guild") + _limits(settings))
    direct = "" if settings.allow_users else "; nobody in direct messages"
    return Finding("allowed", "right", " and ".join(who) + direct)


def _limits(settings: DiscordSettings) -> str:
    limits = " with certain roles" if settings.allow_roles else ""
    if settings.allow_channels:
        limits += f", in {counted(len(settings.allow_channels), 'channel')} only"
    return limits


def _guilds(settings: DiscordSettings, bot: Bot, guilds: list[Guild]) -> Iterator[Finding]:
    joined = {guild.id: guild for guild in guilds}
    for guild_id in settings.allow_guilds:
        yield membership(guild_id, joined.get(guild_id), bot, wanted_permissions(settings))
    for guild in guilds:
        if guild.id not in settings.allow_guilds:
            text = f"{guild.name} ({guild.id}): the bot is in it, and its members may not use it"
            yield Finding("guild", "unknown", text)


def membership(guild_id: int, guild: Guild | None, bot: Bot, wanted: dict[str, int]) -> Finding:
    """Say whether the bot is in the guild, and may do there what it needs."""
    if guild is None:
        return Finding("guild", "wrong", f"{guild_id}: the bot is not in it; invite it: {bot.invite(wanted)}")
    if missing := guild.missing(wanted):
        return Finding("guild", "wrong", f"{guild.name}: give the bot's role {', '.join(missing)}")
    return Finding("guild", "right", f"{guild.name} ({guild.id})")


def _channels(settings: DiscordSettings, rest: DiscordRest) -> Iterator[Finding]:
    for channel_id in dict.fromkeys((*settings.allow_channels, *map(int, settings.channels))):
        name = rest.channel_name(channel_id)
        if name is None:
            yield Finding("channel", "wrong", f"{channel_id}: the bot does not see it; let its role View the Channel")
        else:
            yield Finding("channel", "right", f"#{name} ({channel_id})")


def _bot() -> Finding:
    """Say whether the bot runs, as the daemon knows it."""
    try:
        front_ends = daemon().get(routes.STATUS)["front_ends"]
    except SegueError as exc:
        return Finding("running", "unknown", f"the daemon cannot be asked: {exc.message}")
    for front_end in front_ends:
        if front_end["name"] == "discord":
            return Finding("running", _running(front_end), how(front_end))
    return Finding("running", "unknown", "the daemon has not heard of the bot yet: run it with `segue discord`")


def _running(front_end: dict[str, Any]) -> State:
    if front_end["state"] != "online":
        return "unknown"
    return "warning" if front_end["detail"] else "right"  # it has something to say about itself
