"""Which bound places are closed: nobody may use the bot there any more, so nothing is brought there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import discord

from segue.discord_bot.access import may_anybody_talk
from segue.discord_bot.outlet import Refused, channel_id, translated
from segue.discord_bot.visitors import channels_of, member_of

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot

_LOOK_AGAIN_SECONDS = 60.0  # at a place that the bot may not see: nothing arrives there, and it may change


class Doors:
    """Looks once at each place who is there. The allow-lists are read when the bot starts: they do not change."""

    def __init__(self, bot: SegueBot) -> None:
        self._bot = bot
        self._closed: dict[str, bool] = {}
        self._hidden: dict[str, float] = {}
        self._people: dict[str, int] = {}

    @property
    def warning(self) -> str:
        """What is to be said of bound places that are closed; nothing where there are none."""
        closed = sum(self._closed.get(binding.place, False) for binding in self._bot.places)
        places = "1 place" if closed == 1 else f"{closed} places"
        return f"not allowed any more: {places}; unbind them or allow them" if closed else ""

    def person_at(self, place: str) -> int | None:
        """Return whose direct talk a place is, as far as somebody has looked."""
        return self._people.get(place)

    async def is_closed(self, place: str) -> bool:
        """Tell whether nobody may use the bot at a place. Raises `Unsure` while Discord does not say who is there."""
        number = channel_id(place)
        if place in self._closed or number is None or time.monotonic() < self._hidden.get(place, 0):
            return self._closed.get(place, False)
        try:
            async with translated():
                self._closed[place] = not await self._is_open(number)
        except Refused:
            self._hidden[place] = time.monotonic() + _LOOK_AGAIN_SECONDS
        return self._closed.get(place, False)

    async def _is_open(self, place: int) -> bool:
        channel = self._bot.get_channel(place) or await self._bot.fetch_channel(place)
        if isinstance(channel, discord.DMChannel) and channel.recipient is None:
            channel = await self._bot.fetch_channel(place)
        if isinstance(channel, discord.DMChannel):
            present = [user.id for user in channel.recipients]
            self._people |= {str(place): user for user in present}
            return may_anybody_talk(self._bot.settings, channels_of(channel), None, present)
        guild = channel.guild if isinstance(channel, discord.abc.GuildChannel | discord.Thread) else None
        present = await self._named_members(guild) if guild else []
        return may_anybody_talk(self._bot.settings, channels_of(channel), guild.id if guild else None, present)

    async def _named_members(self, guild: discord.Guild) -> list[int]:
        """Return who of those that are allowed by name is there; where all members are allowed, nobody has to ask."""
        settings = self._bot.settings
        named = settings.allow_users if guild.id not in settings.allow_guilds else ()
        return [user for user in named if await member_of(guild, user) is not None]
