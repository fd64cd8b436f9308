"""Tools in turns: calls and results are in the session for all to see, people allow what must be allowed, and a call is
never made twice in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from segue.errors import ApprovalConflict, SessionNotFound
from segue.models import Account, ForkSession, MemberChange, Message, UpdateSession
from segued.agent.base import Asked
from segued.config import load
from segued.tools import Outcome, Toolbox
from tests.segued.sessions.house import Recorder, open_house
from tests.segued.store.sqlite.files import query


class Lamp:
    """A tool of a test: every call lands in `calls`, and is answered when the test says so."""

    parameters: Mapping[str, Any] = {"type": "object", "properties": {}, "required": []}

    def __init__(
        self, name: str = "switch", *, read_only: bool = False, asks: bool = False, server: str = "lamp"
    ) -> None:
        self.server = server
        self.name = name
        self.description = "Switches the lamp."
        self.read_only = read_only
        self.asks = asks
        self.calls: list[Mapping[str, Any]] = []
        self.stopped = 0
        self.outcome: Outcome | Exception | None = Outcome("on")
        self.called = asyncio.Event()

    async def call(self, arguments: Mapping[str, Any], session_id: str) -> Outcome:
        self.calls.append(arguments)
        self.called.set()
        try:
            while self.outcome is None:
                await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


SETTINGS = {"server": {"stop_grace_seconds": 0}}


def ended(recorder: Recorder) -> bool:
    return any(
        kind in ("turn.completed", "turn.failed", "turn.cancelled", "turn.interrupted") for kind in recorder.types
    )


def transcript(recorder: Recorder) -> list[tuple[str, str]]:
    assert recorder.state is not None
    return [(m.role, m.content) for m in recorder.state.messages]


def waiting(recorder: Recorder) -> bool:
    return bool(recorder.state and recorder.state.approvals)


async def result_of(recorder: Recorder) -> Message:
    await recorder.until(lambda w: any(m.tool_call for m in w.state.messages))
    assert recorder.state is not None
    return next(m for m in recorder.state.messages if m.tool_call)


async def test_a_tools_call_and_result_are_in_the_session_and_before_the_model(tmp_path: Path) -> None:
    lamp = Lamp()
    async with open_house(tmp_path, tools=[lamp]) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "light, please")
            question = await house.agent.asked()
            assert "lamp__switch" in question.prompt.toolbox.tools
            question.ask(Asked("lamp__switch", {"room": "hall"}), saying="Let me see.")
            question = await house.agent.asked()
            assert question.asked == ["light, please", "Let me see.", "on"]
            assert question.prompt.present == 3
            question.finish("It is on.")
            await window.until(ended)
            assert lamp.calls == [{"room": "hall"}]
            assert transcript(window) == [
                ("user", "light, please"),
                ("assistant", "Let me see."),
                ("tool", "on"),
                ("assistant", "It is on."),
            ]
            result = await result_of(window)
            assert result.tool_call is not None
            assert (result.sender, result.tool_call.server, result.tool_call.arguments) == (
                "switch",
                "lamp",
                {"room": "hall"},
            )
            kinds = [kind for kind in window.types if kind.startswith(("tool", "message.c"))]
            assert kinds == [
                "message.created",
                "message.created",
                "tool.called",
                "message.created",
                "tool.finished",
                "message.created",
            ]
            assert window.state == await house.manager.snapshot(house.ada, session.id)
            (turn,) = await house.turns(session.id)
            assert turn.usage is not None
            assert (turn.state, turn.usage.output_tokens) == ("completed", 4)


async def test_calls_that_come_together_run_side_by_side(tmp_path: Path) -> None:
    one, two = Lamp("one"), Lamp("two")
    one.outcome = two.outcome = None
    async with open_house(tmp_path, tools=[one, two]) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "both")
            (await house.agent.asked()).ask(Asked("lamp__one", {}), Asked("lamp__two", {}))
            await asyncio.wait_for(one.called.wait(), 20)
            await asyncio.wait_for(two.called.wait(), 20)
            await window.until(lambda w: len(w.state.tool_calls) == 2)
            two.outcome = Outcome("2")
            await result_of(window)
            one.outcome = Outcome("1")
            question = await house.agent.asked()
            assert question.asked == ["both", "2", "1"]
            question.finish("done")
            await window.until(ended)


@pytest.mark.parametrize("what", ["fails", "breaks", "is slow", "is unknown", "is asked wrong"])
async def test_what_goes_wrong_is_told_to_the_model_and_the_turn_goes_on(tmp_path: Path, what: str) -> None:
    lamp = Lamp()
    lamp.outcome = {
        "fails": Outcome("no bulb", failed=True),
        "breaks": RuntimeError("boom"),
        "is slow": None,
    }.get(what, Outcome("on"))
    asked = {
        "is unknown": Asked("lamp__explode", {}),
        "is asked wrong": Asked("lamp__switch", {}, wrong="not JSON"),
    }.get(what, Asked("lamp__switch", {}))
    expected = {
        "fails": "no bulb",
        "breaks": "The tool broke",
        "is slow": "No answer within",
        "is unknown": "There is no tool",
        "is asked wrong": "There is no tool",
    }[what]
    settings = load(flags=SETTINGS | {"sessions": {"tool_timeout_seconds": 0.2}})
    async with open_house(tmp_path, settings, tools=[lamp]) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "light")
            (await house.agent.asked()).ask(asked)
            question = await house.agent.asked()
            assert question.asked[-1].startswith(expected)
            question.finish("sorry")
            await window.until(ended)
            assert (await result_of(window)).is_error
            assert window.types[-1] == "turn.completed"
            assert bool(lamp.calls) == (what in ("fails", "breaks", "is slow"))


async def test_a_long_result_is_kept_up_to_the_length_of_a_message(tmp_path: Path) -> None:
    lamp = Lamp()
    lamp.outcome = Outcome("ü" * 3000)
    settings = load(flags=SETTINGS | {"sessions": {"max_message_bytes": 2048}})
    async with open_house(tmp_path, settings, tools=[lamp]) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "light")
            (await house.agent.asked()).ask(Asked("lamp__switch", {}))
            result = await result_of(window)
            assert len(result.content.encode()) <= 2048
            assert "it had 6000 bytes" in result.content
            (await house.agent.asked()).finish("ok")
            await window.until(ended)


async def test_cancelling_a_turn_cancels_its_calls_and_says_so(tmp_path: Path) -> None:
    lamp = Lamp()
    lamp.outcome = None
    async with open_house(tmp_path, tools=[lamp]) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "light")
            (await house.agent.asked()).ask(Asked("lamp__switch", {}))
            await asyncio.wait_for(lamp.called.wait(), 20)
            (turn,) = await house.turns(session.id)
            cancelled = await house.manager.cancel_turn(house.ada, turn.id)
            assert (cancelled.state, lamp.stopped) == ("cancelled", 1)
            result = await result_of(window)
            assert result.status == "cancelled"
            assert window.state == await house.manager.snapshot(house.ada, session.id)
            assert window.state is not None
            assert not window.state.tool_calls


async def test_a_model_that_never_comes_to_an_answer_is_stopped(tmp_path: Path) -> None:
    settings = load(flags=SETTINGS | {"agents": {"chat": {"max_steps": 2}}})
    async with open_house(tmp_path, settings, tools=[Lamp()]) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "light")
            for _ in range(3):
                (await house.agent.asked()).ask(Asked("lamp__switch", {}))
            await window.until(ended)
            (turn,) = await house.turns(session.id)
            assert turn.error is not None
            assert turn.error.code == "too_many_steps"


async def test_a_line_handed_to_the_turn_is_read_with_the_next_results(tmp_path: Path) -> None:
    lamp = Lamp()
    lamp.outcome = None
    async with open_house(tmp_path, tools=[lamp]) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "light")
            (await house.agent.asked()).ask(Asked("lamp__switch", {}))
            await asyncio.wait_for(lamp.called.wait(), 20)
            await house.post(session, "only the hall", mode="steer")
            lamp.outcome = Outcome("on")
            question = await house.agent.asked()
            assert question.asked == ["light", "on", "only the hall"]
            question.finish("ok")
            await window.until(ended)
            assert len(await house.turns(session.id)) == 1


# --- approvals


async def test_a_call_that_must_be_allowed_waits_for_a_person_and_then_runs(tmp_path: Path) -> None:
    lamp = Lamp(asks=True)
    async with open_house(tmp_path, tools=[lamp]) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "light")
            (await house.agent.asked()).ask(Asked("lamp__switch", {"room": "hall"}))
            await window.until(waiting)
            assert lamp.calls == []
            async with house.following(session) as late:
                await late.until(waiting)
                assert late.state is not None
                (approval,) = late.state.approvals
                assert (approval.call.tool, approval.call.arguments) == ("switch", {"room": "hall"})
                decided = await house.store.decide_approval(house.ada, approval.id, "allow", False)
                assert (decided.state, decided.decided_by, decided.interface) == ("allowed", "ada", "tui")
                (await house.agent.asked()).finish("on")
                await window.until(ended)
                await late.until(ended)
                fresh = await house.manager.snapshot(house.ada, session.id)
                assert window.state == late.state == fresh
            assert len(lamp.calls) == 1


async def test_the_first_answer_wins_and_the_second_is_told_whose_it_was(tmp_path: Path) -> None:
    lamp = Lamp(asks=True)
    async with open_house(tmp_path, tools=[lamp]) as house:
        session = await house.session()
        bob = await house.user("bob")
        await house.store.update_session(
            house.ada, session.id, UpdateSession(members=(MemberChange(user_id=bob.user_id, role="writer"),))
        )
        async with house.following(session) as window:
            await house.post(session, "light")
            (await house.agent.asked()).ask(Asked("lamp__switch", {}))
            await window.until(waiting)
            assert window.state is not None
            (approval,) = window.state.approvals
            await house.store.decide_approval(bob, approval.id, "deny", False)
            with pytest.raises(ApprovalConflict, match="bob has answered this already"):
                await house.store.decide_approval(house.ada, approval.id, "allow", False)
            assert (await result_of(window)).content == "Not run: bob denied this call."
            (await house.agent.asked()).finish("then not")
            await window.until(ended)
            assert lamp.calls == []


async def test_a_bridge_passes_on_the_answer_of_a_guest(tmp_path: Path) -> None:
    lamp = Lamp(asks=True)
    async with open_house(tmp_path, tools=[lamp]) as house:
        session = await house.session()
        bridge = replace(house.ada, sees_all=True)
        async with house.following(session) as window:
            await house.post(session, "light")
            (await house.agent.asked()).ask(Asked("lamp__switch", {}))
            await window.until(waiting)
            assert window.state is not None
            (approval,) = window.state.approvals
            assert [a.id for a in await house.store.list_pending_approvals(house.ada, 5)] == [approval.id]
            assert await house.store.list_pending_approvals(await house.user("eve"), 5) == ()
            cleo, dave = (Account(interface="irc", external_id=name) for name in ("1", "2"))
            for _ in range(2):
                decided = await house.store.decide_approval(bridge, approval.id, "allow", False, cleo, "cleo")
                assert (decided.decided_by, decided.user_id, decided.interface) == ("cleo", None, "irc")
            with pytest.raises(ApprovalConflict, match="cleo has answered this already"):
                await house.store.decide_approval(bridge, approval.id, "allow", False, dave, "dave")
            (await house.agent.asked()).finish("done")
            await window.until(ended)
            assert len(lamp.calls) == 1


async def test_a_stranger_cannot_allow_a_call(tmp_path: Path) -> None:
    async with open_house(tmp_path, tools=[Lamp(asks=True)]) as house:
        session = await house.session()
        stranger = await house.user("eve")
        async with house.following(session) as window:
            await house.post(session, "light")
            (await house.agent.asked()).ask(Asked("lamp__switch", {}))
            await window.until(waiting)
            assert window.state is not None
            (approval,) = window.state.approvals
            with pytest.raises(Exception, match="there is no approval"):
                await house.store.decide_approval(stranger, approval.id, "allow", False)
            with pytest.raises(SessionNotFound):
                await house.store.list_approvals(stranger, session.id, 10)


async def test_an_answer_that_is_remembered_holds_for_the_whole_session(tmp_path: Path) -> None:
    lamp = Lamp(asks=True)
    async with open_house(tmp_path, tools=[lamp]) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "light")
            (await house.agent.asked()).ask(Asked("lamp__switch", {"n": 1}), Asked("lamp__switch", {"n": 2}))
            await window.until(lambda w: len(w.state.approvals) == 2)
            assert window.state is not None
            await house.store.decide_approval(house.ada, window.state.approvals[0].id, "allow", True)
            (await house.agent.asked()).ask(Asked("lamp__switch", {"n": 3}))
            (await house.agent.asked()).finish("done")
            await window.until(ended)
            assert sorted(call["n"] for call in lamp.calls) == [1, 2, 3]
            assert window.state == await house.manager.snapshot(house.ada, session.id)


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
    flags = {"sessions": {"turn_timeout_seconds": 0.5, "max_running_turns": 1}}
    async with open_house(tmp_path, load(flags=SETTINGS | flags), tools=[Lamp(asks=True)]) as house:
        session, other = await house.session(), await house.session()
        async with house.following(session) as window, house.following(other) as elsewhere:
            await house.post(session, "light")
            (await house.agent.asked()).ask(Asked("lamp__switch", {}))
            await window.until(waiting)
            await house.post(other, "hello")
            (await house.agent.asked()).finish("hi")
            await elsewhere.until(ended)
            await asyncio.sleep(0.6)
            assert window.state is not None
            await house.store.decide_approval(house.ada, window.state.approvals[0].id, "allow", False)
            (await house.agent.asked()).finish("on")
            await window.until(ended)
            assert window.types[-1] == "turn.completed"


async def test_a_cancelled_turn_withdraws_what_it_asked_for(tmp_path: Path) -> None:
    async with open_house(tmp_path, tools=[Lamp(asks=True)]) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "light")
            (await house.agent.asked()).ask(Asked("lamp__switch", {}))
            await window.until(waiting)
            (turn,) = await house.turns(session.id)
            await house.manager.cancel_turn(house.ada, turn.id)
            (approval,) = await house.store.list_approvals(house.ada, session.id, 10)
            assert approval.state == "withdrawn"
            assert window.state == await house.manager.snapshot(house.ada, session.id)


# --- restarts


async def test_a_pending_approval_survives_a_restart(tmp_path: Path) -> None:
    lamp = Lamp(asks=True)
    async with open_house(tmp_path, tools=[lamp]) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "light")
            (await house.agent.asked()).ask(Asked("lamp__switch", {}), saying="May I?")
            await window.until(waiting)
    async with open_house(tmp_path, tools=[lamp]) as house, house.following(session) as window:
        await window.until(waiting)
        assert window.state is not None
        await house.store.decide_approval(house.ada, window.state.approvals[0].id, "allow", False)
        question = await house.agent.asked()
        assert question.asked == ["light", "May I?", "on"]
        question.finish("Now it is on.")
        await window.until(ended)
        assert len(lamp.calls) == 1
        assert [text for _, text in transcript(window)] == ["light", "May I?", "on", "Now it is on."]


async def restarted_during(tmp_path: Path, lamp: Lamp) -> Recorder:
    """Return what a window saw of a turn whose daemon stopped while the lamp was being switched."""
    lamp.outcome = None
    async with open_house(tmp_path, tools=[lamp]) as house:
        session = await house.session()
        await house.post(session, "light")
        (await house.agent.asked()).ask(Asked("lamp__switch", {}))
        await asyncio.wait_for(lamp.called.wait(), 20)
    lamp.outcome = Outcome("on")
    async with open_house(tmp_path, tools=[lamp]) as house, house.following(session) as window:
        if lamp.read_only:
            (await house.agent.asked()).finish("ok")
        await window.until(lambda w: w.state is not None and not w.state.turns)
        return window


async def test_a_call_without_effects_is_made_again_after_a_restart(tmp_path: Path) -> None:
    lamp = Lamp(read_only=True)
    window = await restarted_during(tmp_path, lamp)
    assert len(lamp.calls) == 2
    assert [text for _, text in transcript(window)] == ["light", "on", "ok"]


async def test_a_call_with_effects_is_never_made_twice_in_silence(tmp_path: Path) -> None:
    lamp = Lamp()
    window = await restarted_during(tmp_path, lamp)
    assert len(lamp.calls) == 1
    assert [text for _, text in transcript(window)][1].startswith("Stopped before it was done")
    assert window.state is not None
    assert window.state.messages[-1].status == "interrupted"


# --- names


def test_tools_of_different_servers_never_share_a_name() -> None:
    tools = [Lamp("a b"), Lamp("a_b"), Lamp("search", server="segue"), Lamp("x" * 100), Lamp("x" * 101)]
    box = Toolbox.of(tools)
    assert len(box.tools) == 5
    assert {"lamp__a_b", "lamp__a_b_2", "search"} <= set(box.tools)
    assert all(len(name) <= 64 for name in box.tools)


async def test_deleting_a_tools_result_takes_what_it_was_asked_out_of_the_log(tmp_path: Path) -> None:
    async with open_house(tmp_path, tools=[Lamp()]) as own:
        session = await own.session()
        async with own.following(session) as window:
            await own.post(session, "light")
            (await own.agent.asked()).ask(Asked("lamp__switch", {"room": "the secret one"}))
            (await own.agent.asked()).finish("ok")
            await window.until(ended)
            result = await result_of(window)
            await own.store.delete_message(own.ada, session.id, result.id)
            events = await own.store.list_events(session.id, 0, 500)
            assert not any("secret" in event.model_dump_json() for event in events)


async def test_an_agent_has_the_tools_that_its_settings_name(tmp_path: Path) -> None:
    settings = load(flags=SETTINGS | {"agents": {"chat": {"tools": ["segue"]}, "bare": {"tools": []}}})
    async with open_house(tmp_path, settings) as house:
        session = await house.session(project_id="p")
        await house.post(session, "hello")
        question = await house.agent.asked()
        assert set(question.prompt.toolbox.tools) == {
            "search",
            "current_time",
            "list_related_sessions",
            "recall",
            "remember",
        }
        question.finish("hi")
        await house.post(await house.session(agent_name="bare"), "hello")
        question = await house.agent.asked()
        assert not question.prompt.toolbox.tools
        question.finish("hi")


async def test_the_agent_remembers_and_recalls_with_its_tools(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        session, other = await house.session(project_id="p"), await house.session(project_id="p")
        async with house.following(session) as window:
            await house.post(session, "we deploy on Friday")
            (await house.agent.asked()).ask(Asked("remember", {"key": "deploy-day", "value": "We deploy on Friday."}))
            (await house.agent.asked()).finish("noted")
            await window.until(ended)
        async with house.following(other) as window:
            await house.post(other, "when?")
            (await house.agent.asked()).ask(Asked("recall", {"about": "deploy"}))
            question = await house.agent.asked()
            assert "deploy-day: We deploy on Friday." in question.asked[-1]
            question.finish("on Friday")
            await window.until(ended)
            assert window.state is not None
            assert [entry.memory_key for entry in window.state.context] == ["deploy-day"]


async def test_who_deletes_a_copied_result_leaves_the_call_that_was_made_elsewhere(tmp_path: Path) -> None:
    async with open_house(tmp_path, tools=[Lamp()]) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "light, please")
            (await house.agent.asked()).ask(Asked("lamp__switch", {"room": "hall"}))
            (await house.agent.asked()).finish("It is on.")
            await window.until(ended)
        copy = await house.store.fork_session(house.ada, session.id, ForkSession())
        (result,) = [m for m in await house.store.list_messages(house.ada, copy.id, 50) if m.tool_call]
        await house.store.delete_message(house.ada, copy.id, result.id)
    assert query(tmp_path / "h.db", "SELECT arguments FROM tool_calls") == [('{"room": "hall"}',)]
