"""The list of sessions as plain data: pages and events in any order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations

import pytest

from segue.events import Event
from segue.models import Session
from segue.tui.roster import Roster, advance, groups, hide, opened, recent, unhide, with_page
from tests.segue.tui.sessions.made_up import NOW, event, many, roster, said, summary


def headed(state: Roster, now: datetime = NOW, *, archived: bool = False) -> dict[str, list[str]]:
    return {heading: [item.id for item in items] for heading, items in groups(state, now, archived=archived)}


def after(state: Roster, *events: Event) -> Roster:
    for one in events:
        state = advance(state, one)
    return state


def renamed(session_id: str, title: str, seq: int) -> Event:
    session = Session.model_validate(summary(session_id, title=title, last_seq=seq).model_dump())
    return event("session.updated", session_id, session, seq)


def deleted(session_id: str, seq: int = 99) -> Event:
    return event("session.deleted", session_id, summary(session_id, last_seq=seq), seq)


def test_sessions_stand_under_pinned_today_this_week_and_older() -> None:
    state = roster(
        summary("old", updated_at=NOW - timedelta(days=30)),
        summary("kept", updated_at=NOW - timedelta(days=30), pinned=True),
        summary("morning", updated_at=NOW.replace(hour=0, minute=1)),
        summary("noon"),
        summary("yesterday", updated_at=NOW.replace(hour=0) - timedelta(minutes=1)),
        summary("away", archived=True, pinned=True),
    )
    shown = {"Pinned": ["kept"], "Today": ["noon", "morning"], "This week": ["yesterday"], "Older": ["old"]}
    assert headed(state) == shown
    assert headed(state, archived=True) == {**shown, "Archived": ["away"]}


def test_today_begins_at_the_reader_s_midnight() -> None:
    state = roster(summary("s", updated_at=datetime(2026, 11, 20, 23, tzinfo=UTC)))
    assert headed(state, NOW) == {"This week": ["s"]}
    assert headed(state, NOW.astimezone(timezone(timedelta(hours=2)))) == {"Today": ["s"]}


def test_an_archived_session_is_listed_while_one_is_in_it() -> None:
    assert headed(roster(summary("s", archived=True), current="s")) == {"Archived": ["s"]}


def test_a_message_of_somebody_else_is_unread_and_moves_its_session_up() -> None:
    state = after(roster(*many(3)), said("s2", 11, "look here"))
    assert state.items["s2"].unread == 1
    assert state.items["s2"].session.last_message_preview == "look here"
    assert [item.id for item in recent(state)] == ["s2", "s0", "s1"]
    assert state.unread == 1


def test_what_is_brought_in_from_elsewhere_is_not_unread_and_moves_nothing() -> None:
    long_ago = NOW - timedelta(days=900)
    state = after(roster(*many(3)), said("s2", 11, interface="import", created_at=long_ago))
    assert state.items["s2"].unread == 0
    assert [item.id for item in recent(state)] == ["s0", "s1", "s2"]


def test_own_messages_tools_and_what_one_looks_at_are_never_unread() -> None:
    state = roster(*many(2), current="s1")
    state = after(state, said("s0", 11, sender="ada"), said("s0", 12, role="tool"), said("s1", 11), said("s1", 12))
    assert [item.unread for item in state.items.values()] == [0, 0]


def test_the_same_event_twice_counts_once() -> None:
    state = after(roster(*many(1)), said("s0", 11), said("s0", 11), said("s0", 10))
    assert state.items["s0"].unread == 1
    assert state.items["s0"].session.message_count == 3


def test_a_page_that_is_older_than_what_is_known_changes_nothing() -> None:
    page = many(2)
    state = after(roster(*page), said("s0", 11, "new"), renamed("s1", "Better", 11))
    assert with_page(state, page).items["s0"] == state.items["s0"]
    assert with_page(state, page).items["s1"].session.title == "Better"


def test_a_page_and_events_give_the_same_in_any_order() -> None:
    page = [summary("s", last_seq=12, message_count=4, last_message_preview="two", unread=2)]
    steps: list[Callable[[Roster], Roster]] = [
        lambda state: with_page(state, page),
        lambda state: advance(state, said("s", 11, "one")),
        lambda state: advance(state, said("s", 12, "two")),
    ]
    known = roster(summary("s"))
    for order in permutations(steps):
        state = known
        for step in order:
            state = step(state)
        item = state.items["s"]
        assert (item.unread, item.session.last_seq, item.session.last_message_preview) == (2, 12, "two")


def test_what_was_read_elsewhere_is_read_here_even_if_a_page_says_otherwise() -> None:
    state = after(roster(*many(1)), said("s0", 11), said("s0", 12))
    state = after(state, event("read", "s0", {"seq": 12}))
    assert state.items["s0"].unread == 0
    assert with_page(state, [summary("s0", last_seq=12, unread=2)]).items["s0"].unread == 0


def test_a_read_mark_that_leaves_the_last_message_out_leaves_something_unread() -> None:
    state = after(roster(*many(1)), said("s0", 11), said("s0", 12), event("read", "s0", {"seq": 11}))
    assert state.items["s0"].unread == 1


def test_a_read_mark_may_come_before_the_message_or_the_session() -> None:
    state = after(Roster(me="ada"), event("read", "s", {"seq": 12}))
    assert with_page(state, [summary("s", last_seq=12, unread=4)]).items["s"].unread == 0
    assert after(with_page(state, [summary("s")]), said("s", 11)).items["s"].unread == 0


def test_a_mark_up_to_the_last_message_reads_all_though_a_turn_ended_after_it() -> None:
    turn = {"id": "t", "session_id": "s0", "seq": 12, "state": "completed", "agent_name": "chat", "created_at": NOW}
    state = after(roster(*many(1)), said("s0", 11), event("turn.completed", "s0", turn, 12))
    assert after(state, event("read", "s0", {"seq": 11})).items["s0"].unread == 0


def test_opening_a_session_reads_it_and_leaving_it_keeps_it_read() -> None:
    state = opened(after(roster(*many(2)), said("s0", 11)), "s0")
    assert state.items["s0"].unread == 0
    state = opened(after(state, said("s0", 12)), "s1")
    assert with_page(state, [summary("s0", last_seq=12, unread=1)]).items["s0"].unread == 0
    assert after(state, said("s0", 13)).items["s0"].unread == 1


def test_a_deleted_session_does_not_come_back_with_a_page_that_was_on_its_way() -> None:
    page = many(2)
    state = after(hide(roster(*page), "s0"), deleted("s0"))
    assert state.hidden == frozenset()
    state = with_page(after(state, renamed("s0", "Ghost", 12), said("s0", 13)), page)
    assert list(state.items) == ["s1"]


def test_a_session_that_one_is_no_member_of_any_more_goes_and_may_come_back() -> None:
    page = many(2)
    state = after(roster(*page), event("session.left", "s0", {}))
    assert list(state.items) == ["s1"]
    assert "s0" in after(state, renamed("s0", "Again", 12)).items


def test_a_session_that_begins_elsewhere_appears() -> None:
    state = after(roster(), event("session.created", "s", summary("s", last_seq=1), 1), said("s", 2))
    assert headed(state) == {"Today": ["s"]}
    assert state.items["s"].unread == 1


def test_events_of_an_unknown_session_wait_for_its_page() -> None:
    assert after(roster(), said("s", 2)).items == {}


def test_a_deletion_can_be_undone() -> None:
    state = hide(roster(*many(2)), "s0")
    assert headed(state) == {"Today": ["s1"]}
    assert headed(unhide(state, "s0")) == {"Today": ["s0", "s1"]}


def test_people_come_and_go_and_who_has_no_name_goes_with_the_first_who_leaves() -> None:
    state = roster(summary("s", attached=["tui", "discord"]))
    state = after(state, event("presence", "s", {"user": "bob", "interface": "tui", "state": "attached"}))
    assert state.items["s"].people == {("", "tui"), ("", "discord"), ("bob", "tui")}
    state = after(state, event("presence", "s", {"user": "bob", "interface": "tui", "state": "detached"}))
    assert state.items["s"].people == {("", "discord")}


def test_a_new_page_keeps_the_names_of_those_who_are_still_there() -> None:
    state = roster(summary("s"))
    state = after(state, event("presence", "s", {"user": "bob", "interface": "tui", "state": "attached"}))
    assert with_page(state, [summary("s", attached=["tui"])]).items["s"].people == {("bob", "tui")}
    assert with_page(state, [summary("s", attached=["http"])]).items["s"].people == {("", "http")}


def test_typing_ends_by_itself_or_with_the_message_and_own_typing_is_not_told() -> None:
    state = after(roster(*many(1)), event("typing", "s0", {"user": "bob", "interface": "discord"}))
    assert state.items["s0"].typist(NOW + timedelta(seconds=5)) == "bob"
    assert state.items["s0"].typist(NOW + timedelta(seconds=6)) == ""
    assert after(state, said("s0", 11)).items["s0"].typist(NOW) == ""
    own = after(roster(*many(1)), event("typing", "s0", {"user": "ada", "interface": "discord"}))
    assert own.items["s0"].typist(NOW) == ""


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled", "interrupted"])
def test_an_answer_is_told_from_its_start_to_its_end(end: str) -> None:
    turn = {"id": "t", "session_id": "s0", "seq": 11, "state": "running", "agent_name": "chat", "created_at": NOW}
    state = after(roster(*many(1)), event("turn.started", "s0", turn, 11))
    assert state.items["s0"].answering == "chat"
    assert after(state, event(f"turn.{end}", "s0", turn | {"state": end}, 12)).items["s0"].answering == ""


def test_an_agent_that_waits_for_a_person_is_told_apart_from_one_that_answers() -> None:
    def asks(state: str, seq: int) -> Event:
        call = {"id": "c", "server": "lamp", "tool": "switch", "arguments": {}}
        known = {"id": "a", "session_id": "s0", "turn_id": "t", "call": call, "state": state}
        kind = "approval.requested" if state == "pending" else "approval.resolved"
        return event(kind, "s0", known | {"requested_at": NOW.isoformat(), "expires_at": NOW.isoformat()}, seq)

    state = after(roster(*many(1)), asks("pending", 11))
    assert state.items["s0"].asking == {"a"}
    assert after(state, asks("allowed", 12)).items["s0"].asking == set()
