"""Reactions: a message that bears one is on the daemon's disk, or was refused."""

from __future__ import annotations

import asyncio
import logging

import discord

from segue.discord_bot.outlet import Outlet, Refused, Unsure

log = logging.getLogger(__name__)

TAKEN = "👀"
REFUSED = "⚠️"
_MOST_WAITING = 200


class Acknowledgements:
    """Gives the reactions, one after the other and behind the talk; where the bot may not, it says nothing."""

    def __init__(self, bot: discord.Client) -> None:
        self._bot = bot
        self._waiting: asyncio.Queue[tuple[int, int, str]] = asyncio.Queue(_MOST_WAITING)

    def taken(self, message: discord.Message) -> None:
        """Acknowledge a message that the daemon stored."""
        self._put(message, TAKEN)

    def refused(self, message: discord.Message) -> None:
        """Mark a message that the daemon would not have."""
        self._put(message, REFUSED)

    def _put(self, message: discord.Message, emoji: str) -> None:
        if any(reaction.me and str(reaction.emoji) == emoji for reaction in message.reactions):
            return
        if not self._waiting.full():
            self._waiting.put_nowait((message.channel.id, message.id, emoji))

    async def run(self) -> None:
        """Give them, until cancelled."""
        while True:
            channel_id, message_id, emoji = await self._waiting.get()
            try:
                await Outlet(self._bot, str(channel_id)).react(message_id, emoji)
            except (Refused, Unsure) as exc:
                log.info("message %s was not acknowledged: %s", message_id, exc)
