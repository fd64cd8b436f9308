"""Tools in turns: calls and results are in the session for all to see, and what goes wrong is told to the model."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from segue.models import ForkSession
from segued.agent.base import Asked
from segued.config import load
from segued.tools import Outcome
from tests.segued.sessions.house import open_house
from tests.segued.sessions.lamp import SETTINGS, Lamp, ended, result_of, transcript
from tests.segued.store.sqlite.files import query


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
