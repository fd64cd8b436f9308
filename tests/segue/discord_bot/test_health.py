from __future__ import annotations

import math

import pytest

from segue.discord_bot.health import distance_ms


@pytest.mark.parametrize(
    ("latency_seconds", "distance"), [(0.25, 250.0), (41.3, None), (math.inf, None), (math.nan, None)]
)
def test_heartbeat_that_was_late_is_no_distance(latency_seconds: float, distance: float | None) -> None:
    assert distance_ms(latency_seconds) == distance
