"""Who said something where, from discord.py's objects."""

from __future__ import annotations

import discord

from segue.discord_bot.access import Visitor
from segue.discord_bot.render import one_line
from segue.discord_bot.words import Names, read

TALK = (discord.MessageType.default, discord.MessageType.reply)


def channels_of(channel: object) -> tuple[int, ...]:
    """Return the ids of a channel and, for a thread, its parent."""
    if isinstance(channel, discord.Thread):
        return (channel.id, channel.parent_id)
    return (channel.id,) if hasattr(channel, "id") else ()


async def visitor(
    user: discord.abc.User, channel: object, guild: discord.Guild | None, *, with_roles: bool = True
) -> Visitor:
    """Return somebody, with their roles where it matters: Discord is asked if it did not tell. Who left has none."""
    if guild is None:
        return Visitor(user.id, channels_of(channel))
    member = user if isinstance(user, discord.Member) else await member_of(guild, user.id) if with_roles else None
    roles = frozenset(role.id for role in member.roles) if member else frozenset()
    manages = member is not None and member.guild_permissions.manage_guild
    return Visitor(user.id, channels_of(channel), guild.id, roles, manages)


async def member_of(guild: discord.Guild, user_id: int) -> discord.Member | None:
    """Return somebody as a member of a guild, None for who is none."""
    try:
        return guild.get_member(user_id) or await guild.fetch_member(user_id)
    except discord.NotFound:
        return None


def is_talk(message: discord.Message) -> bool:
    """Tell whether a person said it, and not a bot, a webhook or Discord itself."""
    return not message.author.bot and message.webhook_id is None and message.type in TALK


def is_addressed(message: discord.Message, bot: discord.abc.User) -> bool:
    """Tell whether a message is for the bot: it mentions it or its own role, answers it, or nobody else is there."""
    if message.guild is None or any(user.id == bot.id for user in message.mentions):
        return True
    if message.guild.self_role in message.role_mentions:
        return True
    answered = message.reference.resolved if message.reference else None
    return isinstance(answered, discord.Message) and answered.author.id == bot.id


def text_of(message: discord.Message, bot: discord.abc.User) -> str:
    """Return what a message says, with names instead of ids; of one without words and files, what it is."""
    users = {user.id: user.display_name for user in message.mentions}
    roles = {role.id: role.name for role in message.role_mentions}
    channels = {channel.id: channel.name for channel in message.channel_mentions}
    own_role = message.guild.self_role if message.guild else None
    content = message.content.replace(own_role.mention, bot.mention) if own_role else message.content
    text = read(content, bot.id, Names(users | {bot.id: bot.display_name}, roles, channels))
    return text if text or message.attachments else "\n".join(_shared(message))


def _shared(message: discord.Message) -> list[str]:
    lines = [f"[sticker: {one_line(sticker.name)}]" for sticker in message.stickers]
    if message.poll is not None:
        answers = " / ".join(answer.text for answer in message.poll.answers)
        lines.append(f"[poll: {one_line(message.poll.question)} {one_line(answers)}]")
    for forwarded in message.message_snapshots:
        lines.append(f"[forwarded: {forwarded.content.strip()}]" if forwarded.content.strip() else "[forwarded]")
    return lines or ["[shared an embed]" for _ in message.embeds[:1]]


def place_title(channel: object, person: str) -> str:
    """Return what the session of a place is called."""
    if isinstance(channel, discord.Thread):
        return f"#{channel.parent.name} › {channel.name}" if channel.parent else channel.name
    name = getattr(channel, "name", None)
    return f"#{name}" if name else f"{person} (Discord)"
