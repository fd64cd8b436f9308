from __future__ import annotations

import pytest

from segue.errors import MessageNotFound, TurnConflict, TurnNotFound
from segue.models import Place, Session, Turn, TurnError, TurnId, Usage
from segued.store.base import TurnEnd
from tests.segued.store.drivers import Driver, Home, members, open_home


async def of(home: Home, session: Session) -> dict[str, Turn]:
    """Return the session's turns by the content of what they answer."""
    turns = await home.store.list_turns(home.ada, session.id, 100)
    said = {m.id: m.content for m in await home.store.list_messages(home.admin, session.id, 500)}
    return {said.get(turn.message_id or "", ""): turn for turn in turns}  # type: ignore[call-overload]


async def test_turns_are_taken_in_the_order_they_were_asked_for(home: Home) -> None:
    session = await home.session()
    for content in "abc":
        await home.post(session, content, respond=True)
    answered = []
    while turn := await home.store.start_turn(session.id):
        assert (turn.state, turn.attempt) == ("running", 1)
        answered.append(turn.message_id)
        await home.answer(turn)
    assert await home.store.list_open_sessions() == ()
    assert answered == [turn.message_id for turn in (await of(home, session)).values()]
    assert await home.messages(session) == ["a", "b", "c", "because", "because", "because"]


async def test_an_answer_and_the_end_of_its_turn_are_one_step(home: Home) -> None:
    session = await home.session()
    turn = await home.running(session)
    usage = Usage(input_tokens=5, output_tokens=7)
    ended = await home.store.end_turn(
        turn.id, TurnEnd("completed", "42", usage=usage, model_id="m", response_time_ms=9)
    )
    (answer,) = (await home.store.list_messages(home.ada, session.id, 10))[1:]
    assert (ended.state, ended.answer_id, ended.usage) == ("completed", turn.answer_id, usage)
    assert (answer.id, answer.turn_id, answer.role) == (turn.answer_id, turn.id, "assistant")
    assert (answer.token_count, answer.model_id, answer.response_time_ms) == (7, "m", 9)
    assert home.types(session.id)[-4:] == ["turn.queued", "turn.started", "message.created", "turn.completed"]
    assert ended == await home.store.get_turn(home.ada, turn.id)


async def test_a_turn_that_crashed_is_taken_up_again_before_all_others(driver: Driver) -> None:
    async with open_home(driver) as home:
        session = await home.session()
        turn = await home.running(session, "first")
        await home.post(session, "second", respond=True)
        await home.store.update_turn_text(turn.id, "half an ans")
    async with open_home(driver) as home:
        assert await home.store.list_open_sessions() == (session.id,)
        assert (await home.store.get_snapshot(home.ada, session.id, 5)).partial.text == "half an ans"  # type: ignore[union-attr]
        again = await home.start(session)
        assert (again.id, again.attempt, again.answer_id) == (turn.id, 2, turn.answer_id)
        assert again.started_at == turn.started_at
        assert await home.store.get_partial_text(turn.id) == "half an ans"
        await home.answer(again)
        assert (await home.start(session)).attempt == 1


async def test_a_turn_ends_once(home: Home) -> None:
    session = await home.session()
    turn = await home.running(session)
    first = await home.answer(turn)
    events = len(home.commits)
    assert await home.answer(turn, "something else", "failed") == first
    assert len(home.commits) == events
    assert await home.messages(session) == ["why?", "because"]


@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted"])
async def test_what_was_said_before_a_bad_end_is_kept_and_marked(home: Home, state: str) -> None:
    session = await home.session()
    turn = await home.running(session)
    error = TurnError(code="model_timeout", message="it said nothing for long")
    ended = await home.store.end_turn(turn.id, TurnEnd(state, "half", error=error))  # type: ignore[arg-type]
    answer = (await home.store.list_messages(home.ada, session.id, 10))[-1]
    assert (ended.state, ended.error, ended.answer_id) == (state, error, answer.id)
    assert (answer.content, answer.status, answer.is_error) == ("half", state, state == "failed")
    assert await home.store.get_partial_text(turn.id) == ""


