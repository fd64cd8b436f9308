"""What is to be posted later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segue.naming import with_end
from segue.tui.deeds.base import BaseDeeds

if TYPE_CHECKING:
    from segue.client import Client
    from segue.models import ScheduleKind


class ScheduleDeeds(BaseDeeds):
    def schedule(self, argument: str) -> None:
        if argument:
            self._schedule(argument, "prompt")
            return
        session_id = self._app.visit.session_id

        async def show(client: Client) -> None:
            from segue.tui.schedules import describe_schedules

            self._open_page("Scheduled here", describe_schedules(await client.schedules(session_id=session_id)))

        self._app.ask(show, "schedules")

    def remind(self, argument: str) -> None:
        self._schedule(argument, "reminder")

    def _schedule(self, argument: str, kind: ScheduleKind) -> None:
        from segue.tui.schedules import HOW, next_time, split

        session_id = self._app.visit.session_id
        if (wanted := split(argument)) is None:
            self._say(HOW, severity="warning")
            return

        async def add(client: Client) -> None:
            from segue.zone import local_zone

            added = await client.schedule(session_id, *wanted, kind=kind, timezone=local_zone())
            self._say(f"Scheduled: {next_time(added)}. /schedule shows what there is.")

        self._app.ask(add, "schedule")

    def unschedule(self, name: str) -> None:
        async def remove(client: Client) -> None:
            found = with_end(name, (s.id for s in await client.schedules(ended=True, limit=500)))
            if len(found) == 1:
                await client.delete_schedule(found[0])
                self._say("Removed. What it has posted stays.")
            else:
                count = len(found) or "No"
                self._say(f"{count} schedules are called “{name}”: /schedule names them.", severity="warning")

        self._app.ask(remove, "unschedule")
