"""Finding by a few letters."""

from __future__ import annotations

import time

import pytest

from segue.tui.sessions.fuzzy import find, has


def best(query: str, *texts: str) -> str:
    return max(texts, key=lambda text: match.score if (match := find(query, text)) else 0)


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("notes", "Release notes", "notes"),
        ("rn", "Release notes", "Rn"),
        ("NOTES rel", "Release notes", "Relnotes"),
        ("rlse", "Release", "Rlse"),
        ("日本", "これは日本語", "日本"),
        ("s", "as is so", "s"),
    ],
)
def test_a_word_is_found_whole_by_initials_or_letter_by_letter(query: str, text: str, marked: str) -> None:
    match = find(query, text)
    assert match is not None
    assert "".join(text[at] for at in match.at) == marked


def test_every_word_has_to_be_there() -> None:
    assert find("release zebra", "Release notes") is None
    assert not has("release zebra", "Release notes")
    assert has("notes rel", "Release notes")


def test_the_beginning_of_a_word_is_better_than_its_middle_and_that_than_single_letters() -> None:
    assert best("art", "party", "modern art", "a rather thin one") == "modern art"
    assert best("art", "a rather thin one", "party") == "party"
    assert best("build", "the build", "build") == "build"


def test_a_title_made_to_be_slow_is_not() -> None:
    began = time.process_time()
    assert find("ab" * 100, "ba" * 99) is None
    assert find("a" * 250 + "b", "a" * 500) is None
    assert time.process_time() - began < 5  # and not years
