"""What people call the bound places: told to the daemon where it does not know it, or where it has changed."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord.ext import commands

from segue.discord_bot.outlet import INTERFACE, channel_id
from segue.discord_bot.render import one_line
from segue.errors import SegueError
from segue.models import BindingState

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot

log = logging.getLogger(__name__)

_EVERY_SECONDS = 2.0  # what has not changed costs a look into discord.py's cache
_LOCAL_EVERY_SECONDS = 0.2
_NAME_LENGTH = 200


def place_name(channel: object) -> str | None:
    """Return what people call a channel: "#general @ The Pub", "#general › A thread @ The Pub", "@alice"."""
    if isinstance(channel, discord.DMChannel):
        return one_line(f"@{channel.recipient.display_name}", _NAME_LENGTH) if channel.recipient else None
    name, guild = getattr(channel, "name", None), getattr(channel, "guild", None)
    if not name:
        return None
    if isinstance(channel, discord.Thread):
        shown = f"#{channel.parent.name} › {name}" if channel.parent else name
    else:
        shown = f"#{name}"
    return one_line(f"{shown} @ {guild.name}" if guild else shown, _NAME_LENGTH)


class Names(commands.Cog):
    def __init__(self, bot: SegueBot) -> None:
        self.bot = bot
        self._unknown: set[str] = set()

    async def cog_load(self) -> None:
        self.bot.tasks.create_task(self._tell_again_and_again(), name="names of places")

    async def _tell_again_and_again(self) -> None:
        await self.bot.wait_until_ready()
        every = _LOCAL_EVERY_SECONDS if self.bot.settings.gateway_url else _EVERY_SECONDS
        while True:
            for binding in self.bot.places:
                await self._tell(binding)
            await asyncio.sleep(every)

    async def _tell(self, binding: BindingState) -> None:
        """Tell what a place is called, if that is news."""
        name = place_name(await self._channel(binding))
        if name is None or name == binding.name:
            return
        try:
            await self.bot.daemon.update_binding(INTERFACE, binding.place, name=name)
        except SegueError as exc:
            log.info("the name of %s is not told: %s", binding.place, exc)

    async def _channel(self, binding: BindingState) -> object:
        """Return the channel as discord.py knows it; Discord is asked, once, for one that has no name yet."""
        number = channel_id(binding.place)
        known = self.bot.get_channel(number) if number else None
        if known or not number or binding.name or binding.place in self._unknown:
            return known
        self._unknown.add(binding.place)
        try:
            return await self.bot.fetch_channel(number)
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as exc:
            log.info("what place %s is called is not known: %s", binding.place, exc)
            return None
