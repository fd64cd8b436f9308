"""The use of MCP tools: added up, told to who may know, and forgotten with its session."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from segue.errors import SessionNotFound
from segue.models import SessionId
from segued.store.base import McpUse
from tests.segued.store.drivers import Home, once

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def use(session_id: str | None, tool: str = "echo", calls: int = 1, seconds: float = 1.0) -> McpUse:
    where = SessionId(session_id) if session_id else None
    return McpUse("s", tool, where, calls, 0, seconds, seconds / calls, NOON)


async def test_uses_are_added_up_by_tool_and_by_session(home: Home) -> None:
    mine, other = await home.session(), await home.session(home.bob)
    await home.store.add_mcp_uses((use(mine.id, calls=2, seconds=4.0), use(other.id), use(None), use(mine.id, "grow")))
    await home.store.add_mcp_uses((use(mine.id),))
    usage = await home.store.get_mcp_usage(home.ada, None)
    assert [(u.tool, u.calls, u.mean_seconds, u.max_seconds) for u in usage.tools] == [
        ("echo", 3, 5 / 3, 2.0),
        ("grow", 1, 1.0, 1.0),
    ]
    assert [(u.session_id, u.calls) for u in usage.sessions] == [(mine.id, 4)]
    everything = await home.store.get_mcp_usage(home.admin, None)
    assert [u.calls for u in everything.tools] == [5, 1]
    assert {u.session_id for u in everything.sessions} == {mine.id, other.id}
    with pytest.raises(SessionNotFound):
        await home.store.get_mcp_usage(home.ada, other.id)


async def test_a_session_that_is_deleted_is_forgotten_and_that_tools_were_used_is_not(home: Home) -> None:
    session = await home.session()
    await home.store.add_mcp_uses((use(session.id), use(None)))
    await home.store.delete_session(home.ada, session.id)
    await home.store.add_mcp_uses((use(session.id),))
    usage = await home.store.get_mcp_usage(home.admin, None)
    assert ([u.calls for u in usage.tools], usage.sessions) == ([3], ())


async def test_a_call_is_claimed_once_under_its_key(home: Home) -> None:
    assert await home.store.claim_call(once(home.ada, "k"), "first") == "first"
    assert await home.store.claim_call(once(home.ada, "k"), "second") == "first"
    assert await home.store.claim_call(once(home.bob, "k"), "third") == "third"
