"""Telling Discord which commands there are, where that changed."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord.ext import commands

from segue.discord_bot.commands.tree import Tree

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot

log = logging.getLogger(__name__)

_TRY_AGAIN_SECONDS = 60.0


class Registration(commands.Cog):
    def __init__(self, bot: SegueBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        self.bot.tasks.create_task(self._register(), name="registering the commands")

    async def _register(self) -> None:
        assert isinstance(self.bot.tree, Tree)
        while True:
            try:
                return await self.bot.tree.sync_if_changed()
            except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as exc:
                log.warning("the commands are not registered yet: %s", exc)
                await asyncio.sleep(_TRY_AGAIN_SECONDS)
