"""What tools an agent has, and what they are called."""

from __future__ import annotations

from pathlib import Path

from segue.models import CreateSchedule
from segued.agent.base import Asked
from segued.config import load
from segued.tools import Toolbox
from tests.segued.sessions.house import open_house
from tests.segued.sessions.lamp import SETTINGS, Lamp, ended


def test_tools_of_different_servers_never_share_a_name() -> None:
    tools = [Lamp("a b"), Lamp("a_b"), Lamp("search", server="segue"), Lamp("x" * 100), Lamp("x" * 101)]
    box = Toolbox.of(tools)
    assert len(box.tools) == 5
    assert {"lamp__a_b", "lamp__a_b_2", "search"} <= set(box.tools)
    assert all(len(name) <= 64 for name in box.tools)


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
            "schedule",
            "list_schedules",
            "unschedule",
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


async def test_the_agent_comes_back_to_what_it_was_asked_to(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "remind me tomorrow at nine of the keys")
            tomorrow = {"when": "tomorrow 9:00", "text": "the keys", "timezone": "Europe/Berlin"}
            (await house.agent.asked()).ask(
                Asked("schedule", tomorrow),
                Asked("schedule", {"when": "soon", "text": "x"}),
                Asked("schedule", tomorrow | {"kind": "nonsense"}),
                Asked("schedule", tomorrow | {"text": " "}),
            )
            question = await house.agent.asked()
            assert sum("09:00, Europe/Berlin), a reminder of ada: the keys" in text for text in question.asked) == 1
            for problem in ("“soon” is not understood", "there is no kind 'nonsense'", "Give 'text'"):
                assert sum(problem in text for text in question.asked) == 1
            question.ask(Asked("list_schedules", {}))
            question = await house.agent.asked()
            (told,) = [text for text in question.asked if text.startswith("- [")]
            question.ask(Asked("unschedule", {"id": told[3:11]}))
            (await house.agent.asked()).finish("done")
            await window.until(ended)
        assert not await house.manager.schedules.listed(house.ada, session.id, 10)


async def test_what_a_schedule_asked_for_schedules_nothing_more(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        session = await house.session()
        new = CreateSchedule(session_id=session.id, when="every day at 9", content="go on")
        schedule = await house.manager.schedules.add(house.ada, new)
        async with house.following(session) as window:
            await house.manager.schedules.run(house.ada, schedule.id)
            more = {"when": "in 1 minute", "text": "go on", "kind": "prompt"}
            (await house.agent.asked()).ask(Asked("schedule", more))
            question = await house.agent.asked()
            assert "a schedule asked for this answer, and may ask for no other" in question.asked[-1]
            question.finish("done")
            await window.until(ended)
        assert len(await house.manager.schedules.listed(house.ada, session.id, 10)) == 1
