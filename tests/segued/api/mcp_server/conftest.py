from __future__ import annotations

import pytest

from segue.client import Client
from tests.mcp_agents import MODES, Mode


@pytest.fixture
async def token(owner: Client) -> str:
    return (await owner.create_token("agent")).token


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    return request.param  # type: ignore[no-any-return]
