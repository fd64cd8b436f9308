from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from segue.client import Client
from tests.daemons import Daemon
from tests.segued.api.doors import Target, make_target


@pytest.fixture(scope="session")
def tcp_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that listens on TCP too, for tests that only need sessions of their own."""
    daemon = Daemon(tmp_path_factory.mktemp("tcp"), {"LISTEN": '["unix:", "tcp:127.0.0.1:0"]'})
    daemon.start()
    yield daemon
    assert daemon.stop() == 0, daemon.log


@pytest.fixture
async def owner(tcp_daemon: Daemon) -> AsyncIterator[Client]:
    async with tcp_daemon.client() as client:
        yield client


@pytest.fixture
async def target(owner: Client) -> Target:
    return await make_target(owner)
