"""What goes by itself: idle sessions, old events, keys and codes, by the rules in the settings.

What is deleted does not come back, so nothing is where the clock may be wrong: only once it has gone steadily for ten
minutes, since the start and since it was last set."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from segue.models import SessionId
from segued import clock
from segued.config import Settings
from segued.jobs import Job
from segued.store.base import Store

log = logging.getLogger(__name__)

_EVERY_SECONDS = 3600.0
_STEADY_SECONDS = 600.0
_TOLERATED_SECONDS = 60.0  # how far clocks drift apart in an hour, and more
_SESSIONS_AT_ONCE = 100
_EVENTS_AT_ONCE = 1000
_KEYS_AT_ONCE = 500


class Upkeep:
    """Archives, deletes and forgets. `is_attached` tells whether somebody follows a session."""

    def __init__(self, store: Store, settings: Settings, is_attached: Callable[[SessionId], bool]) -> None:
        self._store = store
        self._sessions = settings.sessions
        self._kept = settings.store
        self._is_attached = is_attached
        self._offset = math.nan

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the rules inside the block."""
        job = Job("upkeep", self.work)
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(job.keep_running(), name=job.name)
            try:
                yield
            finally:
                task.cancel()

    async def work(self) -> float:
        """Keep the rules, if the clock can be relied on; return when to look again."""
        if not self._clock_is_steady():
            return clock.now() + _STEADY_SECONDS
        await self.keep_rules()
        return clock.now() + _EVERY_SECONDS

    def _clock_is_steady(self) -> bool:
        before, self._offset = self._offset, clock.now() - clock.steady()
        return abs(self._offset - before) < _TOLERATED_SECONDS

    async def keep_rules(self) -> None:
        """Do now all that is due by the rules."""
        await self._store.finish_deletions()
        await self._delete_idle()
        await self._archive_idle()
        await self._delete_old_events()
        while await self._store.delete_old_keys(self._kept.idempotency_days, _KEYS_AT_ONCE) == _KEYS_AT_ONCE:
            pass
        await self._store.delete_expired_links()

    async def _archive_idle(self) -> None:
        if days := self._sessions.archive_after_days:
            await self._end_idle(days, False, self._store.archive_idle_session, "archived")

    async def _delete_idle(self) -> None:
        if days := self._sessions.expire_after_days:
            await self._end_idle(days, None, self._store.delete_idle_session, "deleted")

    async def _end_idle(
        self, days: int, archived: bool | None, end: Callable[[SessionId, datetime], Awaitable[bool]], what: str
    ) -> None:
        """End the sessions that nobody follows and in which nothing has happened for so long, one a commit."""
        before = clock.utc() - timedelta(days=days)
        passed: set[SessionId] = set()
        while True:
            found = await self._store.list_idle_sessions(before, len(passed) + _SESSIONS_AT_ONCE, archived)
            left = [session_id for session_id in found if session_id not in passed]
            if not left:
                return
            for session_id in left:
                if self._is_attached(session_id) or not await end(session_id, before):
                    passed.add(session_id)
                else:
                    log.info("session %s was %s: nothing happened there for %d days", session_id, what, days)

    async def _delete_old_events(self) -> None:
        if not (days := self._kept.keep_events_days):
            return
        before = clock.utc() - timedelta(days=days)
        upto: int | None = 0
        gone = 0
        while upto is not None:
            count, upto = await self._store.delete_old_events(before, upto, _EVENTS_AT_ONCE)
            gone += count
        if gone:
            log.info("%d events from before %s were dropped; the messages stay", gone, f"{before:%Y-%m-%d %H:%M}")
