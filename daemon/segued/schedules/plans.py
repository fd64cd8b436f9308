"""What somebody said of a time, as what is to be stored of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from segue.errors import Invalid
from segue.models import CreateSchedule, Schedule, UpdateSchedule
from segue.zone import local_zone
from segued.schedules.phrases import NotUnderstood, read, read_end
from segued.schedules.times import coming, zone_of
from segued.store.base import Timing

_TOLD = 3  # next times in an answer


def planned(new: CreateSchedule, now: datetime) -> Timing:
    """Return when it is due. Raises `Invalid` with what to write."""
    timezone = new.timezone or local_zone() or "UTC"
    cron, at = _read(new.when, now, timezone)
    until = _read_end(new.until, now, timezone) if new.until is not None else None
    return _timing(new.when, cron, at, timezone, until, now)


def replanned(seen: Schedule, changes: UpdateSchedule, now: datetime) -> Timing:
    """Return when it is due once it was changed. Raises `Invalid` with what to write."""
    timezone = changes.timezone or seen.timezone
    cron, at = seen.cron, seen.at
    if changes.when is not None:
        cron, at = _read(changes.when, now, timezone)
    elif timezone != seen.timezone and at is not None:
        raise Invalid("what comes once is a moment, the same everywhere: say its time anew, with `when`", field="when")
    until = seen.until
    if "until" in changes.model_fields_set:
        until = _read_end(changes.until, now, timezone) if changes.until is not None else None
    when = changes.when or seen.when
    if changes.paused or (changes.paused is None and seen.state == "paused"):
        if seen.state == "ended":
            _timing(when, cron, at, timezone, until, now)  # what does not come any more cannot rest
        return Timing(when, cron, at, timezone, until, "paused", None)
    return _timing(when, cron, at, timezone, until, now)


def coming_of(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Yield the schedule's moments later than `after` if it comes again and again."""
    if schedule.cron is None:
        return iter(())
    return coming(schedule.cron, zone_of(schedule.timezone), after, schedule.until)


def next_times(schedule: Schedule) -> tuple[datetime, ...]:
    """Return the times at which it is due next, as far as they are told."""
    if schedule.next_at is None:
        return ()
    return schedule.next_at, *_after(schedule.cron, schedule.timezone, schedule.next_at, schedule.until)


@lru_cache(maxsize=2000)  # of 29 February on a Monday the next takes long to find
def _after(cron: str | None, timezone: str, at: datetime, until: datetime | None) -> tuple[datetime, ...]:
    if cron is None:
        return ()
    try:
        return tuple(islice(coming(cron, zone_of(timezone), at, until), _TOLD - 1))
    except ValueError:  # the zone is known on this machine no more
        return ()


def _read(when: str, now: datetime, timezone: str) -> tuple[str | None, datetime | None]:
    """Return the cron expression of what comes again, or the moment of what comes once."""
    try:
        found = read(when, now, _zone(timezone))
    except NotUnderstood as exc:
        raise Invalid(str(exc), field="when") from exc
    return (found, None) if isinstance(found, str) else (None, found)


def _read_end(until: str, now: datetime, timezone: str) -> datetime:
    try:
        return read_end(until, now, _zone(timezone))
    except NotUnderstood as exc:
        raise Invalid(str(exc), field="until") from exc


def _zone(name: str) -> ZoneInfo:
    try:
        return zone_of(name)
    except ValueError as exc:
        raise Invalid(str(exc), field="timezone") from exc


def _timing(
    when: str, cron: str | None, at: datetime | None, timezone: str, until: datetime | None, now: datetime
) -> Timing:
    following = at if cron is None else next(coming(cron, _zone(timezone), now, until), None)
    if following is None or following <= now or (until is not None and following > until):
        reason = "before its end" if until is not None else "any more"
        raise Invalid(f"“{when}” does not come {reason}: say another time, with `when`", field="when")
    return Timing(when, cron, at, timezone, until, "active", following)
