from __future__ import annotations

from segue.discord_bot.revision import gone


def test_what_stands_in_no_page_that_covers_it_is_gone() -> None:
    assert gone({1, 3, 5}, [5, 4, 2]) == [1, 3]
    full = list(range(200, 100, -1))
    assert gone({7, 101, 150, 200}, [n for n in full if n != 150] + [100]) == [150]


def test_page_that_is_not_full_tells_all_to_the_beginning() -> None:
    assert gone({1, 2}, []) == [1, 2]
    assert gone({1, 2, 9}, [9]) == [1, 2]
