from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from segue.discord_bot.speech import Speech
from segue.events import Delta
from segue.models import MessageId, SessionId, Turn, TurnId, TurnState

TURN, ANSWER = TurnId("turn"), MessageId("answer")


def turn(state: TurnState) -> Turn:
    now = datetime.now(UTC)
    return Turn(
        id=TURN, session_id=SessionId("s"), seq=1, state=state, answer_id=ANSWER, agent_name="chat", created_at=now
    )


def delta(offset: int, text: str) -> Delta:
    return Delta(turn_id=TURN, message_id=ANSWER, offset=offset, text=text)


def said(speech: Speech) -> str:
    return speech.partial.text if speech.partial else ""


@given(st.lists(st.text(min_size=1, max_size=4), max_size=8), st.data())
def test_pieces_told_again_change_nothing(pieces: list[str], data: st.DataObject) -> None:
    speech = Speech()
    speech.take_turn(turn("running"))
    told: list[Delta] = []
    for piece in pieces:
        told.append(delta(len(said(speech)), piece))
        speech.take_delta(told[-1])
        again = data.draw(st.sampled_from(told))
        if again.offset:
            speech.take_delta(again)
    assert said(speech) == "".join(pieces)
    assert speech.complete


def test_piece_whose_beginning_is_missing_is_not_shown() -> None:
    speech = Speech()
    speech.take_delta(delta(5, "world"))
    assert (said(speech), speech.complete) == ("", False)


def test_answer_that_begins_anew_forgets_what_was_said() -> None:
    speech = Speech()
    speech.take_turn(turn("running"))
    speech.take_delta(delta(0, "first try"))
    speech.take_turn(turn("running"))
    speech.take_delta(delta(0, "second"))
    assert said(speech) == "second"
    speech.take_turn(turn("completed"))
    assert speech.turn is None
    assert said(speech) == ""
