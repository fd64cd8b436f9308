"""What a turn is answered on: a conversation in the order to be read."""

from __future__ import annotations

from segue.models import Session, Turn
from tests.segued.store.drivers import Home


async def prompt(home: Home, turn: Turn, characters: int = 10_000) -> list[str]:
    return [m.content for m in await home.store.list_prompt_messages(turn.id, characters)]


async def answered(home: Home, session: Session, question: str, answer: str) -> None:
    await home.answer(await home.running(session, question), answer)


async def test_each_answer_stands_behind_its_question(home: Home) -> None:
    session = await home.session()
    await home.post(session, "q1", respond=True)
    await home.post(session, "q2", respond=True)
    await home.answer(await home.start(session), "a1")
    turn = await home.start(session)
    assert await prompt(home, turn) == ["q1", "a1", "q2"]
    await home.answer(turn, "a2")
    assert await home.messages(session) == ["q1", "q2", "a1", "a2"]
    assert await prompt(home, await home.running(session, "q3")) == ["q1", "a1", "q2", "a2", "q3"]


async def test_questions_that_wait_for_later_turns_are_left_out(home: Home) -> None:
    session = await home.session()
    for question in ("q1", "q2", "q3"):
        await home.post(session, question, respond=True)
    assert await prompt(home, await home.start(session)) == ["q1"]


async def test_what_was_said_without_asking_is_read_too_up_to_the_turns_start(home: Home) -> None:
    session = await home.session()
    await home.post(session, "note before")
    turn = await home.running(session, "q1")
    await home.post(session, "note after")
    assert await prompt(home, turn) == ["note before", "q1"]


async def test_a_queued_turn_reads_the_notes_made_while_it_waited_before_its_question(home: Home) -> None:
    session = await home.session()
    first = await home.running(session, "q1")
    await home.post(session, "q2", respond=True)
    await home.post(session, "note")
    await home.answer(first, "a1")
    assert await prompt(home, await home.start(session)) == ["q1", "a1", "note", "q2"]


async def test_what_steers_stands_behind_the_answer_that_was_being_written(home: Home) -> None:
    session = await home.session()
    turn = await home.running(session, "a cake")
    await home.post(session, "with cherries", respond=True, mode="steer")
    assert await prompt(home, turn) == ["a cake"]
    turn = await home.answer(turn, "here is a cake")
    assert await prompt(home, turn) == ["a cake", "here is a cake", "with cherries"]
    await home.answer(turn, "with cherries now")
    assert await prompt(home, await home.running(session, "thanks")) == [
        "a cake",
        "here is a cake",
        "with cherries",
        "with cherries now",
        "thanks",
    ]


async def test_a_retry_does_not_read_the_answer_that_failed(home: Home) -> None:
    session = await home.session()
    await answered(home, session, "q1", "a1")
    failed = await home.answer(await home.running(session, "q2"), "half an", "failed")
    await home.store.retry_turn(home.ada, failed.id)
    turn = await home.start(session)
    assert await prompt(home, turn) == ["q1", "a1", "q2"]
    await home.answer(turn, "a2")
    assert await prompt(home, await home.running(session, "q3")) == ["q1", "a1", "q2", "half an", "a2", "q3"]


async def test_a_turn_that_is_taken_up_again_reads_what_was_said_meanwhile(home: Home) -> None:
    session = await home.session()
    await home.running(session, "q1")
    await home.post(session, "note")
    assert await prompt(home, await home.start(session)) == ["note", "q1"]


async def test_deleted_messages_are_not_read_and_edited_ones_as_they_are_now(home: Home) -> None:
    session = await home.session()
    kept, gone = await home.post(session, "first"), await home.post(session, "secret")
    await home.store.update_message(home.ada, session.id, kept.id, "edited")
    await home.store.delete_message(home.ada, session.id, gone.id)
    assert await prompt(home, await home.running(session, "q1")) == ["edited", "q1"]


async def test_the_oldest_are_left_out_where_there_is_no_room_and_the_question_never(home: Home) -> None:
    session = await home.session()
    for number in range(10):
        await home.post(session, f"note {number}")
    turn = await home.running(session, "question")
    assert await prompt(home, turn, 8 + 2 * 6) == ["note 8", "note 9", "question"]
    assert await prompt(home, turn, 0) == ["question"]


async def test_a_question_far_back_is_read_all_the_same(home: Home) -> None:
    session = await home.session()
    first = await home.running(session, "q1")
    await home.post(session, "q2", respond=True)
    for number in range(10):
        await home.post(session, f"note {number}")
    await home.answer(first, "a1")
    assert await prompt(home, await home.start(session), 8) == ["note 9", "a1", "q2"]


async def test_a_turn_without_a_message_reads_the_conversation_as_it_stands(home: Home) -> None:
    session = await home.session()
    await home.post(session, "a")
    await home.post(session, "b")
    await home.store.add_turn(home.ada, session.id, None, None)
    assert await prompt(home, await home.start(session)) == ["a", "b"]
