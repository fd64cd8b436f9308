from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.segued.store.drivers import DRIVERS, Driver, Home, open_home


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest, tmp_path: Path) -> Driver:
    return DRIVERS[request.param](tmp_path)


@pytest.fixture
async def home(driver: Driver) -> AsyncIterator[Home]:
    async with open_home(driver) as home:
        yield home
