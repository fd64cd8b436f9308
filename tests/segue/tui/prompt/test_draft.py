from __future__ import annotations

import pytest

from segue.tui.prompt.draft import Draft, find_placeholder, is_large, placeholder


@pytest.mark.parametrize(
    ("pasted", "large"),
    [("short", False), ("x" * 1000, False), ("x" * 1001, True), ("line\n" * 9, False), ("line\n" * 10, True)],
)
def test_a_paste_is_large_by_its_lines_or_by_its_length(pasted: str, large: bool) -> None:
    assert is_large(pasted) is large


def test_a_placeholder_says_how_much_it_stands_for() -> None:
    assert placeholder("line\n" * 1200, 1) == "[pasted 1,200 lines #1]"
    assert placeholder("x" * 4200, 12) == "[pasted 4,200 characters #12]"


def test_only_what_was_pasted_is_put_in_and_not_once_more() -> None:
    one, two = "[pasted 11 lines #1]", "[pasted 12 lines #2]"
    draft = Draft(f"{one} and {two} and [pasted 13 lines #3]", {one: f"1{two}", two: "2"})
    assert draft.whole == f"1{two} and 2 and [pasted 13 lines #3]"


@pytest.mark.parametrize(
    ("column", "before", "found"),
    [
        (1, True, False),
        (2, True, True),
        (22, True, True),
        (23, True, False),
        (0, False, False),
        (1, False, True),
        (21, False, True),
        (22, False, False),
    ],
)
def test_a_placeholder_is_found_from_either_side(column: int, before: bool, found: bool) -> None:
    line = "a[pasted 120 lines #1]b"
    assert find_placeholder(line, column, before=before) == ((1, 22) if found else None)
