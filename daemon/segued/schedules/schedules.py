"""The schedules, as the API and the agents use them, and the job that posts what is due.

The store posts, queues the turn and moves the next time in one transaction, and only if it is still due then: killed at
any moment, a due time is never lost and never posted twice. What was due while nothing ran here is posted once, late.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from itertools import count

from segue.errors import Invalid, SegueError, Unavailable
from segue.models import CreateSchedule, Schedule, ScheduleId, SessionId, UpdateSchedule
from segued import clock
from segued.config import ScheduleSettings
from segued.jobs import NEVER, Job
from segued.schedules.plans import coming_of, next_times, planned, replanned
from segued.schedules.times import zone_of
from segued.store.base import Actor, Firing, NewSchedule, Store, Timing

log = logging.getLogger(__name__)

_AT_ONCE = 50  # fired before the job looks again
_LATE = timedelta(seconds=60)
_AGAIN = timedelta(seconds=60)  # after a failure
_CORRECTED = timedelta(hours=3)  # a clock that is set back by less repeats nothing; by more, its time holds at once
_PAGE = 500
_CLOCK = Actor(None, "segued", "daemon", sees_all=True)


class Schedules:
    """Adds, changes and fires. `check_size` raises `TooLarge` for what no message may hold."""

    def __init__(self, store: Store, settings: ScheduleSettings, check_size: Callable[[str], None]) -> None:
        self._store = store
        self._settings = settings
        self._check_size = check_size
        self._firing = Job("schedules", self._fire_due)
        self._jumps: clock.Jumps | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Post what is due inside the block."""
        async with asyncio.TaskGroup() as tasks:
            job = tasks.create_task(self._firing.keep_running(), name=self._firing.name)
            try:
                yield
            finally:
                job.cancel()

    def look_again(self) -> None:
        """See whether something has become due."""
        self._firing.due(clock.now())

    # --- what the API and the agents ask for

    async def listed(
        self, by: Actor, session_id: SessionId | None, limit: int, offset: int = 0, *, ended: bool = False
    ) -> tuple[Schedule, ...]:
        found = await self._store.list_schedules(by, session_id, ended, limit, offset)
        return tuple(_told(schedule) for schedule in found)

    async def get(self, by: Actor, schedule_id: ScheduleId) -> Schedule:
        return _told(await self._store.get_schedule(by, schedule_id))

    async def add(self, by: Actor, new: CreateSchedule) -> Schedule:
        """Add a schedule; raise `Invalid` with what to write if its time is not understood."""
        if by.user_id is None:
            raise Invalid("a schedule needs somebody in whose name it posts: call with a user's token")
        self._check_size(new.content)
        schedule = NewSchedule(new.session_id, new.kind, new.content, planned(new, clock.utc()))
        return self._expected(await self._store.add_schedule(by, schedule, self._settings.max_per_user))

    async def update(self, by: Actor, schedule_id: ScheduleId, changes: UpdateSchedule) -> Schedule:
        """Change what it posts, or when: its next time is then the first from now."""
        seen = await self._store.get_schedule(by, schedule_id)
        if changes.content is not None:
            self._check_size(changes.content)
        timing = replanned(seen, changes, clock.utc()) if changes.model_fields_set - {"content"} else None
        return self._expected(await self._store.update_schedule(by, seen, changes.content, timing))

    async def delete(self, by: Actor, schedule_id: ScheduleId) -> None:
        await self._store.delete_schedule(by, schedule_id)

    async def run(self, by: Actor, schedule_id: ScheduleId) -> Schedule:
        """Post it now, besides its times."""
        return _told(await self._store.run_schedule(by, schedule_id))

    def _expected(self, schedule: Schedule) -> Schedule:
        if schedule.next_at is not None:
            self._firing.due(schedule.next_at.timestamp())
        return _told(schedule)

    # --- what is due

    async def _fire_due(self) -> float:
        """Fire what is due, and return when the next is."""
        now = clock.utc()
        await self._heed_the_clock(now)
        found, later = await self._store.list_due_schedules(now, _AT_ONCE)
        times = [await self._fired(schedule, now) for schedule in found]
        if len(found) == _AT_ONCE:
            return clock.now()
        return min((at.timestamp() for at in (*times, later) if at is not None), default=NEVER)

    async def _heed_the_clock(self, now: datetime) -> None:
        """Put right what was reckoned by a clock that was ahead: while we ran, or before."""
        if self._jumps is None:
            await self._reckon_anew(now, lambda seen: seen.last_at is not None and seen.last_at - now > _CORRECTED)
            self._jumps = clock.Jumps()
        if jump := self._jumps.latest():
            forward = "back" if jump < 0 else "forward, or the machine slept:"
            log.warning("the clock was set %s by %s", forward, timedelta(seconds=round(abs(jump))))
            if jump < -_CORRECTED.total_seconds():
                await self._reckon_anew(now, lambda seen: True)

    async def _reckon_anew(self, now: datetime, concerns: Callable[[Schedule], bool]) -> None:
        """Have what would come sooner by the clock of now be due then."""
        for offset in count(0, _PAGE):
            found = await self._store.list_schedules(_CLOCK, None, False, _PAGE, offset)
            for seen in filter(concerns, found):
                with suppress(SegueError, ValueError):  # changed or removed just now; a zone that is known no more
                    await self._bring_forward(seen, now)
            if len(found) < _PAGE:
                return

    async def _bring_forward(self, seen: Schedule, now: datetime) -> None:
        first = next(coming_of(seen, now), None)
        if seen.next_at is not None and first is not None and first < seen.next_at:
            timing = Timing(seen.when, seen.cron, seen.at, seen.timezone, seen.until, seen.state, first)
            await self._store.update_schedule(_CLOCK, seen, None, timing)
            log.info("schedule %s: due at %s, by a clock that was set back", seen.id, f"{first:%Y-%m-%d %H:%M}Z")

    async def _fired(self, schedule: Schedule, now: datetime) -> datetime | None:
        """Fire the schedule, and return when it is due again."""
        try:
            return await self._fire(schedule, now)
        except Unavailable:
            raise
        except Exception:  # the others are due all the same
            log.exception("schedule %s could not be fired", schedule.id)
            return now + _AGAIN

    async def _fire(self, schedule: Schedule, now: datetime) -> datetime | None:
        due = schedule.next_at
        assert due is not None
        content, note = schedule.content, ""
        if now - due > _LATE:
            note = f"late: it was due at {due.astimezone(zone_of(schedule.timezone)):%Y-%m-%d %H:%M}"
            content = f"{content}\n\n({note})"
        following = next(coming_of(schedule, now), None)
        fired = await self._store.fire_schedule(Firing(schedule.id, due, content, note, following))
        if fired is None:  # it was changed just now, and the job was told
            return None
        log.info("schedule %s: %s", fired.id, ", ".join(filter(None, (fired.last_outcome, fired.last_note))))
        return fired.next_at


def _told(schedule: Schedule) -> Schedule:
    """Return the schedule with its next times."""
    return schedule.model_copy(update={"next": next_times(schedule)})
