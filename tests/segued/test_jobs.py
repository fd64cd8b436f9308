"""Work on the clock: done when it is due, sooner when that changes, again when it failed, also if the clock is set."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from segued import clock, jobs
from segued.jobs import NEVER, Job


class Work:
    """Notes when it was asked, and answers with what it was told to."""

    def __init__(self, *answers: float | Exception) -> None:
        self._answers = list(answers)
        self.asked = 0
        self.times = asyncio.Semaphore(0)

    async def __call__(self) -> float:
        self.asked += 1
        self.times.release()
        answer = self._answers.pop(0) if self._answers else NEVER
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def was_asked(self) -> None:
        async with asyncio.timeout(20):
            await self.times.acquire()


@asynccontextmanager
async def running(work: Work) -> AsyncIterator[Job]:
    job = Job("a test", work)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(job.keep_running())
        await work.was_asked()
        yield job
        task.cancel()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_BETWEEN_SECONDS", 0.0)
    monkeypatch.setattr(jobs, "_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(clock, "LOOK_AGAIN_SECONDS", 0.01)


async def test_work_is_asked_at_the_start_and_when_it_is_due() -> None:
    work = Work(clock.now() + 0.05)
    async with running(work):
        await work.was_asked()
    assert work.asked == 2


async def test_what_becomes_due_sooner_is_not_waited_for() -> None:
    work = Work(clock.now() + 10_000)
    async with running(work) as job:
        job.due(clock.now())
        await work.was_asked()


async def test_what_is_due_later_changes_nothing() -> None:
    work = Work(clock.now() + 0.05, NEVER)
    async with running(work) as job:
        job.due(math.inf)
        await work.was_asked()


async def test_what_failed_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    work = Work(ValueError("no luck"))
    async with running(work):
        await work.was_asked()
    assert "a test: no luck" in caplog.text


async def test_a_clock_that_is_set_forward_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work(clock.now() + 3600)
    async with running(work):
        assert work.asked == 1
        monkeypatch.setattr(clock, "nanoseconds", lambda: time.time_ns() + 7200 * 10**9)
        await work.was_asked()
