"""What is said at one place, brought to the daemon in order and once.

After every gap of the gateway the place is read from the last message that the daemon knows, before anything newer is
handed on; a message's id is its key, so nothing is stored twice. The places of one session take turns: it gets first
what was said first at any of them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import discord

from segue.discord_bot.order import Order
from segue.discord_bot.reception import Reception, number
from segue.discord_bot.revision import Revision
from segue.errors import SegueError, Unavailable, Unreachable
from segue.models import Message

log = logging.getLogger(__name__)

_MOST_WAITING = 500
_TRY_AGAIN_SECONDS = 1.0
_WAITED_FOR_SECONDS = 5.0  # by the other places of the session, once a place cannot be read
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

    def __init__(self, reception: Reception, revision: Revision, order: Order, place: int, *, gap: bool) -> None:
        self.place = place
        self._reception = reception
        self._revision = revision
        self._order = order
        self._waiting: deque[News] = deque()
        self._woken = asyncio.Event()
        self._gap = gap
        self._may_fill = not gap
        self._last_read = 0
        self._compared = True
        self._known: dict[int, Message] = {}
        self._failing_since: float | None = None
        if gap:
            order.fall_behind(place)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def put(self, news: News) -> None:
        """Take what the gateway tells. What is too much is read from the place itself, later."""
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.clear()
            self.catch_up()
        else:
            self._waiting.append(news)
            self._woken.set()

    def lose_touch(self) -> None:
        """Take note that from now on the gateway may not tell everything."""
        self._gap, self._may_fill = True, False
        self._order.fall_behind(self.place)

    def catch_up(self) -> None:
        """Read what the gateway did not tell: it tells everything from now on."""
        self._gap = self._may_fill = True
        self._compared = False
        self._order.fall_behind(self.place)
        self._woken.set()

    async def run(self) -> None:
        """Hand on what comes, until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self._work()
                self._failing_since = None
            except (SegueError, discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as exc:
                log.info("what is said at %s waits: %s", self.place, exc)
                if not isinstance(exc, Unreachable | Unavailable):  # then all wait alike
                    self._fail()
                await asyncio.sleep(_TRY_AGAIN_SECONDS)
                self._woken.set()

    def _fail(self) -> None:
        """Let the other places go on once this one has failed for too long."""
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        if now - self._failing_since >= _WAITED_FOR_SECONDS:
            self._order.leave(self.place)

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
        if not self._gap:
            self._order.leave(self.place)
            await self._compare()

    async def _compare(self) -> None:
        """Find what was changed and taken away during the gap."""
        while not self._compared and not self._gap:
            self._compared = True
            try:
                await self._revision.look_back(self.place, self._known)
            except discord.Forbidden as exc:
                log.info("what was changed at %s meanwhile may not be read: %s", self.place, exc)
            except BaseException:
                self._compared = False
                raise
            self._known = {}

    async def _take(self, news: News) -> None:
        match news:
            case Said(message):
                if message.id > self._last_read and Deleted(message.id) not in self._waiting:
                    await self._order.turn(self.place, message.id)
                    await self._reception.take(message)
            case Asked() if not news.stored.done():
                await self._ask(news)
            case Edited(message):
                await self._reception.edit(message)
            case Deleted(message_id):
                await self._reception.delete(self.place, message_id)

    async def _ask(self, asked: Asked) -> None:
        await self._order.turn(self.place, asked.interaction.id)
        if asked.stored.done():
            return
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
        begun = discord.utils.time_snowflake(binding.created_at - _MARGIN)
        channel = await self._reception.channel(self.place)
        if channel is None:
            return
        self._known |= await self._revision.known(binding)
        past = await self._reception.past(binding)
        known = number(binding.last_external_id)
        since = discord.Object(known if past else max(known, begun))
        try:
            async for message in channel.history(after=since, limit=None, oldest_first=True):
                await self._order.turn(self.place, message.id)
                if past and message.created_at < past.until:
                    await self._reception.take(message, past)
                elif message.id >= begun:
                    await self._reception.take(message)
                else:
                    log.info("message %s is left out: nothing was bound at %s then", message.id, self.place)
                self._last_read = message.id
        except discord.Forbidden as exc:
            log.warning("what was said at %s meanwhile may not be read: %s", self.place, exc)
