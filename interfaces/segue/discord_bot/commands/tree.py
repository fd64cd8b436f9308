"""The commands as Discord has them: registered only when they changed, checked whenever one is used."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import discord
from discord import app_commands

from segue.discord_bot.access import may_manage, may_talk
from segue.discord_bot.commands.answers import bot_of, say
from segue.discord_bot.visitors import visitor
from segue.errors import SegueError

log = logging.getLogger(__name__)
T = TypeVar("T")

_COMPARED = ("name", "description", "type", "options", "required", "choices", "value", "min_length", "max_length")
_PUBLIC = {"chat"}
_STRANGER = "You may not use this bot here. Whoever runs it decides in its settings: allow_guilds, allow_users."


class Refusal(app_commands.AppCommandError):
    """Why somebody may not do that, in words for them."""


class Tree(app_commands.CommandTree[Any]):
    """Answers every command, at once or with "thinking", and every error in words."""

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Let only those use it who may talk to the bot here; the answer is theirs alone, but for talk."""
        bot = bot_of(interaction)
        someone = await visitor(interaction.user, interaction.channel, interaction.guild)
        welcome = may_talk(bot.settings, someone)
        if interaction.type is discord.InteractionType.autocomplete:
            return welcome
        name = interaction.command.qualified_name if interaction.command else _name(interaction)
        await interaction.response.defer(ephemeral=not welcome or name not in _PUBLIC, thinking=True)
        if not welcome:
            await say(interaction, _STRANGER)
        return welcome

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError, /) -> None:
        """Say what went wrong."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, Refusal):
            return await say(interaction, str(cause))
        if isinstance(cause, SegueError):
            return await say(interaction, f"That did not work: {cause.message}")
        log.error("a command broke", exc_info=error)
        return await say(interaction, "That did not work, and the bot's log says why.")

    async def sync_if_changed(self) -> None:
        """Register the commands, unless Discord has them as they are."""
        there = [command.to_dict() for command in await self.fetch_commands()]
        ours = [command.to_dict(self) for command in self.get_commands()]
        if _by_name(there) != _by_name(ours):
            await self.sync()
            log.info("registered the commands anew")


def managers_only() -> Callable[[T], T]:
    """Let only those use a command who may change how this place is served."""

    async def check(interaction: discord.Interaction) -> bool:
        await check_manager(interaction)
        return True

    return app_commands.check(check)


async def check_manager(interaction: discord.Interaction) -> None:
    """Raise `Refusal` for who may not change how this place is served."""
    if not await is_manager(interaction):
        text = "Only those who manage this server may do that here, or whom the settings name in admin_users."
        raise Refusal(text)


async def is_manager(interaction: discord.Interaction) -> bool:
    someone = await visitor(interaction.user, interaction.channel, interaction.guild)
    return may_manage(bot_of(interaction).settings, someone)


def _name(interaction: discord.Interaction) -> str:
    data: Any = interaction.data or {}
    return str(data.get("name", ""))


def _by_name(commands: list[Any]) -> dict[str, Any]:
    return {command["name"]: _compared(command) for command in commands}


def _compared(part: Any) -> Any:
    """Return what of a command's description says what it is; what is left out means nothing."""
    if isinstance(part, list):
        return [_compared(item) for item in part]
    if not isinstance(part, dict):
        return getattr(part, "value", part)
    kept = {key: _compared(part[key]) for key in _COMPARED if part.get(key)}
    return kept | ({"autocomplete": True} if part.get("autocomplete") else {})
