"""Buttons below what the bot says: stop, retry, and the answers to tool calls that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands

from segue.discord_bot.access import may_talk
from segue.discord_bot.commands.tree import Refusal
from segue.discord_bot.controls import ANSWERS, STOP, read_id
from segue.discord_bot.decisions import answer
from segue.discord_bot.render import plain
from segue.discord_bot.steering import check_may_steer
from segue.discord_bot.visitors import visitor
from segue.errors import ApprovalConflict, SegueError, TurnConflict

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
        found = read_id(str(data.get("custom_id", "")))
        if found is None:
            return
        await interaction.response.defer()
        try:
            await self._press(interaction, *found)
        except Refusal as exc:
            await interaction.followup.send(str(exc), ephemeral=True)
        except ApprovalConflict as exc:
            await interaction.followup.send(exc.message, ephemeral=True)
        except TurnConflict:
            await interaction.followup.send("That was decided already.", ephemeral=True)
        except SegueError as exc:
            await interaction.followup.send(f"That did not work: {exc.message}", ephemeral=True)

    async def _press(self, interaction: discord.Interaction, action: str, about: str) -> None:
        someone = await visitor(interaction.user, interaction.channel, interaction.guild)
        if not may_talk(self.bot.settings, someone):
            raise Refusal("You may not use this bot here.")
        if action in ANSWERS:
            await answer(self.bot, interaction, about, action)
        else:
            await self._steer(interaction, action, about)

    async def _steer(self, interaction: discord.Interaction, action: str, turn_id: str) -> None:
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
