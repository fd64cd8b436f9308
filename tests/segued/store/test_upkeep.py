"""What goes by itself: nothing too early, nothing that is still wanted, and of events never a piece from the middle."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from segue.models import CreateLink, CreateSession, PostReceipt, Session, UpdateSession
from segued import clock
from segued.store.base import ImportedMessage, Origin
from tests.segued.store.drivers import Home, once
from tests.segued.store.test_schedules import scheduled

Pass = Callable[[float], None]
IMPORTED_AT = datetime.fromisoformat("2001-01-01T00:00:00+00:00")


@pytest.fixture
def days_pass(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Let days go by, or come back."""
    ahead = 0.0

    def go(days: float) -> None:
        nonlocal ahead
        ahead += days * 86_400
        monkeypatch.setattr(clock, "nanoseconds", lambda: time.time_ns() + int(ahead * 1e9))

    return go


def ago(days: float) -> datetime:
    return clock.utc() - timedelta(days=days)


async def idle(home: Home, days: float, archived: bool | None = None) -> list[str]:
    return list(await home.store.list_idle_sessions(ago(days), 10, archived))


async def drop(home: Home, days: float) -> int:
    """Drop old events, few at a time."""
    gone = 0
    upto: int | None = 0
    while upto is not None:
        count, upto = await home.store.delete_old_events(ago(days), upto, 3)
        gone += count
    return gone


async def seqs(home: Home, session: Session) -> list[int | None]:
    return [event.seq for event in await home.store.list_events(session.id, 0, 1000)]


# --- idle sessions


async def test_a_session_is_idle_since_its_last_event(home: Home, days_pass: Pass) -> None:
    session = await home.session()
    days_pass(5)
    await home.post(session, "still here")
    days_pass(6)
    assert await idle(home, 7) == []
    days_pass(1.1)
    assert await idle(home, 7) == [session.id]


async def test_what_is_pinned_bound_scheduled_or_owed_an_answer_is_never_idle(home: Home, days_pass: Pass) -> None:
    await home.session(place={"interface": "irc", "place": "#a"})
    pinned = await home.session()
    await home.store.update_session(home.ada, pinned.id, UpdateSession(pinned=True))
    await home.post(await home.session(), "why?", respond=True)
    await home.running(await home.session())
    days_pass(1000)
    assert await idle(home, 1) == []
    await home.store.update_session(home.ada, pinned.id, UpdateSession(pinned=False))
    await home.store.delete_binding(home.ada, "irc", "#a")
    assert await idle(home, 1) == []  # that was just now
    days_pass(2)
    assert len(await idle(home, 1)) == 2


async def test_what_is_scheduled_by_who_may_not_write_any_more_keeps_no_session(home: Home, days_pass: Pass) -> None:
    session = await home.session()
    await home.share(session)
    await scheduled(home, session, home.bob)
    days_pass(2)
    assert await idle(home, 1) == []
    await home.share(session, "reader")
    days_pass(2)
    assert await idle(home, 1) == [session.id]


async def test_what_was_brought_in_lately_is_not_idle_however_old_it_is(home: Home, days_pass: Pass) -> None:
    message = ImportedMessage("1", "user", "ada", "long ago", IMPORTED_AT)
    origin = Origin("elsewhere", CreateSession(), "never", IMPORTED_AT)
    await home.store.add_imported(home.ada, origin, (message,), ())
    assert await idle(home, 1) == []
    days_pass(2)
    assert len(await idle(home, 1)) == 1


async def test_an_idle_session_is_archived_and_everybody_is_told_who_did_it(home: Home, days_pass: Pass) -> None:
    session = await home.session()
    days_pass(8)
    assert await home.store.archive_idle_session(session.id, ago(7))
    told = home.events[-1]
    assert (told.type, told.actor, told.interface) == ("session.updated", "segued", "daemon")
    now = await home.store.get_session(home.ada, session.id)
    assert now.archived
    assert now.updated_at == session.updated_at  # it stays where it was in the list
    assert await idle(home, 7) == []
    days_pass(8)
    assert (await idle(home, 7, archived=True), await idle(home, 7, archived=False)) == ([session.id], [])


async def test_an_idle_session_is_deleted_whole_and_once(home: Home, days_pass: Pass) -> None:
    session = await home.session()
    await home.post(session, "hi")
    days_pass(8)
    assert await home.store.delete_idle_session(session.id, ago(7))
    assert not await home.store.delete_idle_session(session.id, ago(7))
    told = home.events[-1]
    assert (told.type, told.actor) == ("session.deleted", "segued")
    assert home.types(session.id).count("session.deleted") == 1


async def test_a_session_in_which_something_happens_in_the_last_moment_stays(home: Home, days_pass: Pass) -> None:
    session = await home.session()
    days_pass(8)
    before = ago(7)
    assert await idle(home, 7) == [session.id]
    await home.post(session, "wait!")
    assert not await home.store.archive_idle_session(session.id, before)
    assert not await home.store.delete_idle_session(session.id, before)
    assert await home.messages(session) == ["wait!"]


