"""Talking, and what is being said: /chat, /stop, /retry."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from segue.discord_bot.commands.answers import NOT_BOUND, bound_here, place_of, say
from segue.discord_bot.commands.tree import Refusal
from segue.discord_bot.render import plain
from segue.discord_bot.steering import check_may_steer

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot

_STORED_SECONDS = 30.0


class Talk(commands.Cog):
    def __init__(self, bot: SegueBot) -> None:
        self.bot = bot

    @app_commands.command(description="Ask something")
    @app_commands.describe(message="What you want to say")
    async def chat(self, interaction: discord.Interaction, message: app_commands.Range[str, 1, 4000]) -> None:
        asked = self.bot.inbound.ask(interaction, message)
        try:
            async with asyncio.timeout(_STORED_SECONDS):
                await asked.stored
        except TimeoutError:
            raise Refusal("That was not taken: the daemon does not answer. Try again in a while.") from None
        await say(interaction, f"**{plain(interaction.user.display_name)}**: {message}")

    @app_commands.command(description="Stop the answer that is being written")
    async def stop(self, interaction: discord.Interaction) -> None:
        binding = bound_here(interaction)
        if binding is None:
            raise Refusal(NOT_BOUND)
        running = [t for t in await self.bot.daemon.turns(binding.session_id) if t.state == "running"]
        if not running:
            raise Refusal("No answer is being written.")
        await check_may_steer(self.bot, interaction, running[0], place_of(interaction))
        await self.bot.daemon.cancel(running[0].id)
        await say(interaction, "Stopped. What was said so far is kept.")

    @app_commands.command(description="Ask again what was not answered")
    async def retry(self, interaction: discord.Interaction) -> None:
        binding = bound_here(interaction)
        if binding is None:
            raise Refusal(NOT_BOUND)
        turns = await self.bot.daemon.turns(binding.session_id)
        if not turns or turns[-1].state not in ("failed", "interrupted", "cancelled"):
            raise Refusal("The last question was answered, or is being answered.")
        await check_may_steer(self.bot, interaction, turns[-1], place_of(interaction))
        await self.bot.daemon.retry(turns[-1].id)
        await say(interaction, "Asked again.")
