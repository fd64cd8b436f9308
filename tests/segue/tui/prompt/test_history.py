from __future__ import annotations

from segue.tui.prompt.history import History


def test_going_up_and_down_gives_every_line_and_the_draft_again() -> None:
    history = History()
    history.add("one")
    history.add("two")
    assert history.older("draft") == "two"
    assert history.older("two") == "one"
    assert history.older("one") is None
    assert history.newer() == "two"
    assert history.newer() == "draft"
    assert history.newer() is None


def test_a_line_sent_twice_in_a_row_is_kept_once() -> None:
    history = History()
    history.add("same")
    history.add("same")
    assert history.older("") == "same"
    assert history.older("same") is None


def test_lines_of_earlier_days_come_before_those_of_today() -> None:
    history = History()
    history.add("today")
    history.prepend(["yesterday"])
    assert history.older("") == "today"
    assert history.older("today") == "yesterday"
