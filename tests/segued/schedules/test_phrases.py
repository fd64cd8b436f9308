"""When, in words: what is understood means one thing, and what is not is refused with something to write instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segued.schedules.phrases import EXAMPLES, NotUnderstood, read, read_end
from segued.schedules.times import coming

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 13, 30, 20, tzinfo=UTC)  # a Saturday, 14:30 in Berlin

AGAIN = {
    "every weekday 9:00": "0 9 * * 1-5",
    "Every  Day at 9": "0 9 * * *",
    "every weekend at noon": "0 12 * * 0,6",
    "every monday 18:30": "30 18 * * 1",
    "every mon, wed and friday at 6:05pm": "5 18 * * 1,3,5",
    "every sundays midnight": "0 0 * * 0",
    "every minute": "* * * * *",
    "every 15 minutes": "*/15 * * * *",
    "every hour": "0 * * * *",
    "every 2 hours": "0 */2 * * *",
    "every month on the 1st at 8:00": "0 8 1 * *",
    "every month on the 22nd 12am": "0 0 22 * *",
    "every month on the last day at 23:59": "59 23 L * *",
    "daily 9:00": "0 9 * * *",
    "daily at noon": "0 12 * * *",
    "weekly on monday 9:00": "0 9 * * 1",
    "hourly": "0 * * * *",
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "0 9 * * 1-5": "0 9 * * 1-5",
    "*/5 8-17 * * MON-FRI": "*/5 8-17 * * mon-fri",
}
ONCE = {
    "in 20 minutes": "2026-11-21 14:50:20",
    "in an hour": "2026-11-21 15:30:20",
    "in 2 days": "2026-11-23 14:30:20",
    "today 18:00": "2026-11-21 18:00:00",
    "tomorrow 9:00": "2026-11-22 09:00:00",
    "at 14:00": "2026-11-22 14:00:00",
    "at 14:31": "2026-11-21 14:31:00",
    "on friday 14:00": "2026-11-27 14:00:00",
    "saturday 2:31 pm": "2026-11-21 14:31:00",
    "saturday 2:30 pm": "2026-11-28 14:30:00",
    "2026-12-01 09:00": "2026-12-01 09:00:00",
    "on 2026-12-01 at 9am": "2026-12-01 09:00:00",
    "2026-12-01T09:00": "2026-12-01 09:00:00",
    "2026-12-01T09:00:00-05:00": "2026-12-01 15:00:00",
    "2026-12-01T09:00:00Z": "2026-12-01 10:00:00",
}
REFUSED = {
    "": "not understood",
    "soon": "every weekday 9:00; ",
    "every day": "says no time of day: write every day 9:00",
    "Daily": "write every day 9:00",
    "tomorrow": "write tomorrow 9:00",
    "monday": "write monday 9:00",
    "2030-12-01": "write 2030-12-01 9:00",
    "2020-01-01": "says no time of day",
    "every blue moon at 9": "not understood",
    "next friday 14:00": "not understood",
    "every 7 minutes": "take one of 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 minutes",
    "every 0 minutes": "not even",
    "every 24 hours": "or a day",
    "every 30 seconds": "not understood",
    "every day at 24:00": "no time of day",
    "every day at 13pm": "no time of day",
    "every day at 9:60": "no time of day",
    "tomorrow 9:5": "not understood",
    "today 9:00": "passed already",
    "2026-11-20 09:00": "passed already",
    "2026-02-30 09:00": "there is no day 2026-02-30",
    "2099-01-01 09:00": "too far away",
    "in 9999 weeks": "too far away",
    "9999-12-31T23:59:59-10:00": "too far away",
    "every month on the 32nd at 9": "bad day-of-month",
    "0 9 30 2 *": "bad day-of-month",
    "61 * * * *": "bad minute",
    "* * * * * *": "not understood",
    "@yearly": "not understood",
    "x" * 200: "not understood",
}


@pytest.mark.parametrize(("phrase", "cron"), AGAIN.items())
def test_what_comes_again_is_a_cron_expression(phrase: str, cron: str) -> None:
    assert read(phrase, NOW, BERLIN) == cron


@pytest.mark.parametrize(("phrase", "local"), ONCE.items())
def test_what_comes_once_is_a_moment(phrase: str, local: str) -> None:
    at = read(phrase, NOW, BERLIN)
    assert isinstance(at, datetime)
    assert f"{at.astimezone(BERLIN):%Y-%m-%d %H:%M:%S}" == local


@pytest.mark.parametrize(("phrase", "reason"), REFUSED.items())
def test_what_is_not_understood_is_refused_with_what_to_write(phrase: str, reason: str) -> None:
    with pytest.raises(NotUnderstood) as refusal:
        read(phrase, NOW, BERLIN)
    assert reason in str(refusal.value)
    assert len(str(refusal.value)) < 600


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_are_understood(example: str) -> None:
    assert read(example, NOW, BERLIN)


def test_an_end_that_is_a_day_is_its_last_second() -> None:
    assert read_end("2026-12-31", NOW, BERLIN).astimezone(BERLIN).isoformat() == "2026-12-31T23:59:59+01:00"
    assert read_end("in 2 weeks", NOW, BERLIN) == NOW.replace(microsecond=0) + timedelta(weeks=2)
    for end, reason in (
        ("every day at 9", "again and again"),
        ("2020-01-01", "the end, “2020-01-01”, has passed already"),
        ("whenever", "one of these: 2030-12-31; 2030-12-31 18:00; in 2 weeks$"),
    ):
        with pytest.raises(NotUnderstood, match=reason):
            read_end(end, NOW, BERLIN)


DAYS = st.sampled_from(["day", "weekday", "weekend", "monday", "tue and thu", "fri, sat, sun"])
TIMES = st.times().map(lambda at: f"{at.hour}:{at.minute:02}")
PHRASES = st.one_of(
    st.builds("every {} at {}".format, DAYS, TIMES),
    st.builds("every month on the {} {}".format, st.integers(1, 31) | st.just("last day"), TIMES),
    st.builds("every {} minutes".format, st.sampled_from([2, 5, 15, 20, 30])),
    st.builds("every {} hours".format, st.sampled_from([2, 3, 4, 6, 8, 12])),
    st.builds("{} {} {} * {}".format, st.integers(0, 59), st.integers(0, 23), st.sampled_from(["*", "1", "31", "L"]),
              st.sampled_from(["*", "0", "1-5", "*/2"])),
    st.sampled_from(["every minute", "every hour"]),
)  # fmt: skip
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


@given(PHRASES, ZONES.map(ZoneInfo), MOMENTS)
def test_what_is_understood_comes_later_and_later(phrase: str, zone: ZoneInfo, now: datetime) -> None:
    cron = read(phrase, now, zone)
    assert isinstance(cron, str)
    times = [now, *islice(coming(cron, zone, now, None), 8)]
    assert len(times) == 9
    assert all(earlier < later for earlier, later in pairwise(times))


@given(DAYS, st.times(), ZONES.map(ZoneInfo), MOMENTS)
def test_a_time_of_day_is_that_of_the_zone(days: str, at: object, zone: ZoneInfo, now: datetime) -> None:
    """… but for the hour that clocks leave out: then it is later on that day, by less than the clocks jumped."""
    cron = read(f"every {days} at {at:%H:%M}", now, zone)
    assert isinstance(cron, str)
    for moment in islice(coming(cron, zone, now, None), 5):
        shown = moment.astimezone(zone)
        if f"{shown:%H:%M}" != f"{at:%H:%M}":
            jump = (shown + timedelta(hours=3)).utcoffset() - (moment - timedelta(hours=3)).astimezone(zone).utcoffset()  # type: ignore[operator]
            assert timedelta(0) < jump <= timedelta(hours=1)
