"""What a command says, and for whom it acts."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

import discord

from segue.client import Client
from segue.discord_bot.outlet import INTERFACE
from segue.discord_bot.render import one_line, plain
from segue.discord_bot.splitting import split
from segue.errors import NotFound
from segue.models import BindingState, SessionSummary, User

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot

NOT_BOUND = "Nothing is bound here yet. Say something to the bot, or use /new or /attach."
_MOST_CHOICES = 25
_CHOICE_LENGTH = 100


def bot_of(interaction: discord.Interaction) -> SegueBot:
    return cast("SegueBot", interaction.client)


def person(interaction: discord.Interaction) -> Client:
    """Return the daemon's client for whoever used the command: what they may not see, it does not show."""
    user = interaction.user
    name = one_line(user.display_name, 200)
    return bot_of(interaction).daemon.acting_for(INTERFACE, str(user.id), name=name)


async def user_of(interaction: discord.Interaction) -> User | None:
    """Return the user whom the account is linked to."""
    try:
        return await bot_of(interaction).daemon.user_of(INTERFACE, str(interaction.user.id))
    except NotFound:
        return None


async def is_linked(interaction: discord.Interaction) -> bool:
    return await user_of(interaction) is not None


def place_of(interaction: discord.Interaction) -> str:
    return str(interaction.channel_id)


def bound_here(interaction: discord.Interaction) -> BindingState | None:
    return bot_of(interaction).places.get(place_of(interaction))


async def say(interaction: discord.Interaction, text: str, file: tuple[str, bytes] | None = None) -> None:
    """Answer a command; what is too long goes on in further messages."""
    ephemeral = not (interaction.command and interaction.command.qualified_name == "chat")
    parts = split(text) or [text]
    for part in parts[:-1]:
        await interaction.followup.send(part, ephemeral=ephemeral)
    if file is None:
        await interaction.followup.send(parts[-1], ephemeral=ephemeral)
    else:
        attached = discord.File(io.BytesIO(file[1]), file[0])
        await interaction.followup.send(parts[-1], ephemeral=ephemeral, file=attached)


def session_line(session: SessionSummary) -> str:
    """Return a session in one line: its title, how long it is, where it runs."""
    where = f" · in use at {', '.join(session.attached)}" if session.attached else ""
    moment = discord.utils.format_dt(session.updated_at, "R")
    return f"- **{plain(session.title)}** · {session.message_count} messages · {moment}{where}"


def choices(values: list[tuple[str, str]]) -> list[discord.app_commands.Choice[str]]:
    """Return what autocomplete offers, as (name, value), as far as Discord takes it."""
    short = [(one_line(name, _CHOICE_LENGTH), value) for name, value in values if len(value) <= _CHOICE_LENGTH]
    return [
        discord.app_commands.Choice(name=name or "(no title)", value=value) for name, value in short[:_MOST_CHOICES]
    ]
