"""Schedules: prompts and reminders that are posted at some time."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from segue import routes
from segue.models import CreateSchedule, Request, Schedule, ScheduleId, ScheduleList, SessionId, UpdateSchedule
from segued.api.registry import Call, Registry

api = Registry("Schedules")


class SchedulesQuery(Request):
    session_id: Annotated[SessionId | None, Field(description="Only those that post there.")] = None
    ended: Annotated[bool, Field(description="Those that are over, too.")] = False
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    offset: Annotated[int, Field(ge=0, le=2**53)] = 0


@api.operation("POST", routes.SCHEDULES, status=201, scope="write")
async def create_schedule(call: Call, body: CreateSchedule) -> Schedule:
    """Have a prompt answered, or a reminder posted, at some time: once, or again and again."""
    if body.kind == "prompt":
        call.caller.require("run")
    return await call.manager.schedules.add(call.by, body)


@api.operation("GET", routes.SCHEDULES)
async def list_schedules(call: Call, query: SchedulesQuery) -> ScheduleList:
    """List your schedules (as an admin, everybody's), those due first at the beginning."""
    found = await call.manager.schedules.listed(call.by, query.session_id, query.limit, query.offset, ended=query.ended)
    return ScheduleList(schedules=found, count=len(found))


@api.operation("GET", routes.SCHEDULE)
async def get_schedule(call: Call, schedule_id: ScheduleId) -> Schedule:
    """Get a schedule, with its next times."""
    return await call.manager.schedules.get(call.by, schedule_id)


@api.operation("PATCH", routes.SCHEDULE, scope="write")
async def update_schedule(call: Call, schedule_id: ScheduleId, body: UpdateSchedule) -> Schedule:
    """Change what a schedule posts, or when; pause it, or let it go on."""
    await _let(call, schedule_id)
    return await call.manager.schedules.update(call.by, schedule_id, body)


@api.operation("DELETE", routes.SCHEDULE, scope="write", status=204)
async def delete_schedule(call: Call, schedule_id: ScheduleId) -> None:
    """Remove a schedule; what it has posted stays."""
    await call.manager.schedules.delete(call.by, schedule_id)


@api.operation("POST", routes.SCHEDULE_RUN, scope="write")
async def run_schedule(call: Call, schedule_id: ScheduleId) -> Schedule:
    """Post it now, besides its times. `last_turn_id` is the turn that answers."""
    await _let(call, schedule_id)
    return await call.manager.schedules.run(call.by, schedule_id)


async def _let(call: Call, schedule_id: ScheduleId) -> None:
    """Let nobody start turns, now or later, who may not."""
    if (await call.manager.schedules.get(call.by, schedule_id)).kind == "prompt":
        call.caller.require("run")
