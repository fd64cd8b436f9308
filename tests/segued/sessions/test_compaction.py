"""A conversation that outgrows its model is summarised before the turn, once at a time, and no turn is lost over it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from segue.errors import Conflict
from segue.events import CompressingEvent
from segue.models import Session, Summary
from segued.agent.prompt import estimate_tokens
from segued.config import Settings, load
from tests.model_server import ModelServer
from tests.segued.sessions.house import PATIENCE_SECONDS, House, Recorder, open_house

NOTES = [f"number {n} says that the lighthouse needs paint and some more rope" for n in range(60)]


def settings(**agent: Any) -> Settings:
    chat = {"context_tokens": 1000, "max_retries": 0} | agent
    return load(flags={"server": {"stop_grace_seconds": 0}, "agents": {"chat": chat}})


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    async with ModelServer() as server:
        yield server


@asynccontextmanager
async def house_of(folder: Path, server: ModelServer | None = None, **agent: Any) -> AsyncIterator[House]:
    """Open a house whose agent summarises with the server's model, and answers as the test says."""
    model = {"model": "openai:gpt-x", "base_url": server.url} if server else {}
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(open_house(folder, settings(**model | agent)))


async def noted(house: House) -> Session:
    session = await house.session()
    await house.post(session, *NOTES, respond=False)
    return session


async def summary_of(house: House, session: Session) -> Summary | None:
    return (await house.store.get_snapshot(house.ada, session.id, 1)).summary


def done(recorder: Recorder) -> bool:
    return "turn.completed" in recorder.types


async def test_before_a_turn_that_is_too_long_what_is_older_is_summarised(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        session = await noted(house)
        async with house.following(session) as window:
            await house.post(session, "and now?")
            question = await house.agent.asked()
            summary = question.prompt.summary
            assert summary is not None
            assert summary == window.state.summary if window.state else None
            assert 30 < summary.message_count < 60
            assert summary.tokens_after < summary.tokens_before
            assert (summary.tokens_source, summary.model_id) == ("estimate", "offline")
            assert estimate_tokens(summary.text) <= 125
            assert question.asked[-1] == "and now?"
            question.finish("paint")
            await window.until(done)
            assert window.types.index("turn.started") < window.types.index("context.compressed")
        assert len(await house.store.list_messages(house.ada, session.id, 500)) == 62


async def test_a_short_conversation_is_given_whole(house: House) -> None:
    session = await noted(house)
    await house.post(session, "and now?")
    question = await house.agent.asked()
    assert question.prompt.summary is None
    assert len(question.asked) == 61
    question.finish()


async def test_summaries_roll_on(tmp_path: Path) -> None:
    async with house_of(tmp_path, context_tokens=4000) as house:
        session = await noted(house)
        await house.post(session, *NOTES * 3, respond=False)
        await house.post(session, "first?")
        question = await house.agent.asked()
        first = question.prompt.summary
        question.finish("ok")
        await house.post(session, *NOTES * 4, respond=False)
        await house.post(session, "second?")
        question = await house.agent.asked()
        second = question.prompt.summary
        assert first
        assert second
        assert second.message_count > 240 > first.message_count
        assert second.text.count(" messages, ") == 2
        question.finish()


async def test_the_sessions_own_model_writes_it_and_every_window_is_told(tmp_path: Path, server: ModelServer) -> None:
    hold = asyncio.Event()
    server.say("Paint and rope.", pieces=2, hold=hold)
    async with house_of(tmp_path, server) as house:
        session = await noted(house)
        async with house.following(session) as window:
            await house.post(session, "and now?")
            await window.until(lambda w: isinstance(w.events[-1], CompressingEvent))
            hold.set()
            question = await house.agent.asked()
            assert question.prompt.summary
            assert (question.prompt.summary.text, question.prompt.summary.model_id) == (
                "Paint and rope.",
                "openai:gpt-x",
            )
            told = [e.data.active for e in window.events if isinstance(e, CompressingEvent)]
            assert told == [True, False]
            question.finish()


@pytest.mark.parametrize("how", ["refuse", "rubbish", "nothing"])
async def test_a_model_that_fails_costs_no_turn(tmp_path: Path, server: ModelServer, how: str) -> None:
    {"refuse": lambda: server.refuse(400), "rubbish": server.rubbish, "nothing": lambda: server.say("")}[how]()
    async with house_of(tmp_path, server) as house:
        session = await noted(house)
        await house.post(session, "and now?")
        question = await house.agent.asked()
        assert question.prompt.summary
        assert question.prompt.summary.model_id == "offline"
        question.finish()


async def test_a_model_that_keeps_silent_costs_no_turn(tmp_path: Path, server: ModelServer) -> None:
    server.silence()
    async with house_of(tmp_path, server, timeout_seconds=0.2) as house:
        session = await noted(house)
        await house.post(session, "and now?")
        question = await house.agent.asked()
        assert question.prompt.summary
        assert question.prompt.summary.model_id == "offline"
        question.finish()


async def test_asked_for_at_once_it_is_made_once(tmp_path: Path, server: ModelServer) -> None:
    hold = asyncio.Event()
    server.say("Paint and rope.", pieces=2, hold=hold)
    async with house_of(tmp_path, server) as house:
        session = await noted(house)
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(house.manager.compactor.compress(house.ada, session.id)) for _ in range(8)]
            await server.wait_for_requests(1)
            hold.set()
        assert {task.result().summary.text for task in asked if task.result().summary} == {"Paint and rope."}
        assert len(server.requests) == 1
        again = await house.manager.compactor.compress(house.ada, session.id)
        assert (again.changed, again.summary) == (False, asked[0].result().summary)


