"""The tools by which somebody asks the agent to come back to something: “remind me tomorrow at nine”."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from segue.errors import Invalid
from segue.models import CreateSchedule, Schedule, ScheduleId, ScheduleKind, SessionId
from segue.naming import with_end
from segued.agent.built_in import BuiltIn, texts
from segued.schedules import Schedules
from segued.store.base import Actor
from segued.tools import Tool

_MOST = 50


@dataclass(frozen=True)
class Diary:
    """What is to be posted into one session, in the name of who asks. `on_the_clock` tells whether a schedule asked for
    the turn: then nobody wants another one, and what schedules itself would go on for ever."""

    schedules: Schedules
    session_id: SessionId
    by: Actor
    on_the_clock: Callable[[], Awaitable[bool]]

    async def add(self, arguments: Mapping[str, Any]) -> str:
        if await self.on_the_clock():
            raise Invalid("a schedule asked for this answer, and may ask for no other: somebody has to want it")
        kind = arguments.get("kind") or "reminder"
        if kind not in get_args(ScheduleKind):
            raise Invalid(f"there is no kind {kind!r}: it is “reminder” or “prompt”", field="kind")
        zone = arguments.get("timezone") or None
        fields = {"when": arguments["when"], "content": arguments["text"], "kind": kind, "timezone": zone}
        try:
            new = CreateSchedule.model_validate({"session_id": self.session_id, **fields})
        except ValidationError as exc:
            raise Invalid("give `when` as one short phrase, and `timezone` as an IANA name or not at all") from exc
        return f"Scheduled: {_line(await self.schedules.add(self.by, new))}"

    async def show(self, _: Mapping[str, Any]) -> str:
        lines = [f"- {_line(schedule)}" for schedule in await self._mine()]
        return "\n".join(lines) or "Nothing is scheduled here."

    async def remove(self, arguments: Mapping[str, Any]) -> str:
        wanted, known = arguments["id"].strip(), await self._mine()
        ids = with_end(wanted, (schedule.id for schedule in known))
        found = [schedule for schedule in known if schedule.id in ids]
        if len(found) != 1:
            raise Invalid(f"{wanted!r} names no schedule here, or several: list_schedules has their ids")
        await self.schedules.delete(self.by, ScheduleId(found[0].id))
        return f"Gone: {_line(found[0])}"

    async def _mine(self) -> tuple[Schedule, ...]:
        return await self.schedules.listed(self.by, self.session_id, _MOST)


def scheduling_tools(diary: Diary) -> Iterator[Tool]:
    """Yield the tools for a session."""
    yield BuiltIn(
        "schedule",
        "Have something posted into this conversation later, once or again and again: a reminder, which is a line of"
        " its own, or a prompt, which you will answer then.",
        texts(
            when="Like “in 20 minutes”, “tomorrow 9:00”, “2030-12-01 09:00”, “every weekday 9:00”, “every 2 hours”, or"
            " a cron expression of five fields.",
            text="What is to be posted, in words that make sense then.",
            kind="“reminder” (which is taken where this is left out) or “prompt”.",
            timezone="An IANA name, like Europe/Berlin. Without it: where the daemon runs.",
            required=("when", "text"),
        ),
        False,
        diary.add,
    )
    yield BuiltIn(
        "list_schedules", "List what is scheduled in this conversation, with when it is due.", texts(), True, diary.show
    )
    yield BuiltIn(
        "unschedule",
        "Take back something that was scheduled in this conversation.",
        texts(id="Its id, or either end of it, as list_schedules has it."),
        False,
        diary.remove,
    )


def _line(schedule: Schedule) -> str:
    due = schedule.next_at
    waits = ", waits: the session is archived" if due and schedule.session_archived else ""
    at = f"{due.astimezone(ZoneInfo(schedule.timezone)):%A, %Y-%m-%d %H:%M}" if due else "not due any more"
    when = f"{schedule.when} ({at}, {schedule.timezone}{waits})"
    return f"[{schedule.id[-8:]}] {when}, a {schedule.kind} of {schedule.user}: {schedule.content}"
