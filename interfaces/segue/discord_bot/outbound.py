"""Delivering: one stream of everything that happens, and a delivery for each bound place."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING

from discord.ext import commands

from segue.discord_bot.delivery import Delivery
from segue.discord_bot.mentions import Mentions
from segue.discord_bot.outlet import INTERFACE, Outlet, channel_id
from segue.discord_bot.speech import Speech
from segue.errors import SegueError
from segue.events import (
    ApprovalEvent,
    BindingEvent,
    DeliveryEvent,
    DeltaEvent,
    Event,
    MessageEvent,
    ResetEvent,
    SessionEvent,
    SyncedEvent,
    TurnEvent,
)
from segue.models import ENDED, BindingState, SessionId

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot

log = logging.getLogger(__name__)

_AWAY_SECONDS = 1.0


class Outbound(commands.Cog):
    """Follows the daemon, and starts and ends the deliveries as places are bound and unbound."""

    def __init__(self, bot: SegueBot) -> None:
        self.bot = bot
        self._deliveries: dict[str, tuple[Delivery, asyncio.Task[None]]] = {}
        self._speeches: dict[SessionId, Speech] = {}

    async def cog_load(self) -> None:
        self.bot.tasks.create_task(self._follow(), name="what the daemon tells")

    @property
    def waiting(self) -> int:
        """How many messages are owed to places and not there yet."""
        return sum(delivery.waiting for delivery, _ in self._deliveries.values())

    async def _follow(self) -> None:
        async with aclosing(self.bot.daemon.follow_all(on_connection=self.bot.daemon_connected)) as events:
            async for event in events:
                await self._take(event)

    async def _take(self, event: Event) -> None:
        match event:
            case SyncedEvent():
                await self._begin_anew()
            case ResetEvent():
                await self._begin_anew(much_missed=True)
            case BindingEvent():
                self.bot.places.take(event)
                await self._match_places()
            case TurnEvent(data=turn):
                self.bot.turns.note(turn)
                self._speech(turn.session_id).take_turn(turn)
                for delivery in self._of(turn.session_id):
                    if turn.state in ENDED:
                        delivery.turn_ended(turn)
                    else:
                        delivery.wake()
            case MessageEvent(data=message) if event.type == "message.created":
                self._wake(message.session_id)
            case MessageEvent(data=message):
                for delivery in self._of(message.session_id):
                    delivery.message_changed(message)
            case ApprovalEvent(data=approval):
                for delivery in self._of(approval.session_id):
                    delivery.approval_changed(approval)
            case DeliveryEvent(data=receipt) if receipt.state == "retrying" and event.interface != INTERFACE:
                for delivery in self._of(event.session_id):
                    if (receipt.interface, receipt.place) == (INTERFACE, delivery.binding.place):
                        delivery.bring_again(receipt.message_id, receipt.part)
            case DeltaEvent(data=delta) if event.session_id in self._speeches:
                speech = self._speeches[event.session_id]
                speech.take_delta(delta)
                if not speech.complete:
                    await self._hear(event.session_id)
                self._wake(event.session_id)
            case SessionEvent(type="session.deleted"):
                self.bot.places.forget(event.data.id)
                await self._match_places()

    async def _begin_anew(self, *, much_missed: bool = False) -> None:
        """Ask for what is bound, and for what is being said there: the stream has just begun, or begun again."""
        await self.bot.patiently(self.bot.places.load)
        await self._match_places()
        for session_id in list(self._speeches):
            await self._hear(session_id)
        for delivery, _ in self._deliveries.values():
            delivery.begin_anew(much_missed=much_missed)

    async def _hear(self, session_id: SessionId) -> None:
        try:
            self._speech(session_id).load(await self.bot.daemon.snapshot(session_id))
        except SegueError as exc:
            log.info("the beginning of the answer in session %s is missing: %s", session_id, exc)

    async def _match_places(self) -> None:
        """Let there be one delivery for each binding, and none for what is not bound."""
        bound = {binding.place: binding for binding in self.bot.places}
        for place, (delivery, task) in list(self._deliveries.items()):
            now = bound.get(place)
            if now is None or now.session_id != delivery.binding.session_id:
                del self._deliveries[place]
                self.bot.tasks.create_task(_end(delivery, task), name=f"the end of deliveries to {place}")
            elif task.done():
                del self._deliveries[place]
            else:
                delivery.serve_as(now)
        for binding in bound.values():
            if binding.place not in self._deliveries:
                await self._start(binding)
        self._drop_speeches({binding.session_id for binding in bound.values()})

    async def _start(self, binding: BindingState) -> None:
        if binding.session_id not in self._speeches:
            self._speeches[binding.session_id] = Speech()
            await self._hear(binding.session_id)
        bot = self.bot
        if channel_id(binding.place) is None:
            log.warning("place %r is no channel of Discord: nothing can be brought there", binding.place)
        speech = self._speeches[binding.session_id]
        outlet, mentions = Outlet(bot, binding.place), Mentions(bot, bot.daemon, binding.place)
        delivery = Delivery(bot.daemon, bot.turns, outlet, mentions, binding, speech, bot.settings, self._is_closed)
        task = bot.tasks.create_task(delivery.run(), name=f"deliveries to {binding.place}")
        self._deliveries[binding.place] = (delivery, task)

    async def _is_closed(self, place: str) -> bool:
        """Tell whether nothing is to be brought to a place; what is bound there is its person's to see after that."""
        closed = await self.bot.doors.is_closed(place)
        if person := self.bot.doors.person_at(place):
            await self.bot.farewell.settle_once(place, person)
        return closed

    def _drop_speeches(self, bound: set[SessionId]) -> None:
        self._speeches = {key: speech for key, speech in self._speeches.items() if key in bound}

    def _speech(self, session_id: SessionId) -> Speech:
        """Return what is being said; of a session that is not bound nothing is kept."""
        return self._speeches.get(session_id) or Speech()

    def _of(self, session_id: SessionId | None) -> list[Delivery]:
        return [d for d, _ in self._deliveries.values() if d.binding.session_id == session_id]

    def _wake(self, session_id: SessionId | None) -> None:
        for delivery in self._of(session_id):
            delivery.wake()


async def _end(delivery: Delivery, task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
    await delivery.leave()
