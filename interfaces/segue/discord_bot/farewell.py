"""The end of a direct talk's binding once whom it belongs to is linked no more: a guest sees nobody's session."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from discord.ext import commands

from segue.discord_bot.outlet import INTERFACE, Outlet, Refused, Unsure
from segue.discord_bot.render import Part, nonce, plain
from segue.errors import BindingNotFound, NotFound, SegueError, SessionNotFound
from segue.models import BindingState, SessionId, UserId

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot

log = logging.getLogger(__name__)

_EVERY_SECONDS = 2.0  # one question to the daemon
_LOCAL_EVERY_SECONDS = 0.2
_LOOKED_AT = 100


class Farewell(commands.Cog):
    """Remembers as whom each direct talk was begun, and looks whether its person is still that user."""

    def __init__(self, bot: SegueBot) -> None:
        self.bot = bot
        self._known: dict[tuple[str, SessionId], UserId | None] = {}
        self._looking = asyncio.Lock()

    async def cog_load(self) -> None:
        self.bot.tasks.create_task(self._look_again_and_again(), name="whose direct talks are whose")

    async def _look_again_and_again(self) -> None:
        every = _LOCAL_EVERY_SECONDS if self.bot.settings.gateway_url else _EVERY_SECONDS
        while True:
            try:
                await self.look()
            except SegueError as exc:
                log.info("who is linked is not known now: %s", exc)
            await asyncio.sleep(every)

    async def settle_once(self, place: str, person: int) -> None:
        """Do as `settle`, unless it was done for what is bound there now: from then on `look` does it."""
        binding = self.bot.places.get(place)
        if binding is not None and (place, binding.session_id) not in self._known:
            await self.settle(place, person)

    async def settle(self, place: str, person: int) -> None:
        """Return once what is bound at somebody's direct talk is theirs to see, or is not bound there any more."""
        async with self._looking:
            if binding := self.bot.places.get(place):
                await self._check(binding, str(person), await self._user(person))

    async def _user(self, person: int) -> UserId | None:
        try:
            return (await self.bot.daemon.user_of(INTERFACE, str(person))).id
        except NotFound:
            return None

    async def look(self) -> None:
        """End what is bound at the direct talk of somebody who may not see it any more."""
        async with self._looking:
            talks = [(b, person) for b in self.bot.places if (person := self.bot.doors.person_at(b.place))]
            linked = await self._linked() if talks else {}
            for binding, person in talks:
                await self._check(binding, str(person), linked.get(str(person)))
            bound = {(binding.place, binding.session_id) for binding, _ in talks}
            self._known = {key: user for key, user in self._known.items() if key in bound}

    async def _linked(self) -> dict[str, UserId]:
        users = await self.bot.daemon.users()
        return {i.external_id: user.id for user in users for i in user.identities if i.interface == INTERFACE}

    async def _check(self, binding: BindingState, person: str, now: UserId | None) -> None:
        key = (binding.place, binding.session_id)
        try:
            before = self._known[key] if key in self._known else await self._spoke_as(binding)
            if before is not None and before != now and not await self._may_see(binding, person, now):
                return await self._end(binding)
            self._known[key] = now or before
        except (BindingNotFound, SessionNotFound):
            return None  # it ended by itself

    async def _spoke_as(self, binding: BindingState) -> UserId | None:
        """Return the user as whom somebody said something here last; None if it was always a guest."""
        messages = (await self.bot.daemon.session(binding.session_id, limit=_LOOKED_AT)).messages
        here = [m for m in messages if (m.interface, m.place) == (INTERFACE, binding.place)]
        return next((m.user_id for m in reversed(here) if m.user_id), None)

    async def _may_see(self, binding: BindingState, person: str, user: UserId | None) -> bool:
        if user is None:
            return False
        try:
            await self.bot.daemon.acting_for(INTERFACE, person).session(binding.session_id, limit=1)
        except SessionNotFound:
            return False
        return True

    async def _end(self, binding: BindingState) -> None:
        """Unbind a place and say so there, also if the delivery that found it out ends with the binding."""
        task = self.bot.tasks.create_task(self._unbind(binding), name=f"the end of what {binding.place} shows")
        if problem := await asyncio.shield(task):
            raise problem

    async def _unbind(self, binding: BindingState) -> SegueError | None:
        try:
            title = (await self.bot.daemon.session(binding.session_id, limit=1)).title
            await self.bot.daemon.unbind(INTERFACE, binding.place)
            await self.bot.places.load()
        except SegueError as exc:
            return exc
        log.info("place %s is unbound: its person is not linked any more", binding.place)
        await self._tell(binding, title)
        return None

    async def _tell(self, binding: BindingState, title: str) -> None:
        line = Part(f"-# This no longer shows **{plain(title)}**: your account is not linked to whom it belongs to.")
        once = nonce(f"{binding.session_id} {binding.created_at}", 0, binding.place)
        try:
            if not await self.bot.doors.is_closed(binding.place):
                await Outlet(self.bot, binding.place).send(line, once)
        except (Refused, Unsure) as exc:
            log.info("and %s does not hear of it: %s", binding.place, exc)