async def test_a_turn_in_which_nothing_was_said_adds_no_message(home: Home) -> None:
    session = await home.session()
    ended = await home.answer(await home.running(session), "", "failed")
    assert ended.answer_id is None
    assert await home.messages(session) == ["why?"]


async def test_a_queued_turn_is_cancelled_and_its_question_stays(home: Home) -> None:
    session = await home.session()
    said = await home.post(session, "never mind", respond=True)
    assert said.turn_id is not None
    assert (await home.store.cancel_turn(home.ada, said.turn_id)).state == "cancelled"
    assert await home.messages(session) == ["never mind"]
    assert await home.store.start_turn(session.id) is None
    with pytest.raises(TurnConflict, match="cancelled"):
        await home.store.cancel_turn(home.ada, said.turn_id)


async def test_a_withdrawn_turn_takes_its_question_with_it(home: Home) -> None:
    session = await home.session()
    said = await home.post(session, "never mind", respond=True)
    assert said.turn_id is not None
    assert (await home.store.cancel_turn(home.ada, said.turn_id, withdraw=True)).state == "cancelled"
    with pytest.raises(MessageNotFound):
        await home.store.get_message(home.ada, session.id, said.id)
    assert home.types(session.id)[-3:] == ["turn.cancelled", "message.deleted", "session.updated"]


async def test_a_running_turn_is_left_to_its_runner_and_cannot_be_withdrawn(home: Home) -> None:
    session = await home.session()
    turn = await home.running(session)
    assert await home.store.cancel_turn(home.ada, turn.id) == turn
    with pytest.raises(TurnConflict, match="running"):
        await home.store.cancel_turn(home.ada, turn.id, withdraw=True)


async def test_only_who_asked_or_the_owner_withdraws(home: Home) -> None:
    session = await home.session()
    await home.store.update_session(home.ada, session.id, members((home.bob, "writer"), (home.admin, "writer")))
    mine = await home.post(session, "a", by=home.bob, respond=True)
    theirs = await home.post(session, "b", respond=True)
    assert mine.turn_id
    assert theirs.turn_id
    with pytest.raises(TurnConflict, match="only who asked"):
        await home.store.cancel_turn(home.bob, theirs.turn_id, withdraw=True)
    await home.store.cancel_turn(home.bob, mine.turn_id, withdraw=True)
    await home.store.cancel_turn(home.ada, theirs.turn_id, withdraw=True)


async def test_a_turn_that_waits_is_cancelled_when_its_question_is_deleted(home: Home) -> None:
    session = await home.session()
    running = await home.running(session)
    said = await home.post(session, "never mind", respond=True)
    for question in (said.id, running.message_id):
        assert question is not None
        await home.store.delete_message(home.ada, session.id, question)
    states = {t.id: t.state for t in await home.store.list_turns(home.ada, session.id, 5)}
    assert states == {running.id: "running", said.turn_id: "cancelled"}


async def test_a_turn_that_is_tried_again_without_its_question_can_be_withdrawn(home: Home) -> None:
    session = await home.session()
    failed = await home.answer(await home.running(session), "half", "failed")
    assert failed.message_id is not None
    await home.store.delete_message(home.ada, session.id, failed.message_id)
    again = await home.store.retry_turn(home.ada, failed.id)
    assert (await home.store.cancel_turn(home.ada, again.id, withdraw=True)).state == "cancelled"


async def test_a_turn_without_an_answer_can_be_tried_again(home: Home) -> None:
    session = await home.session()
    turn = await home.running(session)
    with pytest.raises(TurnConflict, match="running"):
        await home.store.retry_turn(home.ada, turn.id)
    await home.answer(turn, "half", "failed")
    again = await home.store.retry_turn(home.ada, turn.id)
    assert (again.state, again.retry_of, again.message_id) == ("queued", turn.id, turn.message_id)
    done = await home.answer(await home.start(session))
    with pytest.raises(TurnConflict, match="completed"):
        await home.store.retry_turn(home.ada, done.id)


