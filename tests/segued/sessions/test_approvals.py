"""Calls that a person must allow: who is asked, whose answer counts, and how long it holds."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from segue.errors import ApprovalConflict, SessionNotFound
from segue.models import Account, AuditQuery, MemberChange, UpdateSession
from segued.agent.base import Asked
from segued.config import Settings, load
from tests.segued.sessions.house import open_house
from tests.segued.sessions.lamp import SETTINGS, Lamp, Scene, ask_for_the_lamp, ended, result_of, waiting


async def test_a_call_that_must_be_allowed_waits_for_a_person_and_then_runs(scene: Scene) -> None:
    house, window = scene.house, scene.window
    assert scene.lamp.calls == []
    async with house.following(scene.session) as late:
        await late.until(waiting)
        assert late.state is not None
        (approval,) = late.state.approvals
        assert (approval.call.tool, approval.call.arguments) == ("switch", {"room": "hall"})
        decided = await house.store.decide_approval(house.ada, approval.id, "allow", False)
        assert (decided.state, decided.decided_by, decided.interface) == ("allowed", "ada", "tui")
        await scene.finish("on")
        await late.until(ended)
        assert window.state == late.state == await house.manager.snapshot(house.ada, scene.session.id)
    assert len(scene.lamp.calls) == 1


async def test_the_first_answer_wins_and_the_second_is_told_whose_it_was(scene: Scene) -> None:
    house, (approval,) = scene.house, scene.approvals
    bob = await house.user("bob")
    await house.store.update_session(
        house.ada, scene.session.id, UpdateSession(members=(MemberChange(user_id=bob.user_id, role="writer"),))
    )
    await house.store.decide_approval(bob, approval.id, "deny", False)
    with pytest.raises(ApprovalConflict, match="bob has answered this already"):
        await house.store.decide_approval(house.ada, approval.id, "allow", False)
    assert (await result_of(scene.window)).content == "Not run: bob denied this call."
    await scene.finish("then not")
    assert scene.lamp.calls == []


async def test_a_bridge_passes_on_the_answer_of_a_guest(scene: Scene) -> None:
    house, (approval,) = scene.house, scene.approvals
    bridge = replace(house.ada, sees_all=True)
    cleo, dave = (Account(interface="irc", external_id=name) for name in ("1", "2"))
    for _ in range(2):
        decided = await house.store.decide_approval(bridge, approval.id, "allow", False, cleo, "cleo")
        assert (decided.decided_by, decided.user_id, decided.interface) == ("cleo", None, "irc")
    with pytest.raises(ApprovalConflict, match="cleo has answered this already"):
        await house.store.decide_approval(bridge, approval.id, "allow", False, dave, "dave")
    await scene.finish()
    assert len(scene.lamp.calls) == 1


async def test_what_waits_is_listed_for_who_sees_it_and_what_waited_where_it_is_wanted(scene: Scene) -> None:
    store, ada, (approval,) = scene.house.store, scene.house.ada, scene.approvals
    eve = await scene.house.user("eve")
    assert [a.id for a in await store.list_pending_approvals(ada, 5)] == [approval.id]
    await store.decide_approval(ada, approval.id, "deny", False)
    assert await store.list_pending_approvals(ada, 5) == ()
    (waited,) = await store.list_pending_approvals(ada, 5, True)
    assert (waited.id, waited.state, waited.session_title) == (approval.id, "denied", scene.session.title)
    assert await store.list_pending_approvals(eve, 5, True) == ()


async def test_a_stranger_cannot_allow_a_call(scene: Scene) -> None:
    stranger = await scene.house.user("eve")
    assert await scene.house.store.list_pending_approvals(stranger, 5) == ()
    with pytest.raises(Exception, match="there is no approval"):
        await scene.house.store.decide_approval(stranger, scene.approvals[0].id, "allow", False)
    with pytest.raises(SessionNotFound):
        await scene.house.store.list_approvals(stranger, scene.session.id, 10)


async def test_an_answer_that_is_remembered_holds_for_the_whole_session(tmp_path: Path) -> None:
    async with ask_for_the_lamp(tmp_path, {"n": 1}, {"n": 2}) as scene:
        house = scene.house
        await house.store.decide_approval(house.ada, scene.approvals[0].id, "allow", True)
        (await house.agent.asked()).ask(Asked("lamp__switch", {"n": 3}))
        await scene.finish()
        assert sorted(call["n"] for call in scene.lamp.calls) == [1, 2, 3]
        assert scene.window.state == await house.manager.snapshot(house.ada, scene.session.id)


async def test_what_was_denied_for_the_whole_session_asks_nobody_and_can_be_taken_back(scene: Scene) -> None:
    house, session, ada = scene.house, scene.session, scene.house.ada
    await house.store.decide_approval(ada, scene.approvals[0].id, "deny", True)
    (await house.agent.asked()).ask(Asked("lamp__switch", {"n": 2}))
    question = await house.agent.asked()
    assert question.asked[-1] == "Not run: an earlier answer denied this call."
    assert scene.window.types.count("approval.requested") == 1
    earlier = (await house.store.list_approvals(ada, session.id, 10))[-1]
    assert (earlier.state, earlier.decided_by, earlier.remembered) == ("denied", None, True)
    (held,) = await house.store.list_tool_permissions(ada, session.id)
    assert (held.server, held.tool, held.decision, held.decided_by) == ("lamp", "switch", "deny", "ada")
    for _ in range(2):
        await house.store.forget_tool_permission(ada, session.id, "lamp", "switch")
    assert await house.store.list_tool_permissions(ada, session.id) == ()
    page = await house.store.list_audit(ada, AuditQuery(action="approval"))
    assert [entry.action for entry in page.entries] == ["approval.forgotten", "approval.denied"]
    question.ask(Asked("lamp__switch", {"n": 3}))
    await scene.window.until(waiting)
    (again,) = await house.store.list_pending_approvals(ada, 5)
    await house.store.decide_approval(ada, again.id, "allow", False)
    await scene.finish()
    assert [call["n"] for call in scene.lamp.calls] == [3]
    assert scene.window.seqs == list(range(1, scene.window.seqs[-1] + 1))[-len(scene.window.seqs) :]
    assert scene.window.state == await house.manager.snapshot(ada, session.id)


async def test_a_call_expires_when_its_row_says_whatever_the_settings_say_now(tmp_path: Path) -> None:
    def waits_for(minutes: float) -> Settings:
        return load(flags=SETTINGS | {"sessions": {"approval_minutes": minutes}})

    async with ask_for_the_lamp(tmp_path, settings=waits_for(60)) as scene:
        lamp, session, (approval,) = scene.lamp, scene.session, scene.approvals
        (call,) = await scene.house.store.list_tool_calls(approval.turn_id)
        assert call.expires_at == approval.expires_at
    async with open_house(tmp_path, waits_for(0.0001), tools=[lamp]) as house, house.following(session) as window:
        await window.until(waiting)
        await window.until(lambda w: w.state.turns[0].attempt == 2)
        await asyncio.sleep(0.1)
        assert (await house.store.get_approval(house.ada, approval.id)).state == "pending"
    sent_back = "UPDATE approvals SET expires_at = requested_at WHERE id = ?"
    with closing(sqlite3.connect(tmp_path / "h.db")) as database, database:
        database.execute(sent_back, (approval.id,))
    async with open_house(tmp_path, waits_for(60), tools=[lamp]) as house, house.following(session) as window:
        question = await house.agent.asked()
        assert question.asked[-1] == "Not run: nobody allowed this call in time."
        question.finish("ok")
        await window.until(ended)


async def test_nobody_answers_and_the_call_is_denied(tmp_path: Path) -> None:
    lamp = Lamp(asks=True)
    settings = load(flags=SETTINGS | {"sessions": {"approval_minutes": 0.003, "turn_timeout_seconds": 5}})
    async with open_house(tmp_path, settings, tools=[lamp]) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "light")
            (await house.agent.asked()).ask(Asked("lamp__switch", {}))
            question = await house.agent.asked()
            assert question.asked[-1] == "Not run: nobody allowed this call in time."
            question.finish("ok")
            await window.until(ended)
            assert lamp.calls == []


async def test_waiting_for_a_person_takes_none_of_the_turns_time_and_no_place_of_others(tmp_path: Path) -> None:
    settings = load(flags=SETTINGS | {"sessions": {"turn_timeout_seconds": 0.5, "max_running_turns": 1}})
    async with ask_for_the_lamp(tmp_path, settings=settings) as scene:
        house = scene.house
        other = await house.session()
        async with house.following(other) as elsewhere:
            await house.post(other, "hello")
            (await house.agent.asked()).finish("hi")
            await elsewhere.until(ended)
        await asyncio.sleep(0.6)
        await house.store.decide_approval(house.ada, scene.approvals[0].id, "allow", False)
        await scene.finish("on")
        assert scene.window.types[-1] == "turn.completed"


async def test_a_cancelled_turn_withdraws_what_it_asked_for(scene: Scene) -> None:
    house, session = scene.house, scene.session
    (turn,) = await house.turns(session.id)
    await house.manager.cancel_turn(house.ada, turn.id)
    (approval,) = await house.store.list_approvals(house.ada, session.id, 10)
    assert approval.state == "withdrawn"
    assert scene.window.state == await house.manager.snapshot(house.ada, session.id)
