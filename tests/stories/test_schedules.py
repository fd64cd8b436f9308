"""A daemon killed around the time when things are due: each is posted once, and none is lost."""

from __future__ import annotations

import asyncio
from collections import Counter

from segue.client import Client
from tests.daemons import Daemon

DUE = 100
KILLS = 3
_PATIENCE_SECONDS = 60


async def _posted(client: Client, session_id: str, more_than: int) -> int:
    """Return how many messages there are, once there are more."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while (count := len(await client.messages(session_id, limit=500))) <= more_than:
            await asyncio.sleep(0.002)
    return count


async def test_killed_around_due_times_a_daemon_posts_each_once(daemon: Daemon) -> None:
    async with daemon.client() as client:
        session = await client.create_session(reply="never")
        for number in range(DUE):
            await client.schedule(session.id, "in 1 second", f"number {number}", kind="reminder")
    posted = 0
    for _ in range(KILLS):
        async with daemon.client() as client:
            posted = await _posted(client, session.id, min(posted, DUE - 1))
        daemon.restart()
    async with daemon.client() as client:
        await _posted(client, session.id, DUE - 1)
        said = Counter(message.content.split("\n")[0] for message in await client.messages(session.id, limit=500))
        assert said == Counter(f"number {number}" for number in range(DUE))
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while await client.schedules():
                await asyncio.sleep(0.01)
        assert [schedule.run_count for schedule in await client.schedules(ended=True)] == [1] * DUE


async def test_killed_while_a_prompt_is_due_a_daemon_answers_it_once(daemon: Daemon) -> None:
    async with daemon.client() as client:
        session = await client.create_session(reply="never")
        await client.schedule(session.id, "in 1 second", "count to 5")
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not await client.messages(session.id):
                await asyncio.sleep(0.01)
        daemon.restart()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while (await client.snapshot(session.id)).turns:
                await asyncio.sleep(0.05)
        assert [m.content for m in await client.messages(session.id)] == ["count to 5", "1 2 3 4 5"]
