"""Who you are: /link and /unlink join your Discord account and your user, and part them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from segue.discord_bot.commands.answers import person, say
from segue.discord_bot.commands.tree import Refusal
from segue.discord_bot.outlet import INTERFACE
from segue.discord_bot.render import one_line, plain
from segue.errors import LinkNotFound, NotFound

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot


class People(commands.Cog):
    def __init__(self, bot: SegueBot) -> None:
        self.bot = bot

    @app_commands.command(description="Join this account to you: your sessions appear here, under one name everywhere")
    @app_commands.describe(
        code="The code that `segue link` shows in your terminal; without it you get one to enter there"
    )
    async def link(self, interaction: discord.Interaction, code: str | None = None) -> None:
        account = (INTERFACE, str(interaction.user.id))
        if code is None:
            offer = await self.bot.daemon.create_link(account, name=one_line(interaction.user.display_name, 200))
            moment = discord.utils.format_dt(offer.expires_at, "R")
            text = f"In your terminal, say `segue link {offer.code}`. The code is good once; it expires {moment}."
            return await say(interaction, f"{text} Enter it nowhere else: it joins this account to whoever enters it.")
        try:
            name = one_line(interaction.user.display_name, 200)
            user = await self.bot.daemon.claim_link(code.strip(), *account, name=name)
        except LinkNotFound:
            raise Refusal("No such code, or it was used, or has expired: get a new one with `segue link`.") from None
        return await say(interaction, f"You are **{plain(user.name)}** now, here as in your terminal.")

    @app_commands.command(description="Part this account from your user")
    async def unlink(self, interaction: discord.Interaction) -> None:
        try:
            await person(interaction).unlink(INTERFACE, str(interaction.user.id))
        except NotFound:
            raise Refusal("This account is linked to nobody.") from None
        await self.bot.farewell.look()
        await say(interaction, "This account is linked to nobody any more. What you said stays under your name.")
