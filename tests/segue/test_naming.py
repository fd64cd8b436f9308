from __future__ import annotations

import pytest

from segue.naming import called

SESSIONS = [("01aaaa1111", "#General"), ("01bbbb2222", "general"), ("01cccc3333", "Plans"), ("01cccc4444", "plans")]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("01bbbb2222", [1]),
        ("2222", [1]),
        ("01BB", [1]),
        ("222", []),
        ("01cccc", [2, 3]),
        ("general", [1]),
        ("#General", [0]),
        ("General", [0, 1]),
        ("GENERAL", [0, 1]),
        ("Plans", [2]),
        ("PLANS", [2, 3]),
        ("...", []),
        ("Plan", []),
    ],
)
def test_the_best_that_a_name_can_mean_is_meant(name: str, meant: list[int]) -> None:
    assert called(name, SESSIONS) == [SESSIONS[number][0] for number in meant]