async def test_a_question_that_is_asked_again_has_one_answer(home: Home) -> None:
    session = await home.session()
    first = await home.answer(await home.running(session), "half", "failed")
    again = await home.store.retry_turn(home.ada, first.id)
    with pytest.raises(TurnConflict, match="is asked again already"):
        await home.store.retry_turn(home.ada, first.id)
    await home.answer(await home.start(session), "half", "failed")
    for failed in (again, first):  # a retry that failed is tried again, from wherever
        once_more = await home.store.retry_turn(home.ada, failed.id)
        await home.store.cancel_turn(home.ada, once_more.id)
    await home.store.retry_turn(home.ada, once_more.id)
    await home.answer(await home.start(session))
    for failed in (first, again, once_more):
        with pytest.raises(TurnConflict, match="was answered meanwhile"):
            await home.store.retry_turn(home.ada, failed.id)


async def test_a_message_that_steers_is_owed_an_answer_by_the_running_turn(home: Home) -> None:
    session = await home.session()
    turn = await home.running(session, "a cake")
    steer = await home.post(session, "with cherries", respond=True, mode="steer")
    assert steer.turn_id == turn.id
    going_on = await home.answer(turn, "here is a cake")
    assert (going_on.state, going_on.attempt) == ("running", 1)
    assert going_on.answer_id != turn.answer_id
    ended = await home.answer(going_on, "now with cherries")
    assert ended.state == "completed"
    assert await home.messages(session) == ["a cake", "with cherries", "here is a cake", "now with cherries"]


async def test_a_message_that_steers_where_nothing_runs_is_queued(home: Home) -> None:
    session = await home.session()
    said = await home.post(session, "a cake", respond=True, mode="steer")
    assert (await home.start(session)).id == said.turn_id


async def test_a_steered_turn_that_fails_ends_at_once(home: Home) -> None:
    session = await home.session()
    turn = await home.running(session)
    await home.post(session, "more", respond=True, mode="steer")
    assert (await home.answer(turn, "half", "interrupted")).state == "interrupted"


async def test_the_route_is_where_the_session_was_bound_when_the_turn_was_accepted(home: Home) -> None:
    session = await home.session()
    await home.store.update_binding(home.ada, "irc", "#a", session.id, "live")
    await home.store.update_binding(home.ada, "irc", "#quiet", session.id, "muted")
    turn = await home.running(session)
    await home.store.update_binding(home.ada, "irc", "#late", session.id, "live")
    assert turn.route == (Place(interface="irc", place="#a"),)
    assert (await home.answer(turn)).route == turn.route


async def test_open_turns_are_listed_behind_the_last_ended_ones(home: Home) -> None:
    session = await home.session()
    for content in "abc":
        await home.answer(await home.running(session, content))
    for content in "de":
        await home.post(session, content, respond=True)
    turns = await home.store.list_turns(home.ada, session.id, 3)
    assert [turn.state for turn in turns] == ["completed", "queued", "queued"]
    assert [turn.seq for turn in turns] == sorted(turn.seq for turn in turns)


async def test_a_turn_can_be_asked_for_without_a_message(home: Home) -> None:
    session = await home.session()
    turn = await home.store.add_turn(home.ada, session.id, "other", "openai:x")
    assert (turn.agent_name, turn.model_id, turn.message_id) == ("other", "openai:x", None)
    assert (await home.start(session)).id == turn.id


async def test_text_is_saved_only_while_the_turn_runs(home: Home) -> None:
    session = await home.session()
    turn = await home.running(session)
    events = len(home.commits)
    await home.store.update_turn_text(turn.id, "half")
    assert await home.store.get_partial_text(turn.id) == "half"
    await home.answer(turn)
    await home.store.update_turn_text(turn.id, "late")
    assert await home.store.get_partial_text(turn.id) == ""
    assert len(home.commits) == events + 2


async def test_what_is_not_there_is_not_found(home: Home) -> None:
    nothing = TurnId("nothing")
    assert await home.store.get_partial_text(nothing) == ""
    with pytest.raises(TurnNotFound):
        await home.answer(Turn.model_construct(id=nothing))
    for verb in (home.store.get_turn, home.store.cancel_turn, home.store.retry_turn):
        with pytest.raises(TurnNotFound):
            await verb(home.ada, nothing)
