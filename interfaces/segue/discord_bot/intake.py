"""What is said at one place, brought to the daemon in order and once.

After every gap of the gateway the place is read from the last message that the daemon knows, before anything newer is
handed on; a message's id is its key, so nothing is stored twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import discord

from segue.discord_bot.reception import Reception
from segue.errors import SegueError

log = logging.getLogger(__name__)

_MOST_WAITING = 500
_TRY_AGAIN_SECONDS = 1.0
_MAY_BE_EDITED = 50  # messages before the gap that are looked at
_MARGIN = timedelta(seconds=60)  # a binding is a moment younger than the message that it was made for


@dataclass(frozen=True)
class Said:
    message: discord.Message


@dataclass(frozen=True)
class Edited:
    message: discord.Message


@dataclass(frozen=True)
class Deleted:
    message_id: int


@dataclass(frozen=True)
class Asked:
    """Said with a command. Whoever waits for `stored` and gives up takes it back."""

    interaction: discord.Interaction
    text: str
    stored: asyncio.Future[None]


News = Said | Asked | Edited | Deleted


class Intake:
    """One place. `run` it; `put` what the gateway tells."""

    def __init__(self, reception: Reception, place: int, *, gap: bool) -> None:
        self.place = place
        self._reception = reception
        self._waiting: deque[News] = deque()
        self._woken = asyncio.Event()
        self._gap = gap
        self._may_fill = not gap
        self._last_read = 0
        self._acknowledged = False

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def put(self, news: News) -> None:
        """Take what the gateway tells. What is too much is read from the place itself, later."""
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.clear()
            self._gap = self._may_fill = True
        else:
            self._waiting.append(news)
        self._woken.set()

    def lose_touch(self) -> None:
        """Take note that from now on the gateway may not tell everything."""
        self._gap, self._may_fill = True, False

    def catch_up(self) -> None:
        """Read what the gateway did not tell: it tells everything from now on."""
        self._gap = self._may_fill = True
        self._woken.set()

    async def run(self) -> None:
        """Hand on what comes, until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self._work()
            except (SegueError, discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as exc:
                log.info("what is said at %s waits: %s", self.place, exc)
                await asyncio.sleep(_TRY_AGAIN_SECONDS)
                self._woken.set()

    async def _work(self) -> None:
        if self._gap and not self._may_fill:
            return
        while self._gap and self._may_fill:
            self._gap = False
            try:
                await self._read()
            except BaseException:
                self._gap = True
                raise
        while self._waiting and not self._gap:
            await self._take(self._waiting[0])
            if self._waiting:
                self._waiting.popleft()

    async def _take(self, news: News) -> None:
        match news:
            case Said(message):
                if message.id > self._last_read:
                    await self._reception.take(message)
            case Asked() if not news.stored.done():
                await self._ask(news)
            case Edited(message):
                await self._reception.edit(message)
            case Deleted(message_id):
                await self._reception.delete(self.place, message_id)

    async def _ask(self, asked: Asked) -> None:
        try:
            await self._reception.ask(asked.interaction, asked.text)
        except SegueError as exc:
            if exc.status >= 500 or asked.stored.done():
                raise
            asked.stored.set_exception(exc)
        else:
            if not asked.stored.done():
                asked.stored.set_result(None)

    async def _read(self) -> None:
        """Hand on what was said since the last message that the daemon knows, oldest first."""
        binding = await self._reception.binding(self.place)
        if binding is None:
            return
        known = int(binding.last_external_id or 0)
        begun = discord.utils.time_snowflake(binding.created_at - _MARGIN)
        channel = await self._reception.channel(self.place)
        if channel is None:
            return
        since = discord.Object(max(known, begun))
        try:
            async for message in channel.history(before=discord.Object(since.id + 1), limit=_MAY_BE_EDITED):
                if message.edited_at is not None:
                    await self._reception.edit(message)
                if not self._acknowledged:
                    await self._reception.acknowledge(message)
            self._acknowledged = True
            async for message in channel.history(after=since, limit=None, oldest_first=True):
                await self._reception.take(message)
                self._last_read = message.id
        except discord.Forbidden as exc:
            log.warning("what was said at %s meanwhile may not be read: %s", self.place, exc)
