"""The standard fixtures: the real daemon, alone or shared, and clients attached to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from segue.client import Client
from tests.daemons import Daemon, Http

# The same examples everywhere, and no clock, for machines are busy; `--hypothesis-profile=default` looks for others.
settings.register_profile(
    "segue", max_examples=50, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("segue")


@pytest.fixture(scope="session")
def shared_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon for tests that only need sessions of their own."""
    daemon = Daemon(tmp_path_factory.mktemp("shared"))
    daemon.start()
    yield daemon
    assert daemon.stop() == 0, daemon.log


@pytest.fixture
def make_daemon(tmp_path: Path) -> Iterator[Callable[..., Daemon]]:
    """Start daemons with settings of their own: `make_daemon(AGENTS__CHAT__MODEL="openai:x")`."""
    daemons: list[Daemon] = []

    def make(**settings: str) -> Daemon:
        daemon = Daemon(tmp_path / f"home{len(daemons)}", settings)
        daemons.append(daemon)
        daemon.start()
        return daemon

    yield make
    for daemon in daemons:
        daemon.kill()


@pytest.fixture
def daemon(make_daemon: Callable[..., Daemon]) -> Daemon:
    """A daemon that the test may kill."""
    return make_daemon()


@pytest.fixture
async def client(shared_daemon: Daemon) -> AsyncIterator[Client]:
    async with shared_daemon.client() as client:
        yield client


@pytest.fixture
async def http(shared_daemon: Daemon) -> AsyncIterator[Http]:
    async with shared_daemon.http() as http:
        yield http
