from __future__ import annotations

from segue.cli.streaming import GrowingText


def shown(*deltas: tuple[int, str], final: str | None = None) -> str:
    text = GrowingText()
    printed = "".join(text.take(offset, piece) for offset, piece in deltas)
    return printed + (text.finish(final) if final is not None else "")


def test_deltas_in_order_are_printed_as_they_come() -> None:
    assert shown((0, "Hel"), (3, "lo"), (5, "!")) == "Hello!"


def test_what_comes_again_after_a_reconnect_is_not_printed_again() -> None:
    assert shown((0, "Hello"), (0, "Hello wor"), (9, "ld")) == "Hello world"
    assert shown((0, "Hello"), (0, "Hel"), (3, "lo there")) == "Hello there"


def test_an_answer_that_begins_anew_and_differs_is_printed_anew() -> None:
    assert shown((0, "Hello"), (0, "Good"), (4, " day")) == "Hello\nGood day"


def test_behind_a_hole_nothing_is_printed_until_the_end_brings_the_whole() -> None:
    assert shown((0, "One "), (8, "three"), final="One two three") == "One two three"


def test_the_end_adds_what_was_not_said_yet() -> None:
    assert shown(final="All at once") == "All at once"
    assert shown((0, "Same"), final="Same") == "Same"
    assert shown((0, "Same but longer"), final="Same") == "Same but longer\nSame"
