from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.segued.sessions.house import House, open_house
from tests.segued.sessions.lamp import Scene, ask_for_the_lamp


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """The agent has asked for the lamp in the hall, and a person is waited for."""
    async with ask_for_the_lamp(tmp_path, {"room": "hall"}) as scene:
        yield scene
