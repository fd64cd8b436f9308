"""The daemon stops while tools are used: people are asked again, and no call is made twice in silence."""

from __future__ import annotations

import asyncio
from pathlib import Path

from segued.agent.base import Asked
from segued.tools import Outcome
from tests.segued.sessions.house import Recorder, open_house
from tests.segued.sessions.lamp import Lamp, ask_for_the_lamp, ended, transcript, waiting


async def test_a_pending_approval_survives_any_number_of_restarts(tmp_path: Path) -> None:
    async with ask_for_the_lamp(tmp_path, saying="May I?") as scene:
        lamp, session = scene.lamp, scene.session
    for _ in range(3):
        async with open_house(tmp_path, tools=[lamp]) as house, house.following(session) as window:
            await window.until(waiting)
            await window.until(lambda w: w.state.turns[0].state == "running")
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


async def test_a_call_without_effects_is_made_again_and_both_are_told(tmp_path: Path) -> None:
    lamp = Lamp(read_only=True)
    window = await restarted_during(tmp_path, lamp)
    assert len(lamp.calls) == 2
    again = "Cut off, as the daemon stopped; it is called again."
    assert [text for _, text in transcript(window)] == ["light", again, "on", "ok"]
    assert window.state is not None
    cut_off, made_again = [m for m in window.state.messages if m.tool_call]
    assert (cut_off.status, made_again.status) == ("interrupted", "complete")
    assert cut_off.tool_call
    assert made_again.tool_call
    assert cut_off.tool_call.id != made_again.tool_call.id
    assert not window.state.tool_calls


async def test_what_the_model_reads_of_a_call_made_again_is_both_calls_of_one_step(tmp_path: Path) -> None:
    lamp = Lamp(read_only=True)
    lamp.outcome = None
    async with open_house(tmp_path, tools=[lamp]) as house:
        session = await house.session()
        await house.post(session, "light")
        (await house.agent.asked()).ask(Asked("lamp__switch", {}))
        await asyncio.wait_for(lamp.called.wait(), 20)
    async with open_house(tmp_path, tools=[lamp]) as house, house.following(session) as window:
        await window.until(lambda w: any(m.tool_call for m in w.state.messages) and w.state.tool_calls)
        assert window.state == await house.manager.snapshot(house.ada, session.id)
        (turn,) = await house.turns(session.id)
        assert [(c.step, c.state) for c in await house.store.list_tool_calls(turn.id)] == [
            (1, "interrupted"),
            (1, "running"),
        ]
        lamp.outcome = Outcome("on")
        question = await house.agent.asked()
        assert len(question.asked) == 3
        question.finish("ok")
        await window.until(lambda w: not w.state.turns)


async def test_a_call_that_brings_the_daemon_down_is_not_made_for_ever(tmp_path: Path) -> None:
    lamp = Lamp(read_only=True)
    lamp.outcome = None
    async with open_house(tmp_path, tools=[lamp]) as house:
        session = await house.session()
        await house.post(session, "light")
        (await house.agent.asked()).ask(Asked("lamp__switch", {}))
        await asyncio.wait_for(lamp.called.wait(), 20)
    for _ in range(2):
        lamp.called.clear()
        async with open_house(tmp_path, tools=[lamp]):
            await asyncio.wait_for(lamp.called.wait(), 20)
    async with open_house(tmp_path, tools=[lamp]) as house, house.following(session) as window:
        await window.until(lambda w: not w.state.turns)
        (turn,) = await house.turns(session.id)
        assert turn.error is not None
        assert (turn.state, turn.error.code, len(lamp.calls)) == ("interrupted", "interrupted_by_restart", 3)


async def test_a_call_with_effects_is_never_made_twice_in_silence(tmp_path: Path) -> None:
    lamp = Lamp()
    window = await restarted_during(tmp_path, lamp)
    assert len(lamp.calls) == 1
    assert [text for _, text in transcript(window)][1].startswith("Stopped before it was done")
    assert window.state is not None
    assert window.state.messages[-1].status == "interrupted"
