"""A summary stands for earlier messages until one of them changes; then its text is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segue.errors import Conflict, Forbidden, SessionNotFound
from segue.events import apply
from segue.models import Session, Summary, Usage
from segued.store.base import NewSummary, TurnEnd, Uncovered
from tests.segued.store.drivers import Driver, Home, open_home

PLENTY = 1_000_000


async def read(home: Home, session: Session) -> Uncovered:
    return await home.store.get_uncovered(home.ada, session.id, PLENTY)


def made_of(found: Uncovered, count: int, text: str = "they talked") -> NewSummary:
    """Return a summary of the next messages, so many of them."""
    last = found.messages[count - 1]
    return NewSummary(
        after=found.summary.seq if found.summary else None,
        read_seq=found.session.last_seq,
        upto_seq=last.seq,
        upto_at=last.created_at,
        message_count=(found.summary.message_count if found.summary else 0) + count,
        text=text,
        model_id="offline",
        tokens_before=100,
        tokens_after=10,
        tokens_source="estimate",
    )


async def summarise(home: Home, session: Session, count: int, text: str = "they talked") -> Summary:
    return await home.store.add_summary(home.ada, session.id, made_of(await read(home, session), count, text))


async def talk(home: Home, count: int = 4) -> Session:
    session = await home.session()
    for number in range(count):
        await home.post(session, f"message {number}")
    return session


async def current(home: Home, session: Session) -> Summary | None:
    return (await home.store.get_snapshot(home.ada, session.id, 50)).summary


async def test_a_summary_stands_for_what_it_covers_and_the_transcript_is_whole(driver: Driver) -> None:
    async with open_home(driver) as home:
        session = await talk(home)
        made = await summarise(home, session, 3)
        assert home.types(session.id)[-1] == "context.compressed"
        assert (made.message_count, made.text, made.deleted) == (3, "they talked", False)
    async with open_home(driver) as home:
        assert await current(home, session) == made
        assert [m.content for m in (await read(home, session)).messages] == ["message 3"]
        assert len(await home.messages(session)) == 4
        view = await home.store.get_context(home.ada, session.id, 10)
        assert (view.compressed, view.left_out, view.compressed_context) == (True, False, made)
        assert view.size_bytes > len(made.text)


async def test_a_new_one_is_made_of_the_old_one_and_both_are_in_the_log(home: Home) -> None:
    session = await talk(home)
    first, second = await summarise(home, session, 2, "one"), await summarise(home, session, 1, "two")
    assert second.message_count == 3
    assert await current(home, session) == second
    events = await home.store.list_events(session.id, 0, 100)
    assert [event.data for event in events if event.type == "context.compressed"] == [first, second]


@pytest.mark.parametrize("change", ["edit", "delete"])
async def test_one_of_which_a_message_changes_is_emptied_and_so_is_what_it_was_made_of(home: Home, change: str) -> None:
    session = await talk(home)
    await summarise(home, session, 1, "secret one")
    await summarise(home, session, 1, "secret two")
    *_, after = (await read(home, session)).messages
    await home.store.update_message(home.ada, session.id, after.id, "not covered")
    before = await home.store.get_snapshot(home.ada, session.id, 50)
    assert before.summary is not None
    covered = before.messages[0]
    seen = len(home.events)
    if change == "edit":
        await home.store.update_message(home.ada, session.id, covered.id, "other words")
    else:
        await home.store.delete_message(home.ada, session.id, covered.id)
    assert await current(home, session) is None
    events = await home.store.list_events(session.id, 0, 100)
    told = [event.data for event in events if event.type == "context.compressed"]
    assert [(one.text, one.deleted) for one in told] == [("", True), ("", True)]
    assert (await read(home, session)).summary is None
    for event in home.events[seen:]:
        before = apply(before, event)
    assert before == await home.store.get_snapshot(home.ada, session.id, 50)
    made = await summarise(home, session, 2, "anew")
    assert await current(home, session) == made


async def test_what_changed_while_it_was_made_is_not_summarised(home: Home) -> None:
    session = await talk(home)
    late, earlier = await read(home, session), await read(home, session)
    await home.store.delete_message(home.ada, session.id, late.messages[0].id)
    with pytest.raises(Conflict, match="changed"):
        await home.store.add_summary(home.ada, session.id, made_of(late, 2))
    again = await read(home, session)
    await home.store.update_message(home.ada, session.id, earlier.messages[3].id, "not covered")
    await home.post(session, "more")
    await home.store.add_summary(home.ada, session.id, made_of(again, 2))
    with pytest.raises(Conflict):
        await home.store.add_summary(home.ada, session.id, made_of(again, 2))


async def test_what_waits_for_an_answer_is_told_apart(home: Home) -> None:
    session = await talk(home)
    assert (await read(home, session)).waits_from > 1000
    turn = await home.running(session)
    question = (await read(home, session)).messages[-1]
    assert (await read(home, session)).waits_from == question.seq
    await home.answer(turn)
    assert (await read(home, session)).waits_from > 1000


async def test_what_the_provider_counted_holds_until_the_next_summary(home: Home) -> None:
    session = await talk(home)
    turn = await home.running(session)
    usage = Usage(input_tokens=90, output_tokens=10)
    await home.store.end_turn(turn.id, TurnEnd("completed", "because", usage=usage))
    counted = (await read(home, session)).counted
    assert counted
    assert (counted.tokens, counted.turn_id) == (100, turn.id)
    await summarise(home, session, 2)
    assert (await read(home, session)).counted is None
    turn = await home.running(session)
    found = await read(home, session)
    await home.store.add_summary(home.ada, session.id, replace(made_of(found, 1), turn_id=turn.id))
    await home.store.end_turn(turn.id, TurnEnd("completed", "because", usage=usage))
    assert (await read(home, session)).counted is not None
    first = (await home.store.list_messages(home.ada, session.id, 1))[0]
    await home.store.delete_message(home.ada, session.id, first.id)
    assert (await read(home, session)).counted is None


def test_the_last_of_several_requests_says_how_full_the_context_is() -> None:
    usage = Usage(input_tokens=100, output_tokens=10).plus(Usage(input_tokens=150, output_tokens=5))
    assert (usage.input_tokens, usage.context) == (250, 155)
    assert Usage(output_tokens=5).context is None


async def test_only_the_newest_are_read_where_there_are_too_many(home: Home) -> None:
    session = await talk(home, 20)
    some = await home.store.get_uncovered(home.ada, session.id, 30)
    assert 1 < len(some.messages) < 6
    assert some.messages[-1].content == "message 19"


async def test_a_reader_reads_and_adds_none_and_a_stranger_finds_nothing(home: Home) -> None:
    session = await talk(home)
    found = await read(home, session)
    with pytest.raises(SessionNotFound):
        await home.store.get_uncovered(home.bob, session.id, PLENTY)
    await home.share(session, "reader")
    assert (await home.store.get_uncovered(home.bob, session.id, PLENTY)).messages == found.messages
    with pytest.raises(Forbidden):
        await home.store.get_uncovered(home.bob, session.id, PLENTY, to_write=True)
    with pytest.raises(Forbidden):
        await home.store.add_summary(home.bob, session.id, made_of(found, 2))
    last = (await read(home, session)).session.last_seq
    await home.store.add_summary(home.ada, session.id, replace(made_of(found, 2), read_seq=last))
