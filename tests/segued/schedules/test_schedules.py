"""Schedules firing, by a clock that the test sets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segue.errors import Invalid, TooLarge
from segue.models import CreateSchedule, Schedule, ScheduleId, Session, UpdateSchedule, UpdateSession
from segued import clock, jobs
from segued.config import load
from segued.schedules.times import zone_of
from tests.segued.sessions.house import PATIENCE_SECONDS, House, open_house

SATURDAY = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)  # 9:30 in Berlin


class Time:
    """The clock, standing still until it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def nanoseconds(self) -> int:
        return round(self.now.timestamp()) * 10**9

    def pass_by(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time(SATURDAY)
    monkeypatch.setattr(clock, "nanoseconds", time.nanoseconds)
    monkeypatch.setattr(clock, "LOOK_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(jobs, "_BETWEEN_SECONDS", 0.0)
    return time


async def scheduled(house: House, session: Session, when: str, **fields: str | None) -> Schedule:
    given = {"content": "what is new?", "timezone": "Europe/Berlin", "kind": "reminder"}
    new = CreateSchedule.model_validate({"session_id": session.id, "when": when} | given | fields)
    return await house.manager.schedules.add(house.ada, new)


async def until(house: House, schedule: Schedule, done: Callable[[Schedule], object]) -> Schedule:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not done(now := await house.manager.schedules.get(house.ada, schedule.id)):
            await asyncio.sleep(0.005)
    return now


async def heard(house: House, session: Session, count: int) -> None:
    """Wait until so much was said, and no turn runs."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(await said(house, session)) < count or await house.store.list_open_sessions():
            await asyncio.sleep(0.005)


async def said(house: House, session: Session) -> list[str]:
    return [message.content for message in await house.store.list_messages(house.ada, session.id, 100)]


async def test_a_prompt_is_answered_when_its_time_comes_and_every_time(tmp_path: Path, time: Time) -> None:
    async with open_house(tmp_path) as house:
        session = await house.session(reply="never")
        schedule = await scheduled(house, session, "every day at 9:31", kind="prompt")
        assert [at.isoformat() for at in schedule.next] == [
            "2026-11-21T08:31:00+00:00",
            "2026-11-22T08:31:00+00:00",
            "2026-11-23T08:31:00+00:00",
        ]
        for run, minutes in ((1, 1), (2, 24 * 60)):
            time.pass_by(minutes=minutes)
            (await house.agent.asked()).finish(f"news {run}")
            await heard(house, session, 2 * run)
        schedule = await house.manager.schedules.get(house.ada, schedule.id)
        assert (schedule.run_count, schedule.next_at) == (2, SATURDAY + timedelta(days=2, minutes=1))
        assert await said(house, session) == ["what is new?", "news 1", "what is new?", "news 2"]


async def test_what_was_missed_runs_once_on_start_and_says_that_it_is_late(tmp_path: Path, time: Time) -> None:
    async with open_house(tmp_path) as house:
        session = await house.session()
        daily = await scheduled(house, session, "every day at 9:31", content="daily")
        single = await scheduled(house, session, "today 9:31", content="single")
        future = await scheduled(house, session, "on friday 9:31", content="future")
    time.pass_by(days=3)
    async with open_house(tmp_path) as house:
        daily = await until(house, daily, lambda s: s.run_count)
        await until(house, single, lambda s: s.state == "ended")
        late = "\n\n(late: it was due at 2026-11-21 09:31)"
        assert sorted(await said(house, session)) == [f"daily{late}", f"single{late}"]
        assert (daily.next_at, daily.last_note) == (SATURDAY + timedelta(days=3, minutes=1), late.strip("\n()"))
        assert (await house.manager.schedules.get(house.ada, future.id)).run_count == 0


async def test_what_is_a_little_late_does_not_say_so(tmp_path: Path, time: Time) -> None:
    async with open_house(tmp_path) as house:
        session = await house.session()
        schedule = await scheduled(house, session, "in 1 minute")
        time.pass_by(seconds=120)
        await until(house, schedule, lambda s: s.state == "ended")
        assert await said(house, session) == ["what is new?"]


async def test_on_the_day_when_clocks_are_put_back_it_fires_once(tmp_path: Path, time: Time) -> None:
    time.now = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # midnight in Berlin
    async with open_house(tmp_path) as house:
        session = await house.session()
        schedule = await scheduled(house, session, "every day at 2:30")
        for _ in range(12):
            time.pass_by(minutes=30)
            schedule = await until(house, schedule, lambda s: s.next_at > time.now)
        assert (schedule.run_count, schedule.next_at) == (1, datetime(2026, 10, 26, 1, 30, tzinfo=UTC))


async def test_the_machines_zone_does_not_move_it(tmp_path: Path, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tzlocal.unix._cache_tz_name", None)  # somebody may have asked before
    monkeypatch.setenv("TZ", "America/New_York")
    async with open_house(tmp_path) as house:
        session = await house.session()
        schedule = await scheduled(house, session, "every day at 9", timezone=None)
        assert (schedule.timezone, schedule.next_at) == ("America/New_York", datetime(2026, 11, 21, 14, tzinfo=UTC))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    async with open_house(tmp_path) as house:
        again = await house.manager.schedules.get(house.ada, schedule.id)
        assert again == schedule


async def test_a_clock_that_is_set_back_repeats_nothing(tmp_path: Path, time: Time) -> None:
    async with open_house(tmp_path) as house:
        session = await house.session()
        schedule = await scheduled(house, session, "every hour")
        time.pass_by(minutes=30)
        await until(house, schedule, lambda s: s.run_count == 1)
        time.pass_by(minutes=-20)
        later = await scheduled(house, session, "in 20 minutes", content="in between")
        time.pass_by(minutes=20)
        await until(house, later, lambda s: s.run_count == 1)
        assert await said(house, session) == ["what is new?", "in between"]


async def test_paused_it_rests_and_resumed_it_goes_on_from_then(tmp_path: Path, time: Time) -> None:
    async with open_house(tmp_path) as house:
        session, schedules = await house.session(), house.manager.schedules
        hourly = await scheduled(house, session, "every hour")
        single = await scheduled(house, session, "in 10 minutes")
        for schedule in (hourly, single):
            paused = await schedules.update(house.ada, schedule.id, UpdateSchedule(paused=True))
            assert (paused.state, paused.next_at, paused.next) == ("paused", None, ())
        time.pass_by(minutes=95)
        resumed = await schedules.update(house.ada, hourly.id, UpdateSchedule(paused=False))
        assert (resumed.state, resumed.next_at) == ("active", datetime(2026, 11, 21, 11, tzinfo=UTC))
        with pytest.raises(Invalid, match="say another time"):
            await schedules.update(house.ada, single.id, UpdateSchedule(paused=False))
        moved = await schedules.update(house.ada, single.id, UpdateSchedule(paused=False, when="tomorrow 9:00"))
        assert (moved.state, moved.when, moved.next_at) == ("active", "tomorrow 9:00", SATURDAY + timedelta(hours=23.5))
        assert await said(house, session) == []


async def test_it_ends_when_it_was_to_end(tmp_path: Path, time: Time) -> None:
    async with open_house(tmp_path) as house:
        session = await house.session()
        schedule = await scheduled(house, session, "every day at 9:31", until="2026-11-22")
        assert len(schedule.next) == 2
        for runs in (1, 2):
            time.pass_by(days=1)
            schedule = await until(house, schedule, lambda s, runs=runs: s.run_count == runs)
        assert (schedule.state, schedule.next_at) == ("ended", None)
        with pytest.raises(Invalid, match="say another time"):
            await house.manager.schedules.update(house.ada, schedule.id, UpdateSchedule(paused=True))


async def test_what_is_changed_is_changed_from_now(tmp_path: Path, time: Time) -> None:
    async with open_house(tmp_path) as house:
        session, schedules = await house.session(), house.manager.schedules
        schedule = await scheduled(house, session, "every day at 9:31", until="in 3 weeks")
        changed = await schedules.update(house.ada, schedule.id, UpdateSchedule(content="else"))
        assert (changed.content, changed.next) == ("else", schedule.next)
        moved = await schedules.update(house.ada, schedule.id, UpdateSchedule(timezone="America/New_York", until=None))
        assert (moved.next_at, moved.until) == (datetime(2026, 11, 21, 14, 31, tzinfo=UTC), None)
        moved = await schedules.update(house.ada, schedule.id, UpdateSchedule(when="tomorrow noon"))
        assert (moved.cron, moved.next_at) == (None, datetime(2026, 11, 22, 17, tzinfo=UTC))
        with pytest.raises(Invalid, match="the same everywhere"):
            await schedules.update(house.ada, schedule.id, UpdateSchedule(timezone="UTC"))


async def test_what_came_due_in_an_archived_session_waits_until_it_is_taken_back(tmp_path: Path, time: Time) -> None:
    async with open_house(tmp_path) as house:
        session = await house.session()
        single = await scheduled(house, session, "in 10 minutes", content="single")
        hourly = await scheduled(house, session, "every hour")
        await house.manager.update_session(house.ada, session.id, UpdateSession(archived=True))
        time.pass_by(minutes=45)
        hourly = await until(house, hourly, lambda s: s.last_outcome)
        assert (hourly.last_outcome, hourly.last_note) == ("skipped", "the session is archived")
        await house.manager.update_session(house.ada, session.id, UpdateSession(archived=False))
        await until(house, single, lambda s: s.state == "ended")
        assert await said(house, session) == ["single\n\n(late: it was due at 2026-11-21 09:40)"]


async def test_one_that_cannot_be_fired_keeps_none_from_firing(
    tmp_path: Path, time: Time, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(tmp_path) as house:
        session = await house.session()
        await scheduled(house, session, "every hour", timezone="UTC", content="bad")
        good = await scheduled(house, session, "every hour")

        def no_such_zone(name: str) -> None:
            raise ValueError(f"there is no time zone {name}")

        monkeypatch.setattr(
            "segued.schedules.plans.zone_of", lambda name: no_such_zone(name) if name == "UTC" else zone_of(name)
        )
        time.pass_by(minutes=30)
        await until(house, good, lambda s: s.run_count == 1)
        assert "could not be fired" in caplog.text
        assert await said(house, session) == ["what is new?"]


async def test_a_clock_that_was_ahead_silences_nothing(
    tmp_path: Path, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house(tmp_path) as house:
        session = await house.session()
        hourly = await scheduled(house, session, "every hour")
        due = hourly.next_at
        time.pass_by(hours=25)
        await until(house, hourly, lambda s: s.run_count == 1)
        time.pass_by(hours=-25)
        await until(house, hourly, lambda s: s.next_at == due)
        assert caplog.text.count("the clock was set forward, or the machine slept: by 1 day, 1:00:") == 1
        assert caplog.text.count("the clock was set back by 1 day, 1:00:") == 1
        time.pass_by(minutes=30)
        await until(house, hourly, lambda s: s.run_count == 2)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"when": "soon"}, "not understood"),
        ({"when": "today 9:00"}, "passed already"),
        ({"timezone": "Berlin"}, "like Europe/Berlin"),
        ({"until": "today 9:00"}, "passed already"),
        ({"until": "every day at 9"}, "again and again"),
        ({"when": "tomorrow 9:00", "until": "today 23:00"}, "before its end"),
        ({"when": "every monday 9:00", "until": "tomorrow 9:00"}, "before its end"),
    ],
)
async def test_what_never_comes_is_refused(tmp_path: Path, time: Time, fields: dict[str, str], message: str) -> None:
    async with open_house(tmp_path) as house:
        session = await house.session()
        with pytest.raises(Invalid, match=message) as refusal:
            await scheduled(house, session, **({"when": "every day at 9"} | fields))
        assert refusal.value.details["field"] in fields


async def test_no_more_is_posted_than_a_message_may_hold(tmp_path: Path) -> None:
    small = load(flags={"sessions": {"max_message_bytes": 1024}})
    async with open_house(tmp_path, small) as house:
        session = await house.session()
        with pytest.raises(TooLarge):
            await scheduled(house, session, "tomorrow 9:00", content="x" * 1025)
        schedule = await scheduled(house, session, "tomorrow 9:00")
        with pytest.raises(TooLarge):
            await house.manager.schedules.update(house.ada, ScheduleId(schedule.id), UpdateSchedule(content="x" * 1025))
