"""Buttons below answers: stop and retry, for those who asked and those who manage the place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands

from segue.discord_bot.access import may_talk
from segue.discord_bot.commands.answers import user_of
from segue.discord_bot.commands.tree import Refusal, is_manager
from segue.discord_bot.controls import PATTERN, STOP
from segue.discord_bot.outlet import INTERFACE
from segue.discord_bot.render import plain
from segue.discord_bot.visitors import visitor
from segue.errors import SegueError, TurnConflict
from segue.models import Message, Turn

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot


class Buttons(commands.Cog):
    def __init__(self, bot: SegueBot) -> None:
        self.bot = bot

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is not discord.InteractionType.component:
            return
        data: Any = interaction.data or {}
        found = re.fullmatch(PATTERN, str(data.get("custom_id", "")))
        if found is None:
            return
        await interaction.response.defer()
        try:
            await self._press(interaction, found["action"], found["turn"])
        except Refusal as exc:
            await interaction.followup.send(str(exc), ephemeral=True)
        except TurnConflict:
            await interaction.followup.send("That was decided already.", ephemeral=True)
        except SegueError as exc:
            await interaction.followup.send(f"That did not work: {exc.message}", ephemeral=True)

    async def _press(self, interaction: discord.Interaction, action: str, turn_id: str) -> None:
        someone = await visitor(interaction.user, interaction.channel, interaction.guild)
        if not may_talk(self.bot.settings, someone):
            raise Refusal("You may not use this bot here.")
        turn = await self.bot.daemon.turn(turn_id)
        await check_may_steer(self.bot, interaction, turn, str(interaction.channel_id))
        if action == STOP:
            await self.bot.daemon.cancel(turn.id)
            return
        await self.bot.daemon.retry(turn.id)
        await self._sign(interaction)

    async def _sign(self, interaction: discord.Interaction) -> None:
        """Let the message say who pressed, in place of the button."""
        if interaction.message is not None:
            who = f"-# Asked again by {plain(interaction.user.display_name)}."
            await interaction.edit_original_response(content=f"{interaction.message.content}\n{who}", view=None)


async def check_may_steer(bot: SegueBot, interaction: discord.Interaction, turn: Turn, place: str) -> None:
    """Raise `Refusal` unless the turn's answer goes here, and who presses asked for it or manages the place."""
    if all((p.interface, p.place) != (INTERFACE, place) for p in turn.route):
        raise Refusal("That answer does not belong to this channel.")
    if await is_manager(interaction):
        return
    me = await user_of(interaction)
    if turn.user_id is not None and me is not None and me.id == turn.user_id:
        return
    question = await bot.turns.question(turn)
    if turn.user_id is None and question is not None and await _wrote(interaction, question, place):
        return
    raise Refusal("Only who asked may do that, or who manages this server.")


async def _wrote(interaction: discord.Interaction, question: Message, place: str) -> bool:
    """Tell whether a guest's question is theirs: its author at Discord says so, a name does not."""
    said = question.external_id or ""
    if (question.interface, question.place) != (INTERFACE, place) or not said.isdigit():
        return False
    channel = interaction.channel
    if not isinstance(channel, discord.abc.Messageable):
        return False
    try:
        message = await channel.fetch_message(int(said))
    except discord.HTTPException:
        return False
    return message.author.id == interaction.user.id
