from __future__ import annotations

from segue.tui.prompt.draft import Draft
from segue.tui.prompt.history import History

ONE, TWO, DRAFT = Draft("one"), Draft("two"), Draft("draft")


def test_going_up_and_down_gives_everything_and_the_draft_again() -> None:
    history = History()
    history.add(ONE)
    history.add(TWO)
    assert history.older(DRAFT) == TWO
    assert history.older(TWO) == ONE
    assert history.older(ONE) is None
    assert history.newer() == TWO
    assert history.newer() == DRAFT
    assert history.newer() is None


def test_what_is_sent_twice_in_a_row_is_kept_once() -> None:
    history = History()
    history.add(ONE)
    history.add(Draft("one"))
    assert history.older(DRAFT) == ONE
    assert history.older(ONE) is None


def test_lines_of_earlier_days_come_before_those_of_today() -> None:
    history = History()
    history.add(ONE)
    history.prepend(["yesterday"])
    assert history.older(DRAFT) == ONE
    assert history.older(ONE) == Draft("yesterday")


def test_many_large_texts_do_not_stay_for_ever_but_the_last_one_does() -> None:
    history = History()
    for number in range(20):
        history.add(Draft(f"#{number}", {f"#{number}": "x" * 1_000_000}))
    kept = 0
    while history.older(DRAFT):
        kept += 1
    assert 1 < kept < 10
    history.add(Draft("x" * 20_000_000))
    assert history.older(DRAFT) == Draft("x" * 20_000_000)
