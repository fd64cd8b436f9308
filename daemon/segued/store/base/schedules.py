"""The verbs about schedules.

They are no part of a session's snapshot, and no event tells of them: they are each user's own, like memories they last
longer than what is on a screen, and but for the session's owner a member has nothing to see of them before they post.
What they post is a message and a turn like any other, told like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from segue.models import Schedule, ScheduleId, ScheduleKind, ScheduleState, SessionId
from segued.store.base.actors import Actor


@dataclass(frozen=True)
class Timing:
    """When something is due: as it was said, the cron expression or the one moment that it means, and what follows."""

    when: str
    cron: str | None
    at: datetime | None
    timezone: str
    until: datetime | None
    state: ScheduleState
    next_at: datetime | None


@dataclass(frozen=True)
class NewSchedule:
    session_id: SessionId
    kind: ScheduleKind
    content: str
    timing: Timing


@dataclass(frozen=True)
class Firing:
    """One due time of a schedule: what is to be posted for it, what is to be noted, and when it is due again."""

    schedule_id: ScheduleId
    due: datetime
    content: str
    note: str
    next_at: datetime | None


class ScheduleVerbs(Protocol):
    async def list_schedules(
        self, by: Actor, session_id: SessionId | None, ended: bool, limit: int, offset: int
    ) -> tuple[Schedule, ...]:
        """Return the actor's schedules, and those that post into sessions which they own (an admin's: everybody's),
        those due first at the beginning; with `ended`, those that are over too."""
        ...

    async def get_schedule(self, by: Actor, schedule_id: ScheduleId) -> Schedule:
        """Raises `ScheduleNotFound`, too if it is somebody else's and posts into no session of the actor's own."""
        ...

    async def add_schedule(self, by: Actor, new: NewSchedule, at_most: int) -> Schedule:
        """Add a schedule of the actor's, who must be a member that may write. Raises `Conflict` if they have `at_most`
        already that are not over."""
        ...

    async def update_schedule(self, by: Actor, seen: Schedule, content: str | None, timing: Timing | None) -> Schedule:
        """Change what it posts, and when, as its user. Raises `Conflict` if it is not due any more when it was `seen`
        to be."""
        ...

    async def delete_schedule(self, by: Actor, schedule_id: ScheduleId) -> None:
        """Remove a schedule, as its user or as the owner of the session that it posts into."""
        ...

    async def list_due_schedules(self, now: datetime, limit: int) -> tuple[tuple[Schedule, ...], datetime | None]:
        """Return active schedules that are due, and when the first of the others is. What comes only once waits for as
        long as its session is archived."""
        ...

    async def fire_schedule(self, firing: Firing) -> Schedule | None:
        """Post for a due time, queue the turn, and note when it is due again, all at once; None, and nothing is done,
        if it is not due then any more. What cannot be posted is noted instead: in an archived session, while the last
        run has not ended (and it comes again), or where its user may not write: what comes again is then paused."""
        ...

    async def run_schedule(self, by: Actor, schedule_id: ScheduleId) -> Schedule:
        """Post besides its times, as its user. Raises `Conflict` while its last run has not ended."""
        ...
