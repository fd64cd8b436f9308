from __future__ import annotations

from segue.models import ReportHealth
from segued.front_ends import LOST_AFTER_SECONDS, FrontEnds


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_front_end_is_as_it_said_with_the_age_of_its_word() -> None:
    clock = Clock()
    front_ends = FrontEnds(clock)
    front_ends.report("discord", ReportHealth(state="deaf", detail="nothing came in", latency_ms=40.0))
    clock.now += 12.5
    (seen,) = front_ends.list()
    assert (seen.name, seen.state, seen.detail, seen.age_seconds) == ("discord", "deaf", "nothing came in", 12.5)


def test_one_that_says_nothing_any_more_is_lost_until_it_speaks_again() -> None:
    clock = Clock()
    front_ends = FrontEnds(clock)
    front_ends.report("discord", ReportHealth(state="online", deliveries_waiting=3))
    clock.now += LOST_AFTER_SECONDS
    assert front_ends.list()[0].state == "online"
    clock.now += 0.1
    assert (front_ends.list()[0].state, front_ends.list()[0].deliveries_waiting) == ("lost", 3)
    assert front_ends.report("discord", ReportHealth(state="online")).state == "online"
    assert front_ends.list()[0].state == "online"


def test_one_that_missed_its_next_report_is_not_online() -> None:
    clock = Clock()
    front_ends = FrontEnds(clock)
    front_ends.report("discord", ReportHealth(state="online", latency_ms=1.0))
    clock.now += 16
    assert front_ends.list()[0].state == "lost"


def test_one_that_stopped_is_not_lost() -> None:
    clock = Clock()
    front_ends = FrontEnds(clock)
    front_ends.report("discord", ReportHealth(state="stopped"))
    clock.now += 10_000
    assert front_ends.list()[0].state == "stopped"


def test_names_are_remembered_up_to_a_number_the_latest_ones() -> None:
    front_ends = FrontEnds()
    for number in range(200):
        front_ends.report("old" if number == 150 else f"n{number}", ReportHealth(state="online"))
        front_ends.report("kept", ReportHealth(state="online"))
    names = [seen.name for seen in front_ends.list()]
    assert len(names) == 100
    assert {"kept", "old", "n199"} <= set(names)
    assert "n99" not in names
