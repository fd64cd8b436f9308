from __future__ import annotations

from segue.models import SessionId
from segued.imports.base import Begun, LeftOut
from segued.imports.tally import Tally
from segued.store.base import Imported


def stored(number: int, messages: int = 1) -> Imported:
    return Imported(SessionId(str(number)), created=True, messages=messages, entries=0, known=0)


def test_of_many_sessions_the_first_are_named_and_all_are_counted() -> None:
    tally = Tally("chatgpt")
    for number in range(1100):
        for _ in range(2):  # what goes into two commits
            tally.begin(Begun(f"chatgpt/{number}", f"Talk {number}"))
            tally.stored(stored(number))
    report = tally.report(dry_run=False)
    assert (report.session_count, report.messages, len(report.sessions)) == (1100, 2200, 1000)
    assert {session.messages for session in report.sessions} == {2}


def test_a_conversation_with_nothing_in_it_is_no_session() -> None:
    tally = Tally("discord")
    tally.begin(Begun("discord/1", "#general"))
    assert tally.conversations == 0
    tally.begin(Begun("segue/1", "Plans", whole=True))
    assert tally.conversations == 1


def test_reasons_are_counted_with_the_first_places_and_do_not_grow_without_end() -> None:
    tally = Tally("irc")
    for number in range(500):
        tally.found(LeftOut(f"line {number}", "often" if number % 2 else f"reason {number}"))
    first, second, *others = tally.report(dry_run=True).left_out
    assert (first.reason, first.count, first.examples) == ("often", 250, ("line 1", "line 3", "line 5"))
    assert (second.reason, second.count) == ("other reasons", 201)
    assert len(others) == 49
