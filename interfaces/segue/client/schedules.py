"""Calls about what is posted at some time."""

from __future__ import annotations

from segue import routes
from segue.client.calls import Calls, given
from segue.connection import Query
from segue.models import Schedule, ScheduleKind, ScheduleList
from segue.routes import path


class Schedules(Calls):
    async def schedule(
        self,
        session_id: str,
        when: str,
        content: str,
        *,
        kind: ScheduleKind = "prompt",
        timezone: str | None = None,
        until: str | None = None,
    ) -> Schedule:
        """Have a prompt answered, or a reminder posted, at some time: `when` is a phrase like "every weekday 9:00",
        "tomorrow 9:00" or "in 20 minutes", or a cron expression of five fields. `timezone` is an IANA name; by default
        the daemon's."""
        body = given(session_id=session_id, when=when, content=content, kind=kind, timezone=timezone, until=until)
        return await self._write(Schedule, "POST", routes.SCHEDULES, body)

    async def schedules(
        self, *, session_id: str | None = None, ended: bool = False, limit: int = 100, offset: int = 0
    ) -> list[Schedule]:
        """Return your schedules, those due first at the beginning; with `ended`, those that are over too."""
        query: Query = given(session_id=session_id, ended=ended, limit=limit, offset=offset)
        return list((await self._get(ScheduleList, routes.SCHEDULES, query)).schedules)

    async def get_schedule(self, schedule_id: str) -> Schedule:
        """Return a schedule with its next times."""
        return await self._get(Schedule, path(routes.SCHEDULE, schedule_id=schedule_id))

    async def update_schedule(
        self,
        schedule_id: str,
        *,
        when: str | None = None,
        content: str | None = None,
        timezone: str | None = None,
        until: str | None = None,
        paused: bool | None = None,
    ) -> Schedule:
        """Change what a schedule posts, or when; pause it, or let it go on."""
        body = given(when=when, content=content, timezone=timezone, until=until, paused=paused)
        return await self._write(Schedule, "PATCH", path(routes.SCHEDULE, schedule_id=schedule_id), body)

    async def run_schedule(self, schedule_id: str) -> Schedule:
        """Post it now, besides its times."""
        return await self._write(Schedule, "POST", path(routes.SCHEDULE_RUN, schedule_id=schedule_id))

    async def delete_schedule(self, schedule_id: str) -> None:
        """Remove a schedule; what it has posted stays."""
        await self._connection.request("DELETE", path(routes.SCHEDULE, schedule_id=schedule_id))
