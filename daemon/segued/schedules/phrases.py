"""When something is to happen, in words: a small grammar. What it does not know is refused, never guessed.

What comes again becomes a cron expression, so that one engine (`times.py`) knows all the rules of the calendar.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from segued.schedules.times import never_comes, on_the_clock

EXAMPLES = (
    "every weekday 9:00",
    "every monday and thursday at 18:30",
    "every 15 minutes",
    "every month on the 1st at 8:00",
    "in 20 minutes",
    "tomorrow 9:00",
    "on friday at 14:00",
    "2030-12-01 09:00",
    "0 9 * * 1-5",
)
_ENDS = ("2030-12-31", "2030-12-31 18:00", "in 2 weeks")
_FARTHEST_YEARS = 50  # cron's engine looks no further either

_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_DAY = r"(?:sun|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sunday|monday|tuesday|wednesday|thursday|friday|saturday)s?"
_TIME = r"(?:at )?(?P<time>noon|midnight|\d{1,2}(?::\d\d)?(?: ?[ap]m)?)"
_DATE = r"(?P<date>\d{4}-\d\d-\d\d)"
_STEP = re.compile(r"every (?:(?P<number>\d{1,4}) )?(?P<unit>minute|hour)s?")
_WEEKLY = re.compile(rf"every (?P<days>day|weekday|weekend|{_DAY}(?:(?:, ?| and |, and ){_DAY})*) {_TIME}")
_MONTHLY = re.compile(rf"every month on the (?P<day>\d{{1,2}}(?:st|nd|rd|th)?|last day) {_TIME}")
_IN = re.compile(r"in (?P<number>an?|\d{1,4}) (?P<unit>second|minute|hour|day|week)s?")
_NAMED_DAY = re.compile(rf"(?:(?P<named>today|tomorrow|on {_DAY}|{_DAY}) )?{_TIME}")
_ON_DATE = re.compile(rf"(?:on )?{_DATE}[ t]{_TIME}")
_DAY_ALONE = re.compile(rf"(?:every (?:day|weekday|weekend)|today|tomorrow|(?:on |every )?{_DAY}|{_DATE})")
_CRON = re.compile(r"[\d*][\S]*(?: [\w*/,#-]+){4}", re.ASCII)
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?: ?(?P<half>[ap]m))?")


_OTHER_WORDS = (  # for what the grammar has in words of its own
    (re.compile("@?hourly"), "every hour"),
    (re.compile("@(?:daily|midnight)"), "every day midnight"),
    (re.compile("@weekly"), "every sunday midnight"),
    (re.compile("@monthly"), "every month on the 1st midnight"),
    (re.compile("daily( .+)?"), r"every day\1"),
    (re.compile("weekly on (.+)"), r"every \1"),
)


class NotUnderstood(ValueError):
    """The words say no time that the grammar knows; the text says what to write."""


def read(text: str, now: datetime, zone: ZoneInfo) -> str | datetime:
    """Return the cron expression of what comes again, or the moment (UTC) of what comes once and lies ahead."""
    words = _words(text)
    if _DAY_ALONE.fullmatch(words):
        raise NotUnderstood(f"“{text}” says no time of day: write {words} 9:00")
    if _CRON.fullmatch(words):
        return _checked(words)
    if words.startswith("every "):
        return _checked(_every(words, text))
    at = _once(words, text, now, zone)
    if at is None:
        raise _unknown(text)
    if at <= now:
        raise NotUnderstood(f"“{text}” has passed already: give a time that lies ahead")
    return at


def read_end(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment (UTC) after which nothing is to come any more; of a date, its last second."""
    words = _words(text)
    if re.fullmatch(_DATE, words):
        at: datetime | None = on_the_clock(_date(words) + timedelta(days=1), time(), zone) - timedelta(seconds=1)
    elif words.startswith("every ") or _CRON.fullmatch(words):
        raise NotUnderstood(f"“{text}” comes again and again: give one moment, like {_ENDS[0]} or {_ENDS[-1]}")
    else:
        at = _once(words, text, now, zone)
    if at is None:
        raise _unknown(text, _ENDS)
    if at <= now:
        raise NotUnderstood(f"the end, “{text}”, has passed already: give one that lies ahead")
    return at


def _words(text: str) -> str:
    words = " ".join(text.lower().split())
    for known, ours in _OTHER_WORDS:
        if found := known.fullmatch(words):
            return found.expand(ours)
    return words


def _checked(cron: str) -> str:
    if reason := never_comes(cron):
        raise NotUnderstood(f"“{cron}” is no cron expression that ever comes ({reason}): write one like 0 9 * * 1-5")
    return cron


