"""What is to be posted at some time, once or again and again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NewType

from pydantic import AfterValidator, Field, StringConstraints

from segue.models.base import MessageId, Model, Name, Request, SessionId, TurnId, UserId

ScheduleId = NewType("ScheduleId", str)
ScheduleKind = Literal["prompt", "reminder"]
ScheduleState = Literal["active", "paused", "ended"]
ScheduleOutcome = Literal["posted", "skipped", "refused"]
SCHEDULE: Literal["schedule"] = "schedule"  # the interface of what a schedule posts
REMINDER = "reminder"  # the sender of a line that asks for no answer


def _said(text: str) -> str:
    """Return the text; raise ValueError if it says nothing."""
    if not text.strip():
        raise ValueError("say what is to be posted: it is empty")
    return text


ScheduleText = Annotated[str, AfterValidator(_said)]
When = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class Schedule(Model):
    """A prompt that the agent answers, or a reminder, that is posted into a session when its time comes, in the name of
    its user. `when` is as somebody said it, `cron` what it means if it comes again, `at` if it comes
    once; `next` are the next times,
    `next_at` the first of them. `last_outcome` is what became of it at `last_at`, and `last_note` says why."""

    id: ScheduleId
    session_id: SessionId
    session_title: str | None = Field(None, description="Null if the session is no more one of its user's.")
    session_archived: bool = Field(False, description="It waits, or is skipped, until the session is taken back.")
    user_id: UserId
    user: str
    kind: ScheduleKind
    content: str
    when: str
    cron: str | None = None
    at: datetime | None = None
    timezone: str
    until: datetime | None = None
    state: ScheduleState
    next_at: datetime | None = None
    next: tuple[datetime, ...] = ()
    created_at: datetime
    run_count: int = 0
    last_at: datetime | None = None
    last_outcome: ScheduleOutcome | None = None
    last_note: str = ""
    last_message_id: MessageId | None = None
    last_turn_id: TurnId | None = None


class ScheduleList(Model):
    schedules: tuple[Schedule, ...]
    count: int


class CreateSchedule(Request):
    session_id: SessionId
    when: When = Field(
        description="A phrase like “every weekday 9:00”, “every 15 minutes”, “tomorrow 9:00” or “in 20 minutes”; a date"
        " and time; or a cron expression of five fields."
    )
    content: ScheduleText
    kind: ScheduleKind = "prompt"
    timezone: Name | None = Field(None, description="An IANA name, like Europe/Berlin; by default the daemon's.")
    until: When | None = Field(None, description="The last day, like 2030-12-31, or the last moment, of its runs.")


class UpdateSchedule(Request):
    """What is to change. `paused` stops it, and lets it go on with the next time from then."""

    when: When | None = None
    content: ScheduleText | None = None
    timezone: Name | None = None
    until: When | None = Field(None, description="Null takes the end away.")
    paused: bool | None = None
