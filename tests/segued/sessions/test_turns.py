"""A turn has one owner and ends once, and what was said is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from segue.errors import TurnConflict
from segue.events import DeltaEvent
from segue.models import MemberChange, UpdateSession
from segued.agent.base import AgentError
from segued.config import load
from segued.store.base import Actor
from tests.segued.sessions.house import House, Recorder, open_house


def ended(state: str):  # type: ignore[no-untyped-def]
    return lambda recorder: f"turn.{state}" in recorder.types


def messages(recorder: Recorder) -> list[tuple[str, str]]:
    assert recorder.state is not None
    return [(m.content, m.status) for m in recorder.state.messages]


async def test_an_answer_streams_and_becomes_a_message(house: House) -> None:
    session = await house.session()
    async with house.following(session) as window:
        await house.post(session, "hello")
        question = await house.agent.asked()
        question.say("Hi ")
        await window.until(lambda w: w.said == "Hi ")
        question.finish("there")
        await window.until(ended("completed"))
        assert messages(window) == [("hello", "complete"), ("Hi there", "complete")]
        assert [t for t in window.types if t.startswith(("message.c", "turn"))] == [
            "message.created", "turn.queued", "turn.started", "message.created", "turn.completed",
        ]  # fmt: skip


async def test_deltas_say_where_they_start_and_fast_pieces_come_together(house: House) -> None:
    session = await house.session()
    async with house.following(session) as window:
        await house.post(session, "hello")
        (await house.agent.asked()).finish(*(["word "] * 2000))
        await window.until(ended("completed"))
        deltas = [e.data for e in window.events if isinstance(e, DeltaEvent)]
        text = ""
        for delta in deltas:
            assert delta.offset == len(text)
            text += delta.text
        assert text == "word " * 2000
        assert len(deltas) < 200


async def test_waiting_messages_are_answered_in_order_each_on_what_came_before(house: House) -> None:
    session = await house.session()
    async with house.following(session) as window:
        await house.post(session, "one", "two")
        first = await house.agent.asked()
        assert first.asked == ["one"]
        first.finish("1")
        second = await house.agent.asked()
        assert second.asked == ["one", "1", "two"]
        second.finish("2")
        await window.until(lambda w: w.types.count("turn.completed") == 2)


async def test_sessions_are_answered_side_by_side_up_to_the_limit(tmp_path: Path) -> None:
    settings = load(flags={"sessions": {"max_running_turns": 2}, "server": {"stop_grace_seconds": 0}})
    async with open_house(tmp_path, settings) as house:
        sessions = [await house.session() for _ in range(3)]
        for session in sessions:
            await house.post(session, "hello")
        running = [await house.agent.asked(), await house.agent.asked()]
        assert house.agent.questions.empty()
        assert (await house.store.get_stats()).turns_queued == 1
        running[0].finish("done")
        (await house.agent.asked()).finish("done")
        running[1].finish("done")


async def test_a_steering_message_is_answered_by_the_turn_that_runs(house: House) -> None:
    session = await house.session()
    async with house.following(session) as window:
        await house.post(session, "question")
        first = await house.agent.asked()
        first.say("part")
        await house.post(session, "no, rather this", mode="steer")
        first.finish(" one")
        second = await house.agent.asked()
        assert second.asked == ["question", "part one", "no, rather this"]
        second.finish("part two")
        await window.until(ended("completed"))
        assert [text for text, _ in messages(window)] == ["question", "no, rather this", "part one", "part two"]
        assert len(await house.turns(session.id)) == 1


async def test_an_interrupting_message_stops_the_turn_and_is_answered_next(house: House) -> None:
    session = await house.session()
    async with house.following(session) as window:
        await house.post(session, "question")
        first = await house.agent.asked()
        first.say("a long answ")
        await window.until(lambda w: w.said == "a long answ")
        await house.post(session, "stop, this", mode="interrupt")
        second = await house.agent.asked()
        assert first.stopped.is_set()
        second.finish("fine")
        await window.until(ended("completed"))
        assert ("a long answ", "interrupted") in messages(window)
        assert [t.state for t in await house.turns(session.id)] == ["interrupted", "completed"]


async def test_a_cancelled_turn_keeps_what_was_said_and_stops_the_agent(house: House) -> None:
    session = await house.session()
    async with house.following(session) as window:
        await house.post(session, "question")
        question = await house.agent.asked()
        question.say("so far")
        await window.until(lambda w: w.said == "so far")
        (turn,) = await house.turns(session.id)
        cancelled = await house.manager.cancel_turn(house.ada, turn.id)
        assert cancelled.state == "cancelled"
        assert question.stopped.is_set()
        await window.until(ended("cancelled"))
        assert messages(window)[-1] == ("so far", "cancelled")
        with pytest.raises(TurnConflict):
            await house.manager.cancel_turn(house.ada, turn.id)


async def test_a_queued_turn_can_be_cancelled_or_withdrawn_with_its_question(house: House) -> None:
    session = await house.session()
    async with house.following(session) as window:
        await house.post(session, "first", "second", "third")
        question = await house.agent.asked()
        _, second, third = await house.turns(session.id)
        await house.manager.cancel_turn(house.ada, second.id)
        await house.store.cancel_turn(house.ada, third.id, withdraw=True)
        question.finish("answer")
        await window.until(ended("completed"))
        assert [text for text, _ in messages(window)] == ["first", "second", "answer"]
        assert house.agent.questions.empty()


async def test_a_failure_keeps_the_text_says_why_and_can_be_tried_again(house: House) -> None:
    session = await house.session()
    async with house.following(session) as window:
        await house.post(session, "question")
        question = await house.agent.asked()
        question.say("half an ans")
        question.fail(AgentError("model_stream_cut", "the model stopped in the middle: retry"))
        await window.until(ended("failed"))
        assert messages(window)[-1] == ("half an ans", "failed")
        (turn,) = await house.turns(session.id)
        assert turn.error is not None
        assert turn.error.code == "model_stream_cut"
        again = await house.store.retry_turn(house.ada, turn.id)
        assert again.retry_of == turn.id
        second = await house.agent.asked()
        assert second.asked == ["question"]
        second.finish("whole")
        await window.until(ended("completed"))


@pytest.mark.parametrize("error", [RuntimeError("a bug"), TimeoutError(), ValueError()])
async def test_an_agent_that_breaks_fails_its_turn_and_nothing_else(house: House, error: Exception) -> None:
    session = await house.session()
    async with house.following(session) as window:
        await house.post(session, "one", "two")
        (await house.agent.asked()).fail(error)
        (await house.agent.asked()).finish("still here")
        await window.until(ended("completed"))
        failed, _ = await house.turns(session.id)
        assert failed.error is not None
        assert failed.error.code == "agent_broke"
        assert "a bug" not in failed.error.message


async def test_a_turn_that_takes_too_long_fails_with_what_was_said(tmp_path: Path) -> None:
    settings = load(flags={"sessions": {"turn_timeout_seconds": 0.2}, "server": {"stop_grace_seconds": 0}})
    async with open_house(tmp_path, settings) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "question")
            (await house.agent.asked()).say("so far")
            await window.until(ended("failed"))
            (turn,) = await house.turns(session.id)
            assert turn.error is not None
            assert turn.error.code == "turn_timeout"
            assert messages(window)[-1] == ("so far", "failed")


async def test_a_turn_that_was_running_is_taken_up_by_the_next_start(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "question", "and another")
            (await house.agent.asked()).say("half")
            await window.until(lambda w: w.said == "half")
    async with open_house(tmp_path) as house, house.following(session) as window:
        question = await house.agent.asked()
        assert question.asked == ["question"]
        question.finish("whole")
        (await house.agent.asked()).finish("another")
        await window.until(lambda w: w.types.count("turn.completed") == 2)
        first, second = await house.turns(session.id)
        assert (first.attempt, second.attempt) == (2, 1)
        assert [text for text, _ in messages(window)] == ["question", "and another", "whole", "another"]


async def test_a_turn_that_never_survives_is_given_up_with_what_was_said(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        session = await house.session()
        await house.post(session, "question")
        (await house.agent.asked()).say("half")
        async with house.following(session) as window:
            await window.until(lambda w: w.said == "half")
    for _ in range(2):
        async with open_house(tmp_path) as house:
            await house.agent.asked()
    async with open_house(tmp_path) as house, house.following(session) as window:
        await window.until(lambda w: not w.state.turns)
        (turn,) = await house.turns(session.id)
        assert (turn.state, turn.attempt) == ("interrupted", 4)
        assert turn.error is not None
        assert messages(window)[-1] == ("half", "interrupted")
        assert house.agent.questions.empty()


async def test_deleting_a_session_stops_its_turn(house: House) -> None:
    session = await house.session()
    await house.post(session, "question")
    question = await house.agent.asked()
    await house.store.delete_session(house.ada, session.id)
    await question.stopped.wait()
    other = await house.session()
    await house.post(other, "still there?")
    (await house.agent.asked()).finish("yes")


async def test_who_answers_is_decided_by_the_message_and_the_session(house: House) -> None:
    session = await house.session(reply="mention")
    async with house.following(session) as window:
        await house.post(session, "to nobody", "mail@chat.org", "hey @Chat, you?")
        await house.post(session, "quietly @chat", respond=False)
        (await house.agent.asked()).finish("yes?")
        await window.until(ended("completed"))
        await house.manager.update_session(house.ada, session.id, UpdateSession(reply="never"))
        await house.post(session, "@chat hello?")
        await house.post(session, "but this", respond=True)
        question = await house.agent.asked()
        assert question.asked[-1] == "but this"
        question.finish("ok")
        await window.until(lambda w: w.types.count("turn.completed") == 2)
        assert len(await house.turns(session.id)) == 2


async def test_other_sessions_are_searched_only_where_no_one_else_reads_the_answer(house: House) -> None:
    other = await house.session(reply="never")
    await house.post(other, "secret cats")
    session = await house.session()
    await house.post(session, "public cats", respond=False)

    async def found() -> set[str]:
        await house.post(session, "search")
        question = await house.agent.asked()
        question.finish()
        return {hit.message.content for hit in await question.prompt.search("cats")}

    assert await found() == {"secret cats", "public cats"}
    await house.store.update_binding(house.ada, "discord", "channel", session.id, "live")
    assert await found() == {"public cats"}
    await house.store.delete_binding(house.ada, "discord", "channel")
    bob = await house.user("bob")
    members = UpdateSession(members=(MemberChange(user_id=bob.user_id, role="reader"),))
    await house.manager.update_session(house.ada, session.id, members)
    assert await found() == {"public cats"}


async def test_a_guests_question_searches_the_session_that_it_is_asked_in_and_no_other(house: House) -> None:
    other = await house.session(reply="never")
    await house.post(other, "secret cats")
    session = await house.session()
    await house.post(session, "public cats", respond=False)
    guest = Actor(None, "guest", "discord", sees_all=True)
    await house.post(session, "search cats", by=guest)
    question = await house.agent.asked()
    found = await question.prompt.search("public")
    question.finish()
    assert (await house.turns(session.id))[0].user_id is None
    assert {hit.message.content for hit in found} == {"public cats"}
    assert not await question.prompt.search("secret")


async def test_what_interrupts_is_answered_before_what_waited(house: House) -> None:
    session = await house.session()
    await house.post(session, "first", "second")
    await house.agent.asked()
    await house.post(session, "now this", mode="interrupt")
    urgent = await house.agent.asked()
    assert urgent.asked == ["first", "now this"]
    urgent.finish("done")
    assert (await house.agent.asked()).asked[-1] == "second"
