"""What is scheduled, in words; and what one line asks to be scheduled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segue.tui.plain import one_line
from segue.tui.words import local_time

if TYPE_CHECKING:
    from segue.models import Schedule

HOW = "Say when, and behind a bar what: every weekday 9:00 | what is new?"
NOTHING = f"Nothing. /schedule asks the agent at some time, /remind only reminds you.\n\n{HOW}"
_NAME_LENGTH = 8  # characters of an id that name it


def split(argument: str) -> tuple[str, str] | None:
    """Return when and what a line asks for, None if it does not say both."""
    when, _, text = (part.strip() for part in argument.partition("|"))
    return (when, text) if when and text else None


def describe_schedules(schedules: Sequence[Schedule]) -> str:
    """Return each schedule with when it comes next and what became of the last time."""
    if not schedules:
        return NOTHING
    told = "\n\n".join(_schedule(schedule) for schedule in schedules)
    return f"{told}\n\n/unschedule NAME removes one, `segue schedule` pauses, changes and runs them."


def next_time(schedule: Schedule) -> str:
    """Return when it comes next, on the reader's clock."""
    if schedule.next_at is None:
        return schedule.state
    waits = " (waits: the session is archived)" if schedule.session_archived else ""
    return f"next {local_time(schedule.next_at)}{waits}"


def _schedule(schedule: Schedule) -> str:
    facts = [one_line(schedule.when), schedule.timezone, next_time(schedule), schedule.kind]
    facts.append(f"by {one_line(schedule.user)}")
    if schedule.last_at and schedule.last_outcome:
        why = f" ({one_line(schedule.last_note)})" if schedule.last_note else ""
        facts.append(f"last {schedule.last_outcome}{why} {local_time(schedule.last_at)}")
    return f"{schedule.id[-_NAME_LENGTH:]}  {' · '.join(facts)}\n  {one_line(schedule.content)}"
