from __future__ import annotations

import pytest

from segued.store.sqlite.spelling import distance


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        ("", "", 0),
        ("abc", "", 3),
        ("deploy", "depoly", 1),
        ("lighthuose", "lighthouse", 1),
        ("kubernetes", "kuberntes", 1),
        ("authentification", "authentication", 2),
        ("kitten", "sitting", 3),
    ],
)
def test_how_far_words_are_apart(one: str, other: str, far: int) -> None:
    assert distance(one, other) == distance(other, one) == far