async def test_others_are_not_kept_waiting(tmp_path: Path, server: ModelServer) -> None:
    server.silence()
    server.say("Other paint.")
    async with house_of(tmp_path, server, timeout_seconds=PATIENCE_SECONDS) as house:
        first, second = await noted(house), await noted(house)
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(house.manager.compactor.compress(house.ada, first.id))
            await server.wait_for_requests(1)
            assert (await house.manager.compactor.compress(house.ada, second.id)).changed
            waiting.cancel()


async def test_who_asked_may_go_and_a_stopped_turn_takes_nothing_with_it(tmp_path: Path, server: ModelServer) -> None:
    hold = asyncio.Event()
    server.say("Paint and rope.", pieces=2, hold=hold)
    async with house_of(tmp_path, server) as house:
        session = await noted(house)
        async with house.following(session) as window:
            await house.post(session, "and now?")
            await server.wait_for_requests(1)
            (turn,) = await house.turns(session.id)
            assert (await house.manager.cancel_turn(house.ada, turn.id)).state == "cancelled"
            hold.set()
            await window.until(lambda w: "context.compressed" in w.types)


async def test_a_message_deleted_meanwhile_is_in_no_summary(tmp_path: Path, server: ModelServer) -> None:
    hold = asyncio.Event()
    server.say("secret", pieces=2, hold=hold)
    server.say("Rope.")
    async with house_of(tmp_path, server) as house:
        session = await noted(house)
        first = (await house.store.list_messages(house.ada, session.id, 1))[0]
        async with asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(house.manager.compactor.compress(house.ada, session.id))
            await server.wait_for_requests(1)
            await house.store.delete_message(house.ada, session.id, first.id)
            hold.set()
        summary = asked.result().summary
        assert summary
        assert summary.text == "Rope."
        assert NOTES[0] not in str(server.requests[-1].messages)


async def test_one_that_is_changed_again_and_again_is_a_conflict(tmp_path: Path, server: ModelServer) -> None:
    holds = [asyncio.Event() for _ in range(3)]
    for hold in holds:
        server.say("never", pieces=2, hold=hold)
    async with house_of(tmp_path, server) as house:
        session = await noted(house)
        messages = await house.store.list_messages(house.ada, session.id, 3)

        async def change() -> None:
            for number, hold in enumerate(holds):
                await server.wait_for_requests(number + 1)
                await house.store.update_message(house.ada, session.id, messages[number].id, "other")
                hold.set()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(change())
            with pytest.raises(Conflict):
                await house.manager.compactor.compress(house.ada, session.id)
        assert await summary_of(house, session) is None


async def test_a_daemon_that_stops_in_between_leaves_all_as_it_was(tmp_path: Path, server: ModelServer) -> None:
    server.silence()
    async with house_of(tmp_path, server, timeout_seconds=PATIENCE_SECONDS) as house:
        session = await noted(house)
        await house.post(session, "and now?")
        await server.wait_for_requests(1)
    server.say("Paint and rope.")
    async with house_of(tmp_path, server) as house:
        question = await house.agent.asked()
        assert question.prompt.summary
        assert question.prompt.summary.text == "Paint and rope."
        assert question.asked[-1] == "and now?"
        question.finish()


async def test_it_can_be_asked_for_while_a_turn_runs_and_covers_nothing_of_it(tmp_path: Path) -> None:
    async with house_of(tmp_path, context_tokens=32_000) as house:
        session = await noted(house)
        await house.post(session, "and now?", "and then?")
        question = await house.agent.asked()
        done = await house.manager.compactor.compress(house.ada, session.id)
        assert done.changed
        assert done.summary
        assert "and now?" not in done.summary.text
        assert done.summary.message_count < 60
        question.finish("later")
        question = await house.agent.asked()
        assert question.prompt.summary == done.summary
        question.finish()


async def test_switched_off_it_is_done_only_on_demand(tmp_path: Path) -> None:
    async with house_of(tmp_path, compact_at=0) as house:
        session = await noted(house)
        await house.post(session, "and now?")
        question = await house.agent.asked()
        assert question.prompt.summary is None
        question.finish()
        assert (await house.manager.compactor.compress(house.ada, session.id)).changed
