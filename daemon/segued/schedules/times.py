"""When a cron expression comes next, by the clocks of a time zone.

On the day when clocks are put forward, a time that does not exist comes at the moment of the jump; on the day when they
are put back, a time that exists twice comes the first time. What comes every so many minutes or hours (`*` at the
beginning of the minute or hour) comes whenever clocks show such a time: not in the hour that is left out, and in the
one that comes twice, twice. So does Debian's cron.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import lru_cache
from itertools import takewhile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError

_MACHINES = "localtime"  # the zone of the machine, whatever that is today


def coming(cron: str, zone: ZoneInfo, after: datetime, until: datetime | None) -> Iterator[datetime]:
    """Yield the moments (UTC) later than `after`, in order; none later than `until`."""
    moments = (at.astimezone(UTC) for at in CronSim(cron, after.astimezone(zone)))
    ahead = (at for at in moments if at > after)  # begun in the hour that comes twice, the first may lie behind
    return ahead if until is None else takewhile(lambda at: at <= until, ahead)


def never_comes(cron: str) -> str:
    """Return why the expression has no next time, "" if it has one."""
    try:
        return "" if next(CronSim(cron, datetime(2000, 1, 1, tzinfo=UTC)), None) else "there is no such day"
    except CronSimError as exc:
        return str(exc)[:1].lower() + str(exc)[1:]


def on_the_clock(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment (UTC) when clocks show that: the first of two, and where there is none, that of the jump."""
    shown = datetime.combine(day, at).replace(second=at.second, microsecond=0)
    while (moment := shown.replace(tzinfo=zone).astimezone(UTC)).astimezone(zone).replace(tzinfo=None) != shown:
        shown += timedelta(minutes=1)
        shown = shown.replace(second=0)
    return moment


@lru_cache(maxsize=100)
def zone_of(name: str) -> ZoneInfo:
    """Return the time zone; raise ValueError with what to write if there is none of that name."""
    try:
        if name != _MACHINES:
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    known = available_timezones() - {_MACHINES}
    ending = sorted(zone for zone in known if zone.lower().endswith(f"/{name.lower()}"))
    like = ending or get_close_matches(name, known, n=1) or ["Europe/Berlin"]
    raise ValueError(f"there is no time zone '{name}': give its IANA name, like {like[0]}")