def _every(words: str, text: str) -> str:
    if found := _STEP.fullmatch(words):
        return _step(int(found["number"] or 1), found["unit"])
    if found := _WEEKLY.fullmatch(words):
        at = _time(found["time"])
        return f"{at.minute} {at.hour} * * {_days(found['days'])}"
    if found := _MONTHLY.fullmatch(words):
        at = _time(found["time"])
        day = "L" if found["day"] == "last day" else str(int(found["day"].rstrip("stndrh")))
        return f"{at.minute} {at.hour} {day} * *"
    raise _unknown(text)


def _step(number: int, unit: str) -> str:
    """Return what comes at even steps of the clock: a step that does not go into the hour, or the day, has none."""
    whole = 60 if unit == "minute" else 24
    steps = [step for step in range(1, whole) if whole % step == 0]
    if number not in steps:
        fitting = ", ".join(map(str, steps))
        raise NotUnderstood(f"every {number} {unit}s is not even on the clock: take one of {fitting} {unit}s, or a day")
    if unit == "minute":
        return f"*/{number} * * * *" if number > 1 else "* * * * *"
    return f"0 */{number} * * *" if number > 1 else "0 * * * *"


def _days(words: str) -> str:
    """Return cron's day-of-week field."""
    if words in ("day", "weekday", "weekend"):
        return {"day": "*", "weekday": "1-5", "weekend": "0,6"}[words]
    return ",".join(str(number) for number in sorted({_day(word) for word in re.findall(_DAY, words)}))


def _day(word: str) -> int:
    return next(number for number, name in enumerate(_DAYS) if name.startswith(word[:3]))


def _once(words: str, text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the moment that the words mean, if they mean one."""
    try:
        if found := _IN.fullmatch(words):
            return _later(now, zone, found)
        if found := _NAMED_DAY.fullmatch(words):
            return _on_day((found["named"] or "").removeprefix("on "), _time(found["time"]), now, zone)
        if found := _ON_DATE.fullmatch(words):
            return _within_reach(on_the_clock(_date(found["date"]), _time(found["time"]), zone), now)
        at = datetime.fromisoformat(words.upper())
        if at.tzinfo is not None:
            return _within_reach(at.astimezone(UTC), now)
    except OverflowError as exc:
        raise NotUnderstood(f"“{text}” is too far away") from exc
    except NotUnderstood:
        raise
    except ValueError:
        pass
    return None


def _later(now: datetime, zone: ZoneInfo, found: re.Match[str]) -> datetime:
    """Return the moment after so many seconds, minutes or hours; or days or weeks later at the same time of day."""
    number = 1 if found["number"].startswith("a") else int(found["number"])
    step = timedelta(**{f"{found['unit']}s": number})
    if found["unit"] in ("day", "week"):
        local = now.astimezone(zone) + step
        return _within_reach(on_the_clock(local.date(), local.time(), zone), now)
    return now + step


def _on_day(named: str, at: time, now: datetime, zone: ZoneInfo) -> datetime:
    """Return that time of today or tomorrow, of the next such day of the week, or without a day the next of all."""
    today = now.astimezone(zone).date()
    if named in ("today", "tomorrow"):
        return on_the_clock(today + timedelta(days=named == "tomorrow"), at, zone)
    ahead = (today + timedelta(days=days) for days in range(9))
    fitting = (day for day in ahead if not named or day.isoweekday() % 7 == _day(named))
    return next(moment for day in fitting if (moment := on_the_clock(day, at, zone)) > now)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise NotUnderstood(f"there is no day {text}: write it as YEAR-MONTH-DAY, like 2030-12-01") from exc


def _time(text: str) -> time:
    if text in ("noon", "midnight"):
        return time(12 if text == "noon" else 0)
    found = _CLOCK.fullmatch(text)
    assert found is not None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "pm" else 0) if 1 <= hour <= 12 else 24
    if hour > 23 or minute > 59:
        raise NotUnderstood(f"{text} is no time of day: write it like 9:00, 18:30 or 6pm")
    return time(hour, minute)


def _within_reach(at: datetime, now: datetime) -> datetime:
    if at.year > now.year + _FARTHEST_YEARS:
        raise NotUnderstood(f"{at.year} is too far away: give a time in the next {_FARTHEST_YEARS} years")
    return at


def _unknown(text: str, examples: tuple[str, ...] = EXAMPLES) -> NotUnderstood:
    shown = text if len(text) <= 100 else f"{text[:100]}…"
    return NotUnderstood(f"“{shown}” is not understood: write it like one of these: {'; '.join(examples)}")
