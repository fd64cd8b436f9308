"""The window's knowledge as plain data: no screen, no daemon."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from segue.errors import Gap
from segue.events import EVENT
from segue.tui import outbox
from segue.tui.entries import entries
from segue.tui.outbox import Pending
from segue.tui.prompt.queue_tray import describe_queue
from segue.tui.view import View, advance, retryable, with_turns
from tests.segue.tui.views import NOW, event, message, turn, view


def bodies(state: View) -> list[str]:
    return [entry.body for entry in entries(state)]


@pytest.mark.parametrize("event_first", [True, False])
def test_a_line_of_ours_is_shown_once_whichever_answer_comes_first(event_first: bool) -> None:
    posted = message(1, "hello")
    state = View(view().snapshot, outbox=(Pending("k", "hello", after_seq=0),))
    assert bodies(state) == ["hello"]
    if event_first:
        state = advance(state, event("message.created", 1, posted))
        assert bodies(state) == ["hello"]
        lines = outbox.settled(outbox.delivered(state.outbox, "k", posted), state.snapshot)
        state = View(state.snapshot, outbox=lines)
    else:
        state = View(state.snapshot, outbox=outbox.delivered(state.outbox, "k", posted))
        assert bodies(state) == ["hello"]
        state = advance(state, event("message.created", 1, posted))
    assert bodies(state) == ["hello"]
    assert state.outbox == ()


def test_the_same_words_from_another_window_do_not_swallow_ours() -> None:
    ours = Pending("k", "yes", after_seq=0, message=message(2, "yes"))
    state = View(view(message(1, "yes")).snapshot, outbox=(ours,))
    assert bodies(state) == ["yes", "yes"]


def test_the_same_line_sent_twice_is_shown_twice() -> None:
    twice = (Pending("k1", "yes", after_seq=0), Pending("k2", "yes", after_seq=0))
    state = View(view(message(1, "yes")).snapshot, outbox=twice)
    assert bodies(state) == ["yes", "yes"]


def test_a_refused_line_says_why() -> None:
    state = View(view().snapshot, outbox=outbox.refused((Pending("k", "long", 0),), "k", "the message is too large"))
    assert entries(state)[0].remark == "✗ not sent: the message is too large. Ctrl+R tries again."


def test_a_failed_answer_without_a_word_is_told_at_the_question() -> None:
    failed = turn(2, "failed", message_id="m1", error={"code": "no_api_key", "message": "There is no key"})
    state = with_turns(view(message(1), last_seq=2), [failed])
    assert entries(state)[0].remark == "✗ no answer: There is no key. Ctrl+R tries again."
    assert retryable(state) == failed


def test_an_answer_that_was_cut_says_so_and_only_the_newest_can_be_asked_for_again() -> None:
    answer = message(2, "one two", role="assistant", status="interrupted", turn_id="t1", interface="agent")
    cut = turn(1, "interrupted", message_id="m1", answer_id="m2")
    state = with_turns(view(message(1), answer), [cut])
    assert [entry.remark for entry in entries(state)] == ["", "■ interrupted here. Ctrl+R tries again."]
    state = with_turns(state, [turn(3, "completed")])
    assert entries(state)[1].remark == "■ interrupted here"
    assert retryable(state) is None


def test_the_queue_is_told_in_words_and_at_the_message_that_waits() -> None:
    turns = (turn(2, "running", message_id="m1", answer_id="a"), turn(4, "queued", message_id="m3"))
    state = view(message(1), message(3), turns=turns)
    assert [entry.remark for entry in entries(state)] == ["", "… waiting for its turn"]
    assert describe_queue(state) == "chat is answering, Esc stops it · 1 queued"
    assert describe_queue(view(message(1), turns=(turn(2, "queued", message_id="m1"),))) == ""


def test_a_turn_that_ends_leaves_the_queue_and_is_remembered() -> None:
    state = view(message(1), turns=(turn(2, "running", message_id="m1", answer_id="a"),), last_seq=2)
    state = advance(state, event("turn.cancelled", 3, turn(2, "cancelled", message_id="m1")))
    assert state.open_turns == ()
    assert entries(state)[0].remark == "■ stopped before an answer. Ctrl+R tries again."


def test_a_missing_event_is_noticed() -> None:
    with pytest.raises(Gap):
        advance(view(message(1)), event("message.created", 3, message(3)))


def test_who_types_is_known_for_a_while_and_until_they_have_said_it() -> None:
    def typing(user: str, interface: str) -> Any:
        data = {"user": user, "interface": interface}
        return EVENT.validate_python({"type": "typing", "at": NOW, "data": data})

    state = replace(view(message(1)), me="ada")
    for who in (("ada", "tui"), ("bob", "discord"), ("bob", "discord"), ("eve", "http")):
        state = advance(state, typing(*who))
    assert [(t.user, t.interface) for t in state.typists] == [("bob", "discord"), ("eve", "http")]
    state = advance(state, event("message.created", 2, message(2, sender="bob", interface="discord")))
    assert [t.user for t in state.typists] == ["eve"]
