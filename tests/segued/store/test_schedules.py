"""Schedules in the store: whose they are, and that a due time is posted once, with its turn, or not at all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from segue.errors import Conflict, Forbidden, ScheduleNotFound, SessionNotFound
from segue.models import AuditQuery, Schedule, Session, UpdateSession, UpdateUser
from segued.store.base import Actor, Firing, NewSchedule, Timing
from tests.segued.store.drivers import Driver, Home, members, once, open_home

NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)
TOMORROW = NINE + timedelta(days=1)
DAILY = Timing("every day at 9", "0 9 * * *", None, "UTC", None, "active", NINE)
JUST_ONCE = Timing("today 9:00", None, NINE, "UTC", None, "active", NINE)


async def scheduled(home: Home, session: Session, by: Actor | None = None, **fields: Any) -> Schedule:
    given = {"kind": "prompt", "content": "what is new?", "timing": DAILY} | fields
    return await home.store.add_schedule(by or home.ada, NewSchedule(session.id, **given), 10)  # type: ignore[arg-type]


def firing(schedule: Schedule, due: datetime = NINE, next_at: datetime | None = TOMORROW) -> Firing:
    return Firing(schedule.id, due, schedule.content, "", next_at)


async def test_what_is_due_is_posted_with_its_turn_and_moved_on(home: Home) -> None:
    session = await home.session()
    schedule = await scheduled(home, session)
    assert await home.store.list_due_schedules(NINE - timedelta(seconds=1), 10) == ((), NINE)
    assert await home.store.list_due_schedules(NINE, 10) == ((schedule,), None)
    fired = await home.store.fire_schedule(firing(schedule))
    assert fired is not None
    assert (fired.next_at, fired.state, fired.run_count, fired.last_outcome) == (TOMORROW, "active", 1, "posted")
    (message,) = await home.store.list_messages(home.ada, session.id, 10)
    assert (message.content, message.sender, message.user_id) == ("what is new?", "ada", home.ada.user_id)
    assert (message.interface, message.id, message.turn_id) == (
        "schedule",
        fired.last_message_id,
        fired.last_turn_id,
    )
    assert home.types(session.id)[-2:] == ["message.created", "turn.queued"]
    assert await home.store.list_due_schedules(NINE, 10) == ((), TOMORROW)


async def test_a_due_time_is_posted_once_however_often_it_is_fired(home: Home) -> None:
    session = await home.session()
    schedule = await scheduled(home, session)
    results = await asyncio.gather(*(home.store.fire_schedule(firing(schedule)) for _ in range(20)))
    assert len([result for result in results if result is not None]) == 1
    assert await home.messages(session) == ["what is new?"]


async def test_what_comes_once_is_over_then_and_can_still_be_seen(home: Home) -> None:
    session = await home.session()
    schedule = await scheduled(home, session, kind="reminder", timing=JUST_ONCE)
    fired = await home.store.fire_schedule(firing(schedule, next_at=None))
    assert fired is not None
    assert (fired.state, fired.next_at, fired.last_turn_id) == ("ended", None, None)
    (message,) = await home.store.list_messages(home.ada, session.id, 10)
    assert (message.sender, message.role, message.turn_id) == ("reminder", "user", None)
    assert await home.store.list_schedules(home.ada, None, False, 10, 0) == ()
    assert await home.store.list_schedules(home.ada, session.id, True, 10, 0) == (fired,)


async def test_runs_do_not_pile_up(home: Home) -> None:
    session = await home.session()
    schedule = await scheduled(home, session)
    await home.store.fire_schedule(firing(schedule))
    skipped = await home.store.fire_schedule(firing(schedule, TOMORROW, TOMORROW + timedelta(days=1)))
    assert skipped is not None
    assert (skipped.last_outcome, skipped.last_note) == ("skipped", "its last run had not ended")
    assert (skipped.next_at, skipped.run_count) == (TOMORROW + timedelta(days=1), 1)
    with pytest.raises(Conflict, match="not ended"):
        await home.store.run_schedule(home.ada, schedule.id)
    await home.answer(await home.start(session))
    again = await home.store.run_schedule(once(home.ada, "k"), schedule.id)
    assert again == await home.store.run_schedule(once(home.ada, "k"), schedule.id)
    assert (again.run_count, again.next_at) == (2, skipped.next_at)
    assert await home.messages(session) == ["what is new?", "because", "what is new?"]


async def test_the_last_time_of_all_is_not_skipped(home: Home) -> None:
    session = await home.session()
    schedule = await scheduled(home, session)
    await home.store.fire_schedule(firing(schedule))
    last = await home.store.fire_schedule(firing(schedule, TOMORROW, None))
    assert last is not None
    assert (last.last_outcome, last.state) == ("posted", "ended")


async def test_in_an_archived_session_it_rests_and_what_comes_once_waits(home: Home) -> None:
    session = await home.session()
    daily = await scheduled(home, session)
    single = await scheduled(home, session, timing=JUST_ONCE)
    await home.store.update_session(home.ada, session.id, UpdateSession(archived=True))
    (due,) = (await home.store.list_due_schedules(NINE, 10))[0]
    assert (due.id, due.session_archived) == (daily.id, True)
    rested = await home.store.fire_schedule(firing(daily))
    assert rested is not None
    assert (rested.last_outcome, rested.last_note) == ("skipped", "the session is archived")
    assert await home.store.fire_schedule(firing(single, next_at=None)) is None
    assert await home.messages(session) == []
    await home.store.update_session(home.ada, session.id, UpdateSession(archived=False))
    assert (await home.store.list_due_schedules(NINE, 10))[0] == (single,)


async def test_it_goes_with_its_session(home: Home) -> None:
    session = await home.session()
    schedule = await scheduled(home, session)
    await home.store.delete_session(home.ada, session.id)
    assert await home.store.fire_schedule(firing(schedule)) is None
    with pytest.raises(ScheduleNotFound):
        await home.store.get_schedule(home.admin, schedule.id)


async def test_it_may_do_what_its_user_may_by_then(home: Home) -> None:
    session = await home.session(title="secret")
    await home.share(session)
    schedule = await scheduled(home, session, home.bob)
    assert schedule.session_title == "secret"
    await home.store.update_session(home.ada, session.id, members((home.bob, "reader")))
    refused = await home.store.fire_schedule(firing(schedule))
    assert refused is not None
    assert (refused.last_outcome, refused.state, refused.next_at) == ("refused", "paused", None)
    assert refused.last_note == "bob may not write there any more"
    assert await home.messages(session) == []
    await home.store.update_session(home.ada, session.id, members())
    with pytest.raises(ScheduleNotFound):
        await home.store.get_schedule(home.bob, schedule.id)


async def test_what_comes_once_is_over_where_its_user_may_not_write(home: Home) -> None:
    session = await home.session()
    await home.share(session)
    schedule = await scheduled(home, session, home.bob, timing=JUST_ONCE)
    await home.share(session, "reader")
    refused = await home.store.fire_schedule(firing(schedule, next_at=None))
    assert refused is not None
    assert (refused.last_outcome, refused.state) == ("refused", "ended")


async def test_the_owner_of_a_session_sees_what_posts_there_and_may_remove_it(home: Home) -> None:
    session = await home.session()
    await home.share(session)
    schedule = await scheduled(home, session, home.bob)
    for where in (None, session.id):
        assert await home.store.list_schedules(home.ada, where, False, 10, 0) == (schedule,)
    assert await home.store.get_schedule(home.ada, schedule.id) == schedule
    with pytest.raises(Forbidden, match="in the name of bob"):
        await home.store.update_schedule(home.ada, schedule, "else", None)
    with pytest.raises(Forbidden, match="in the name of bob"):
        await home.store.run_schedule(home.ada, schedule.id)
    await home.store.delete_schedule(home.ada, schedule.id)
    assert await home.store.list_schedules(home.bob, None, True, 10, 0) == ()


async def test_what_somebody_else_has_scheduled_cannot_be_asked_for(home: Home) -> None:
    session = await home.session()
    with pytest.raises(SessionNotFound):
        await home.store.list_schedules(home.bob, session.id, True, 10, 0)


async def test_only_members_who_may_write_schedule_and_only_in_their_own_name(home: Home) -> None:
    session = await home.session()
    with pytest.raises(SessionNotFound):
        await scheduled(home, session, home.bob)
    await home.share(session, "reader")
    for by in (home.bob, home.admin):
        with pytest.raises(Forbidden, match="member who may write"):
            await scheduled(home, session, by)


async def test_a_schedule_is_its_users_own(home: Home) -> None:
    session = await home.session()
    await home.share(session)
    schedule = await scheduled(home, session)
    for verb in (
        lambda by: home.store.get_schedule(by, schedule.id),
        lambda by: home.store.update_schedule(by, schedule, "x", None),
        lambda by: home.store.run_schedule(by, schedule.id),
        lambda by: home.store.delete_schedule(by, schedule.id),
    ):
        with pytest.raises(ScheduleNotFound):
            await verb(home.bob)
    assert await home.store.list_schedules(home.bob, None, True, 10, 0) == ()
    assert await home.store.list_schedules(home.admin, None, True, 10, 0) == (schedule,)
    changed = await home.store.update_schedule(home.admin, schedule, "else", None)
    assert (changed.content, changed.user) == ("else", "ada")
    await home.store.delete_schedule(home.ada, schedule.id)
    assert await home.store.list_schedules(home.admin, None, True, 10, 0) == ()
    written = (await home.store.list_audit(home.admin, AuditQuery(action="schedule"))).entries
    assert [(entry.user, entry.action) for entry in reversed(written)] == [
        ("ada", "schedule.created"),
        ("admin", "schedule.changed"),
        ("ada", "schedule.deleted"),
    ]
    assert {(entry.target, entry.session_id) for entry in written} == {(schedule.id, session.id)}


async def test_a_change_of_what_has_just_run_is_refused(home: Home) -> None:
    schedule = await scheduled(home, await home.session())
    await home.store.fire_schedule(firing(schedule))
    with pytest.raises(Conflict, match="very moment"):
        await home.store.update_schedule(home.ada, schedule, None, replace(DAILY, when="later"))
    assert (await home.store.update_schedule(home.ada, schedule, "x", None)).next_at == TOMORROW


async def test_who_is_disabled_posts_nothing(home: Home) -> None:
    session = await home.session()
    await home.share(session)
    schedule = await scheduled(home, session, home.bob)
    assert home.bob.user_id is not None
    await home.store.update_user(home.admin, home.bob.user_id, UpdateUser(disabled=True))
    refused = await home.store.fire_schedule(firing(schedule))
    assert refused is not None
    assert (refused.last_outcome, refused.last_note) == ("refused", "bob is disabled")


async def test_there_are_no_more_than_the_limit_and_what_is_over_does_not_count(home: Home) -> None:
    session = await home.session()
    over = await scheduled(home, session)
    await home.store.fire_schedule(firing(over, next_at=None))
    new = NewSchedule(session.id, "prompt", "x", DAILY)
    keyed = once(home.ada, "k")
    assert await home.store.add_schedule(keyed, new, 1) == await home.store.add_schedule(keyed, new, 1)
    with pytest.raises(Conflict, match="the limit is 1"):
        await home.store.add_schedule(home.ada, new, 1)


async def test_schedules_are_there_again_after_a_restart(driver: Driver) -> None:
    async with open_home(driver) as home:
        session = await home.session()
        schedule = await scheduled(home, session)
    async with open_home(driver) as home:
        assert (await home.store.list_due_schedules(NINE, 10))[0] == (schedule,)
        await home.store.fire_schedule(firing(schedule))
    async with open_home(driver) as home:
        assert (await home.store.list_due_schedules(NINE, 10))[0] == ()
        assert await home.messages(session) == ["what is new?"]
