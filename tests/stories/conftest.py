"""A house that the stories of one module share: it takes seconds to open, and they hardly disturb each other."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.stories.discord_house import Building, House, building


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_building(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Building]:
    async with building(tmp_path_factory.mktemp("building")) as built:
        yield built


@pytest_asyncio.fixture(loop_scope="module")
async def shared_house(shared_building: Building) -> AsyncIterator[House]:
    async with shared_building.house() as house:
        yield house
