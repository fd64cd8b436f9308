"""What is written above, beside and below a message."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from segue.events import EVENT, Snapshot
from segue.models import Binding, MessageId, Partial, Place, Receipt, Summary, TurnId
from segue.tui.entries import NEW, SUMMARISED, entries, live_entry
from segue.tui.view import View, advance, opened, with_turns
from tests.segue.tui.views import NOW, message, turn, view


def above(state: View) -> list[tuple[str, ...]]:
    return [entry.above for entry in entries(state)]


def test_where_a_day_begins_it_is_named_but_not_today_on_its_own() -> None:
    now = datetime.now(UTC)
    assert above(view(message(1, created_at=now), message(2, created_at=now))) == [(), ()]
    days = view(
        message(1, created_at=NOW - timedelta(days=500)),
        message(2, created_at=NOW - timedelta(days=500)),
        message(3, created_at=now),
    )
    named = above(days)
    assert named[0] == ("Wednesday, 9 July 2025",)
    assert named[1] == ()
    assert named[2][0].endswith(f"{now.astimezone():%Y}")


def test_what_came_while_one_was_away_begins_below_a_line() -> None:
    messages = [message(seq, sender="bob", created_at=NOW) for seq in (1, 2, 3)]
    state = opened(view(*messages), read_seq=1)
    assert [NEW in lines for lines in above(state)] == [False, True, False]
    assert [NEW in lines for lines in above(opened(view(*messages), read_seq=3))] == [False, False, False]
    assert [NEW in lines for lines in above(opened(view(*messages), read_seq=0))] == [False, False, False]


def test_ones_own_messages_are_not_new_to_oneself() -> None:
    state = replace(opened(view(message(1), message(2), message(3, sender="bob")), read_seq=1), me="ada")
    assert [NEW in lines for lines in above(state)] == [False, False, True]
    assert [entry.is_mine for entry in entries(state)] == [True, True, False]


def summarised(state: View, upto_seq: int) -> View:
    known = {"session_id": "s", "seq": 9, "upto_at": NOW, "message_count": upto_seq, "text": "They talked."}
    counts = {"model_id": "offline", "tokens_before": 9, "tokens_after": 3, "tokens_source": "estimate"}
    summary = Summary.model_validate(known | counts | {"upto_seq": upto_seq, "created_at": NOW})
    assert state.snapshot
    return replace(state, snapshot=state.snapshot.model_copy(update={"summary": summary}))


def test_where_the_summary_ends_a_line_says_so() -> None:
    state = view(*(message(seq, created_at=datetime.now(UTC)) for seq in (4, 5, 6)))
    assert above(summarised(state, 5)) == [(), (), (SUMMARISED,)]
    assert above(summarised(state, 3)) == [(), (), ()]
    assert above(summarised(state, 6)) == [(), (), ()]
    assert not state.says_the_same_as(summarised(state, 5))


def test_while_it_is_summarised_the_answer_that_waits_says_so() -> None:
    state = view(message(1), turns=(turn(2, "running", answer_id="m3"),))
    assert state.snapshot
    partial = Partial(turn_id=TurnId("t2"), message_id=MessageId("m3"))
    state = replace(state, snapshot=state.snapshot.model_copy(update={"partial": partial}))
    for active, said in ((True, "summarising"), (False, "thinking")):
        told = {"type": "context.compressing", "at": NOW, "data": {"active": active}}
        state = advance(state, EVENT.validate_python(told))
        entry = live_entry(state)
        assert entry
        assert said in entry.details


def answered(policy: str, *receipts: Receipt) -> View:
    answer = message(2, role="assistant", turn_id="t1", interface="agent")
    ended = turn(1, "completed", answer_id="m2", route=(Place(interface="discord", place="general"),))
    known = {"interface": "discord", "place": "general", "session_id": "s", "created_at": NOW, "policy": policy}
    state = view(answer)
    assert state.snapshot is not None
    bound = {"bindings": (Binding.model_validate(known),), "receipts": receipts}
    return with_turns(View(state.snapshot.model_copy(update=bound)), [ended])


def receipt(part: int, state: str, **fields: Any) -> Receipt:
    known = {"interface": "discord", "place": "general", "message_id": "m2", "external_id": "1", "at": NOW}
    return Receipt.model_validate(known | {"part": part, "state": state} | fields)


def test_of_an_answer_one_sees_where_it_was_delivered() -> None:
    assert entries(answered("live"))[0].footer == "terminal ✓ · Discord general …"
    sent = answered("live", receipt(0, "sent"), receipt(1, "sent"))
    assert entries(sent)[0].footer == "terminal ✓ · Discord general ✓"
    retrying = answered("live", receipt(0, "sent"), receipt(1, "retrying", reason="rate limit"))
    assert entries(retrying)[0].footer == "terminal ✓ · Discord general ↻ retrying (rate limit)"
    failed = answered("live", receipt(0, "retrying"), receipt(1, "failed", reason="no permission"))
    assert entries(failed)[0].footer == "terminal ✓ · Discord general ✗ failed (no permission)"


def test_a_place_is_called_what_people_call_it() -> None:
    state = answered("live", receipt(0, "sent"))
    assert state.snapshot is not None
    named = tuple(b.model_copy(update={"name": "#general @ The Pub"}) for b in state.snapshot.bindings)
    state = replace(state, snapshot=state.snapshot.model_copy(update={"bindings": named}))
    assert entries(state)[0].footer == "terminal ✓ · Discord #general @ The Pub ✓"


def test_of_what_people_say_one_sees_where_it_did_not_arrive() -> None:
    state = view(message(2, sender="bob"))
    assert state.snapshot is not None

    def footer(*receipts: Receipt) -> str:
        assert state.snapshot is not None
        return entries(View(state.snapshot.model_copy(update={"receipts": receipts})))[0].footer

    assert footer() == footer(receipt(0, "sent")) == ""
    failed = receipt(1, "failed", reason="the channel is gone")
    assert footer(receipt(0, "sent"), failed) == "terminal ✓ · Discord general ✗ failed (the channel is gone)"
    elsewhere = receipt(0, "retrying", place="random")
    assert footer(receipt(0, "sent"), elsewhere) == "terminal ✓ · Discord random ↻ retrying"


def test_a_place_that_is_muted_is_not_waited_for() -> None:
    assert entries(answered("muted"))[0].footer == ""
    assert entries(view(message(2, role="assistant")))[0].footer == ""


def test_the_answer_being_written_is_shown_at_the_end_only() -> None:
    partial = {"partial": {"turn_id": "t", "message_id": "a", "text": "so far"}}
    state = view(message(1))
    assert state.snapshot is not None
    writing = View(Snapshot.model_validate(state.snapshot.model_dump() | partial))
    live = live_entry(writing)
    assert live is not None
    assert (live.body, live.details, live.is_live) == ("so far", "is writing…", True)
    assert live_entry(replace(writing, apart=(message(1),))) is None
