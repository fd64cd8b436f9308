from __future__ import annotations

from segue.discord_bot.pace import Pace


def test_first_time_is_at_once_and_then_rarer_up_to_a_limit() -> None:
    pace, now = Pace(1.0), 100.0
    assert pace.wait(now) == 0.0
    waits = []
    for _ in range(30):
        pace.done(now)
        waits.append(pace.wait(now))
        now += waits[-1]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (1.0, 4.0)


def test_nothing_is_done_while_it_is_held() -> None:
    pace = Pace(1.0)
    pace.hold(100.0, 5.0)
    assert pace.wait(103.0) == 2.0
    assert pace.wait(106.0) == 0.0
