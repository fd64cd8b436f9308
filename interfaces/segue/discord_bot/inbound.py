"""Listening: what people say, change and take away, place by place."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord.ext import commands

from segue.discord_bot.intake import Asked, Deleted, Edited, Intake, News, Said
from segue.discord_bot.order import Order
from segue.discord_bot.revision import Revision
from segue.discord_bot.visitors import TALK, is_talk

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot


class Inbound(commands.Cog):
    """Owns an intake for each place. Between a lost and a new connection they hold what comes: older things first."""

    def __init__(self, bot: SegueBot) -> None:
        self.bot = bot
        self._order = Order(bot.places)
        self._revision = Revision(bot.daemon, bot.reception, bot.acknowledgements)
        self._intakes: dict[int, Intake] = {}
        self._in_touch = False

    @property
    def waiting(self) -> int:
        """How many things that people did are not yet handed on."""
        return sum(intake.waiting for intake in self._intakes.values())

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        self.catch_up()

    @commands.Cog.listener()
    async def on_resumed(self) -> None:
        self.catch_up()

    @commands.Cog.listener()
    async def on_disconnect(self) -> None:
        self._in_touch = False
        for intake in self._intakes.values():
            intake.lose_touch()

    def catch_up(self) -> None:
        """Read every bound place from where the daemon knows it."""
        self._in_touch = True
        for place in self.bot.places.channels:
            self._intake(place)
        for intake in self._intakes.values():
            intake.catch_up()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        if is_talk(message) and (self._is_bound(message.channel.id) or await self._may_be_welcome(message)):
            self._put(message.channel.id, Said(message))

    async def _may_be_welcome(self, message: discord.Message) -> bool:
        """Tell whether a message is worth keeping: where nothing is bound, strangers are not even remembered."""
        try:
            return await self.bot.reception.is_welcome(message)
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError):
            return True  # the intake asks again, until Discord answers

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        message = payload.message
        edited = payload.data.get("edited_timestamp") is not None  # the preview of a link is no edit
        if edited and is_talk(message) and message.type in TALK and self._may_be_known(payload.channel_id):
            self._put(payload.channel_id, Edited(message))

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        if self._may_be_known(payload.channel_id):
            self._put(payload.channel_id, Deleted(payload.message_id))

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        if self._may_be_known(payload.channel_id):
            for message_id in sorted(payload.message_ids):
                self._put(payload.channel_id, Deleted(message_id))

    def ask(self, interaction: discord.Interaction, text: str) -> Asked:
        """Take what somebody said with a command; `stored` of the result is done once the daemon has it."""
        asked = Asked(interaction, text, asyncio.get_running_loop().create_future())
        self._put(interaction.channel_id or 0, asked)
        return asked

    def _is_bound(self, place: int) -> bool:
        return self.bot.places.get(place) is not None

    def _may_be_known(self, place: int) -> bool:
        """Tell whether something from there is with the daemon, or on its way: what is said first binds the place."""
        return self._is_bound(place) or (place in self._intakes and self._intakes[place].waiting > 0)

    def _put(self, place: int, news: News) -> None:
        self._intake(place).put(news)

    def _intake(self, place: int) -> Intake:
        if place not in self._intakes:
            bot, gap = self.bot, not self._in_touch
            intake = self._intakes[place] = Intake(bot.reception, self._revision, self._order, place, gap=gap)
            bot.tasks.create_task(intake.run(), name=f"what is said at {place}")
        return self._intakes[place]
