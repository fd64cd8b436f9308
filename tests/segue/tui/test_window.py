"""Reading far up and down again: what the screen holds, and that it is never much."""

from __future__ import annotations

from segue.tui.view import View, advance
from segue.tui.window import MOST, WINDOW, around, at_tail, trimmed, with_newer, with_older
from tests.segue.tui.views import event, message, view

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