async def test_a_clock_that_was_ahead_for_a_while_makes_nothing_idle_too_early(home: Home, days_pass: Pass) -> None:
    session = await home.session()
    days_pass(1 / 24)
    await home.post(session, "an hour ahead")
    days_pass(-1 / 24)
    await home.post(session, "right again")
    days_pass(7)
    assert await idle(home, 7) == []
    days_pass(1 / 24 + 0.01)
    assert await idle(home, 7) == [session.id]
    assert await home.messages(session) == ["an hour ahead", "right again"]


# --- old events


async def test_old_events_go_and_the_transcript_stays_whole(home: Home, days_pass: Pass) -> None:
    session = await home.session()
    for number in range(10):
        await home.post(session, str(number))
    days_pass(8)
    await home.post(session, "new")
    before = await home.store.get_snapshot(home.ada, session.id, 50)
    assert await drop(home, 7) == 11
    assert await seqs(home, session) == [12]
    assert await home.messages(session) == [*map(str, range(10)), "new"]
    assert await home.store.get_snapshot(home.ada, session.id, 50) == before
    assert await drop(home, 7) == 0


async def test_the_last_event_of_a_session_and_of_all_stays(home: Home, days_pass: Pass) -> None:
    first, second = await home.session(), await home.session()
    for session in (first, second, first):
        await home.post(session, "hi")
    deleted = await home.session()
    await home.store.delete_session(home.ada, deleted.id)
    position = await home.store.get_last_position()
    days_pass(1000)
    await drop(home, 1)
    assert (await seqs(home, first), await seqs(home, second)) == ([3], [2])
    assert await home.store.get_last_position() == position
    await home.post(first, "and on")
    assert home.commits[-1].position == position + 1


async def test_the_log_of_all_knows_from_where_it_is_whole(home: Home, days_pass: Pass) -> None:
    session = await home.session()
    assert await home.store.get_log_start() == 0
    said = [await home.post(session, "old") for _ in range(4)]
    days_pass(8)
    await home.post(session, "new")
    await drop(home, 7)
    assert await home.store.get_log_start() == home.commits[-2].position
    events, _ = await home.store.list_all_events(home.admin, await home.store.get_log_start(), 100)
    assert [event.seq for event in events] == [said[-1].seq + 1]


async def test_what_happened_since_a_place_was_served_stays_until_it_is_served(home: Home, days_pass: Pass) -> None:
    session = await home.session(place={"interface": "irc", "place": "#a"})
    brought = await home.post(session, "brought")
    receipt = PostReceipt(message_id=brought.id, state="sent", external_id="1")
    await home.store.add_receipt(home.ada, "irc", "#a", receipt)
    await home.store.update_cursor(home.ada, "irc", "#a", brought.seq)
    await home.store.update_message(home.ada, session.id, brought.id, "edited while nobody served it")
    last_seq = (await home.store.get_session(home.ada, session.id)).last_seq
    days_pass(100)
    await home.post(await home.session(), "elsewhere")
    await drop(home, 7)
    assert await seqs(home, session) == list(range(brought.seq + 1, last_seq + 1))
    await home.store.update_cursor(home.ada, "irc", "#a", last_seq)
    await drop(home, 7)
    assert await seqs(home, session) == [last_seq]


async def test_a_place_where_nothing_is_delivered_keeps_nothing(home: Home, days_pass: Pass) -> None:
    session = await home.session(place={"interface": "http", "place": "a program"})
    for _ in range(5):
        await home.post(session, "hi")
    days_pass(100)
    await drop(home, 7)
    assert len(await seqs(home, session)) == 1


async def test_a_clock_that_was_ahead_leaves_no_hole_in_the_log(home: Home, days_pass: Pass) -> None:
    session = await home.session()
    for hours in (0, 1, 300, -300, -1, 1):
        days_pass(hours / 24)
        await home.post(session, "hi")
    days_pass(6.99)
    for days in (7, 6.97, 6.9):
        await drop(home, days)
        kept = await seqs(home, session)
        assert kept == list(range(kept[0] or 0, 8))


# --- keys and codes


async def test_old_keys_go_some_at_a_time(home: Home, days_pass: Pass) -> None:
    session = await home.session()
    for number in range(5):
        await home.post(session, "hi", by=once(home.ada, str(number)))
    days_pass(31)
    await home.post(session, "hi", by=once(home.ada, "new"))
    assert [await home.store.delete_old_keys(30, 3) for _ in range(3)] == [3, 2, 0]


async def test_codes_that_nobody_used_go(home: Home, days_pass: Pass) -> None:
    await home.store.add_link(home.admin, 600, CreateLink(interface="irc", external_id="x"))
    assert await home.store.delete_expired_links() == 0
    days_pass(1)
    assert await home.store.delete_expired_links() == 1
