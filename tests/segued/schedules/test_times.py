"""The days on which clocks are put forward and back, in two zones; and zones that there are not."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from segued.schedules.times import coming, on_the_clock, zone_of

# Berlin: 2026-03-29 02:00 → 03:00, 2026-10-25 03:00 → 02:00. New York: 2026-03-08 and 2026-11-01, at 02:00.
TABLE = [
    ("Europe/Berlin", "30 2 * * *", "2026-03-28 12:00", ["03-29 03:00+0200", "03-30 02:30+0200"]),
    ("Europe/Berlin", "0,30 2 * * *", "2026-03-28 12:00", ["03-29 03:00+0200", "03-30 02:00+0200"]),
    ("Europe/Berlin", "30 2 * * *", "2026-10-24 12:00", ["10-25 02:30+0200", "10-26 02:30+0100"]),
    ("Europe/Berlin", "0 9 * * *", "2026-03-28 08:00", ["03-28 09:00+0100", "03-29 09:00+0200"]),
    ("Europe/Berlin", "0 9 * * *", "2026-10-24 08:00", ["10-24 09:00+0200", "10-25 09:00+0100"]),
    ("Europe/Berlin", "*/30 * * * *", "2026-03-29 01:00", ["03-29 01:30+0100", "03-29 03:00+0200", "03-29 03:30+0200"]),
    (
        "Europe/Berlin",
        "*/30 * * * *",
        "2026-10-25 01:30",
        ["10-25 02:00+0200", "10-25 02:30+0200", "10-25 02:00+0100", "10-25 02:30+0100", "10-25 03:00+0100"],
    ),
    ("Europe/Berlin", "0 */2 * * *", "2026-03-29 00:00", ["03-29 04:00+0200", "03-29 06:00+0200"]),
    ("America/New_York", "30 2 * * *", "2026-03-07 12:00", ["03-08 03:00-0400", "03-09 02:30-0400"]),
    ("America/New_York", "30 1 * * *", "2026-10-31 12:00", ["11-01 01:30-0400", "11-02 01:30-0500"]),
    ("America/New_York", "0 * * * *", "2026-11-01 00:30", ["11-01 01:00-0400", "11-01 01:00-0500", "11-01 02:00-0500"]),
]


@pytest.mark.parametrize(("zone", "cron", "after", "expected"), TABLE)
def test_times_on_the_days_when_clocks_are_changed(zone: str, cron: str, after: str, expected: list[str]) -> None:
    begin = datetime.fromisoformat(after).replace(tzinfo=ZoneInfo(zone))
    found = islice(coming(cron, ZoneInfo(zone), begin.astimezone(UTC), None), len(expected))
    assert [f"{at.astimezone(ZoneInfo(zone)):%m-%d %H:%M%z}" for at in found] == expected


def test_what_came_in_the_first_of_two_hours_does_not_come_in_the_second() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    second_time = datetime(2026, 10, 25, 2, 10, tzinfo=berlin, fold=1).astimezone(UTC)
    assert next(coming("30 2 * * *", berlin, second_time, None)) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:00:00+00:00"),
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30:00+00:00"),
        ("America/New_York", date(2026, 3, 8), time(2, 0), "2026-03-08T07:00:00+00:00"),
        ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T05:30:00+00:00"),
        ("Pacific/Apia", date(2011, 12, 30), time(9, 0), "2011-12-30T10:00:00+00:00"),  # a day left out
    ],
)
def test_one_moment_on_such_a_day_is_the_first_of_two_or_that_of_the_jump(
    zone: str, day: date, at: time, expected: str
) -> None:
    assert on_the_clock(day, at, ZoneInfo(zone)).isoformat() == expected


def test_nothing_comes_after_the_end() -> None:
    begin, end = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)
    assert [at.day for at in coming("0 0 * * *", ZoneInfo("UTC"), begin, end)] == [21, 22]


@pytest.mark.parametrize(("name", "like"), [("Berlin", "Europe/Berlin"), ("Europe/Berln", "Europe/Berlin")])
def test_a_zone_that_there_is_not_is_refused_with_one_like_it(name: str, like: str) -> None:
    with pytest.raises(ValueError, match=f"like {like}$"):
        zone_of(name)


def test_the_machines_zone_is_not_what_is_like_it() -> None:
    with pytest.raises(ValueError, match=r"like \w+/\w+$"):
        zone_of("localtime")


@pytest.mark.parametrize("name", ["localtime", "", "../etc/passwd", "/etc/localtime", "a\0b", "x" * 300])
def test_a_zone_is_a_name_and_no_file(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        zone_of(name)
