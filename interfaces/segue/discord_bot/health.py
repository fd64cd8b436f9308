"""How the bot is, said honestly: a gateway that tells nothing while people talk is deaf, and is opened anew."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord.ext import commands

from segue.discord_bot.absence import EVERY_SECONDS, LOCAL_EVERY_SECONDS
from segue.discord_bot.rival import Rival
from segue.errors import SegueError
from segue.models import FrontEndState

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot

log = logging.getLogger(__name__)

_LISTENING_EVERY_SECONDS = 60.0
_ON_ITS_WAY_SECONDS = 10.0
_PLACES_LOOKED_AT = 5
_DEAF = 4000  # a close code after which discord.py comes back
_LONGEST_DISTANCE_SECONDS = 10.0


def distance_ms(latency_seconds: float) -> float | None:
    """Return how far Discord is; None if nobody knows: a heartbeat that was answered late says how long the gateway was
    away, and one that never was says nothing."""
    return latency_seconds * 1000 if 0 <= latency_seconds <= _LONGEST_DISTANCE_SECONDS else None


class Health(commands.Cog):
    """Reports to the daemon, and looks at Discord by its other door whether the gateway tells everything."""

    def __init__(self, bot: SegueBot) -> None:
        self.bot = bot
        self._online = False
        self._deaf = False
        self._last_event_at: datetime | None = None
        self._heard: dict[int, int] = {}
        self._next = 0
        self._rival = Rival(bot.daemon, "discord")
        self._reporting = asyncio.Lock()

    async def cog_load(self) -> None:
        await self.bot.absence.end()
        self.bot.tasks.create_task(self._report_again_and_again(), name="health")
        self.bot.tasks.create_task(self._listen_again_and_again(), name="is the gateway deaf")

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        await self._come_online()

    @commands.Cog.listener()
    async def on_resumed(self) -> None:
        await self._come_online()

    @commands.Cog.listener()
    async def on_disconnect(self) -> None:
        if self._online:
            self._online = False
            await self._report_now()

    async def _come_online(self) -> None:
        self._online, self._deaf = True, False
        await self._report_now()

    @commands.Cog.listener()
    async def on_socket_event_type(self, event_type: str) -> None:
        self._last_event_at = datetime.now(UTC)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        self._heard[message.channel.id] = max(message.id, self._heard.get(message.channel.id, 0))

    # --- reporting

    async def _report_again_and_again(self) -> None:
        while True:
            await self._report_now()
            await asyncio.sleep(LOCAL_EVERY_SECONDS if self.bot.settings.gateway_url else EVERY_SECONDS)

    async def _report_now(self) -> None:
        if self._deaf:
            return await self._report("deaf", "Discord's gateway tells nothing: it is being opened anew")
        if not self._online:
            return await self._report("connecting", "no connection to Discord's gateway")
        warnings = (self._rival.warning, self.bot.doors.warning)
        return await self._report("online", "; ".join(warning for warning in warnings if warning))

    async def _report(self, state: FrontEndState, detail: str) -> None:
        try:
            async with self._reporting:
                await self._rival.look()
                report = await self.bot.daemon.report_health(
                    "discord",
                    state,
                    detail=detail,
                    account=self.bot.user.name if self.bot.user else None,
                    last_event_at=self._last_event_at,
                    latency_ms=distance_ms(self.bot.latency),
                    places=len(list(self.bot.places)),
                    deliveries_waiting=self.bot.waiting,
                )
                self._rival.reported(report)
        except SegueError as exc:
            log.info("the daemon does not hear how the bot is: %s", exc)

    # --- listening

    async def _listen_again_and_again(self) -> None:
        every = LOCAL_EVERY_SECONDS if self.bot.settings.gateway_url else _LISTENING_EVERY_SECONDS
        while True:
            await asyncio.sleep(every)
            if self._online and not self._deaf:
                for place in self._some_places():
                    if await self._is_behind(place, min(every, _ON_ITS_WAY_SECONDS)):
                        await self._open_anew(place)
                        break

    def _some_places(self) -> list[int]:
        """Return the next few of the bound places."""
        places = sorted(self.bot.places.channels)
        self._next = self._next % len(places) if places else 0
        chosen = (places[self._next :] + places[: self._next])[:_PLACES_LOOKED_AT]
        self._next += len(chosen)
        return chosen

    async def _is_behind(self, place: int, patience_seconds: float) -> bool:
        """Tell whether a place holds a message that the gateway should have told and did not."""
        if place not in self._heard:
            self._heard[place] = discord.utils.time_snowflake(datetime.now(UTC))
        heard = self._heard[place]
        channel = self.bot.get_partial_messageable(place)
        try:
            newest = [message async for message in channel.history(limit=1, after=discord.Object(heard))]
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError):
            return False
        if not newest or self._heard[place] >= newest[0].id:
            return False
        age = time.time() - newest[0].created_at.timestamp()
        return age > patience_seconds

    async def _open_anew(self, place: int) -> None:
        log.warning("the gateway did not tell of a message in %s: it is opened anew", place)
        self._deaf = True
        self._heard.clear()
        await self._report_now()
        await self.bot.ws.close(_DEAF)
