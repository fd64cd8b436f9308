"""The window's knowledge as plain data: no screen, no daemon."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from segue.errors import Gap
from segue.events import EVENT, Snapshot
from segue.models import Message, Session, Turn
from segue.tui import outbox
from segue.tui.entries import entries
from segue.tui.outbox import Pending
from segue.tui.prompt.queue_tray import describe_queue
from segue.tui.view import (
    MOST,
    WINDOW,
    View,
    advance,
    around,
    at_tail,
    retryable,
    trimmed,
    with_newer,
    with_older,
    with_turns,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def message(seq: int, content: str = "hi", **fields: Any) -> Message:
    known = {"id": f"m{seq}", "session_id": "s", "seq": seq, "role": "user", "sender": "ada", "content": content}
    return Message.model_validate(known | {"created_at": NOW, "interface": "tui"} | fields)


def turn(seq: int, state: str, **fields: Any) -> Turn:
    known = {"id": f"t{seq}", "session_id": "s", "seq": seq, "state": state, "agent_name": "chat", "created_at": NOW}
    return Turn.model_validate(known | fields)


def view(*messages: Message, turns: tuple[Turn, ...] = (), last_seq: int | None = None) -> View:
    known = {"id": "s", "title": "T", "agent_name": "chat", "reply": "always", "owner_id": "u"}
    seq = max((m.seq for m in messages), default=0) if last_seq is None else last_seq
    session = Session.model_validate(known | {"created_at": NOW, "updated_at": NOW, "last_seq": seq})
    return View(Snapshot(session=session, messages=messages, turns=turns))


def event(kind: str, seq: int, data: Message | Turn) -> Any:
    return EVENT.validate_python({"type": kind, "seq": seq, "at": NOW, "data": data})


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


# --- the window


EVERYTHING = tuple(message(seq, str(seq)) for seq in range(1, 501))


def seqs(state: View) -> list[int]:
    return [m.seq for m in state.window]


def read_up(state: View) -> View:
    older = [m for m in EVERYTHING if m.seq < state.first_seq][-50:]
    return with_older(state, older, state.first_seq)


def read_down(state: View) -> View:
    newer = [m for m in EVERYTHING if m.seq > state.final_seq][:50]
    return with_newer(state, newer, state.final_seq)


def test_a_long_window_is_trimmed_while_one_is_at_the_end_and_older_messages_come_back_in_front() -> None:
    state = trimmed(view(*EVERYTHING), at_end=True)
    assert seqs(state) == list(range(501 - WINDOW, 501))
    state = read_up(state)
    assert seqs(state) == list(range(501 - WINDOW - 50, 501))
    assert not state.reached_start
    assert with_older(state, [], state.first_seq).reached_start


def test_reading_up_and_down_passes_every_message_and_never_holds_more_than_the_most() -> None:
    state = view(*EVERYTHING[-50:])
    seen = set(seqs(state))
    while not state.reached_start:
        state = read_up(state)
        seen |= set(seqs(state))
        assert seqs(state) == list(range(state.first_seq, state.final_seq + 1))
        assert len(state.window) <= MOST
    assert not state.is_at_tail
    assert len(state.messages) <= WINDOW
    while not state.is_at_tail:
        state = read_down(state)
        assert seqs(state) == list(range(state.first_seq, state.final_seq + 1))
        assert len(state.window) <= MOST
    assert seen == {m.seq for m in EVERYTHING}
    assert state.final_seq == 500


def far_above() -> View:
    return around(trimmed(view(*EVERYTHING), at_end=True), EVERYTHING[100:200])


def test_what_happens_at_the_end_leaves_a_window_far_above_alone() -> None:
    state = far_above()
    for seq in range(501, 701):
        state = trimmed(advance(state, event("message.created", seq, message(seq))), at_end=False)
    assert seqs(state) == list(range(101, 201))
    assert len(state.messages) <= WINDOW + 20
    assert at_tail(state).final_seq == 700
    assert at_tail(state).is_at_tail


def test_an_edit_and_a_deletion_reach_a_window_far_above() -> None:
    state = advance(far_above(), event("message.updated", 501, message(150, "edited")))
    state = advance(state, event("message.deleted", 502, message(151)))
    assert [m.content for m in state.window if m.seq in (150, 151)] == ["edited"]


def test_what_was_loaded_before_an_edit_is_shown_as_it_is_now() -> None:
    state = view(*EVERYTHING[-50:])
    state = advance(state, event("message.updated", 501, message(420, "edited")))
    state = advance(state, event("message.deleted", 502, message(421)))
    state = with_older(state, EVERYTHING[400:450], state.first_seq)
    assert [m.content for m in state.window if m.seq in (420, 421)] == ["edited"]


def test_an_answer_for_a_window_that_has_gone_is_not_taken() -> None:
    state = far_above()
    elsewhere = at_tail(state)
    assert with_older(elsewhere, EVERYTHING[50:100], before_seq=101) is elsewhere
    assert with_newer(elsewhere, EVERYTHING[200:250], after_seq=200) is elsewhere
    assert with_newer(state, EVERYTHING[300:350], after_seq=300) is state


def test_a_window_that_reaches_the_newest_message_is_live_again() -> None:
    state = around(trimmed(view(*EVERYTHING), at_end=True), EVERYTHING[400:])
    assert state.is_at_tail
    state = advance(state, event("message.created", 501, message(501)))
    assert seqs(state) == list(range(401, 502))


def test_a_reader_who_is_not_at_the_end_keeps_what_is_on_the_screen() -> None:
    state = trimmed(view(*EVERYTHING[:100]), at_end=False)
    assert len(state.window) == 100
    state = trimmed(view(*EVERYTHING), at_end=False)
    assert seqs(state) == list(range(1, MOST + 1))
    assert not state.is_at_tail


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
