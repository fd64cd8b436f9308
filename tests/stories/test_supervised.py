"""Under a service manager that holds the sockets: restarts that nobody notices but by a pause, and a stuck daemon."""

from __future__ import annotations

import asyncio
import random
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from segue.client import Client
from tests.daemons import Daemon
from tests.stories.test_kill import THE_END, Window, check, post_until
from tests.supervisor import Supervisor

ENDS = (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM)
WATCHDOG_SECONDS = 2.0


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor(Daemon(tmp_path / "home")) as supervisor:
        yield supervisor


async def knock_until(stop: asyncio.Event, address: str | tuple[str, int]) -> int:
    """Connect again and again; a refusal or a missing socket ends the test. Return how often that was."""
    count = 0
    while not stop.is_set():
        with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as knocking:
            knocking.settimeout(30)
            knocking.connect(address)
        count += 1
        await asyncio.sleep(0.01)
    return count


async def test_restarts_under_load_refuse_nobody_and_lose_nothing(supervisor: Supervisor) -> None:
    daemon = supervisor.daemon
    async with daemon.client(retry_seconds=60) as owner:
        session = await owner.create_session(title="Under load", reply="never")
        token = (await owner.create_token("tcp", scopes=("read", "write", "run", "admin"))).token
        async with Client(supervisor.url, token=token, retry_seconds=60) as visitor:
            stop = asyncio.Event()
            clients = [owner, visitor] * 2
            windows = [Window(after=None if n % 2 else 0) for n in range(len(clients))]
            async with asyncio.timeout(110), asyncio.TaskGroup() as followers:
                for window, client in zip(windows, clients, strict=True):
                    followers.create_task(window.follow(client, session.id))
                async with asyncio.TaskGroup() as tasks:
                    posters = [
                        tasks.create_task(post_until(stop, client, session.id, f"poster{n}"))
                        for n, client in enumerate((owner, visitor))
                    ]
                    port = int(supervisor.url.rpartition(":")[2])
                    knocking = [
                        tasks.create_task(knock_until(stop, address))
                        for address in (str(daemon.socket), ("127.0.0.1", port))
                    ]
                    for number, end in enumerate(ENDS, 2):
                        await asyncio.sleep(random.uniform(0.2, 0.5))  # let them come into their stride
                        supervisor.send(end)
                        await asyncio.to_thread(supervisor.wait_until_ready, number)
                    stop.set()
                while (await owner.snapshot(session.id)).turns:
                    await asyncio.sleep(0.05)
                await owner.post(session.id, THE_END, respond=False)
            acknowledged = [message for poster in posters for message in poster.result()]
            await check(owner, session.id, acknowledged, windows)
            assert min(task.result() for task in knocking) > 0
    assert supervisor.exit_codes == [0, -signal.SIGKILL, 0]
    assert daemon.socket.is_socket()
    await asyncio.to_thread(check_what_was_said, supervisor)


def check_what_was_said(supervisor: Supervisor) -> None:
    """Check that the service manager is told of starts, stops and reloads."""
    assert supervisor.said.count("STOPPING=1") == ENDS.count(signal.SIGTERM)
    assert any(state.startswith("EXTEND_TIMEOUT_USEC=") for state in supervisor.said)
    supervisor.send(signal.SIGHUP)
    supervisor.wait_until_ready(len(ENDS) + 2)
    begun = supervisor.said.index("RELOADING=1")
    assert supervisor.said[begun + 1].startswith("MONOTONIC_USEC=")
    assert "settings read anew; changed: nothing" in supervisor.daemon.log


async def test_a_daemon_whose_loop_is_stuck_is_killed_by_the_watchdog_and_comes_back_with_everything(
    tmp_path: Path,
) -> None:
    with Supervisor(Daemon(tmp_path / "home"), WATCHDOG_SECONDS) as supervisor:
        await asyncio.to_thread(supervisor.wait_until_said, "WATCHDOG=1")
        async with supervisor.daemon.client(retry_seconds=60) as client:
            session = await client.create_session(reply="never")
            said = await client.post(session.id, "before")
            supervisor.send(signal.SIGSTOP)
            await asyncio.to_thread(supervisor.wait_until_ended, 1)
            again = await client.post(session.id, "after")
            assert [m.content for m in await client.messages(session.id)] == ["before", "after"]
            assert again.seq == said.seq + 1
    assert supervisor.exit_codes[0] == -signal.SIGKILL
