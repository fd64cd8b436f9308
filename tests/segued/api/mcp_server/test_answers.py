"""Answers that agents ask for: waited for, given up, stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from segue.client import Client
from segue.models import SessionId
from tests.daemons import Daemon
from tests.mcp_agents import MODES, Mode, new_name, over_http, over_stdio, text_of

LONG = "count to 100000"


async def test_an_answer_that_takes_long_is_not_lost(tcp_daemon: Daemon, owner: Client, token: str) -> None:
    async with over_http(tcp_daemon, token, new_name()) as agent:
        result = await agent.call("ask", content="count to 100000", timeout_seconds=1)
        facts = result.structured_content
        assert facts["state"] in ("queued", "running")
        assert f"after_seq={facts['seq']}" in text_of(result)
        await owner.cancel(facts["turn_id"])
        after = await agent.say("wait_for_messages", session=facts["session"], after_seq=facts["seq"])
        assert "cancelled" in after


async def ended(owner: Client, session_id: str) -> list[str]:
    """Return the states of the session's turns once none is owed."""
    while any(turn.state in ("queued", "running") for turn in await owner.turns(SessionId(session_id))):
        await asyncio.sleep(0.01)
    return [turn.state for turn in await owner.turns(SessionId(session_id))]


async def running(owner: Client, session_id: str) -> None:
    """Return once an answer is being written."""
    while not any(turn.state == "running" for turn in await owner.turns(SessionId(session_id))):
        await asyncio.sleep(0.01)


async def test_an_ask_that_is_cancelled_stops_its_answer_and_no_other(
    tcp_daemon: Daemon, owner: Client, token: str, mode: Mode
) -> None:
    session = await owner.create_session()
    async with over_http(tcp_daemon, token, new_name(), mode) as agent:
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(agent.call("ask", session=session.id, content=LONG), name="ask")
            await running(owner, session.id)
            asking.cancel()
        assert await ended(owner, session.id) == ["cancelled"]
        await owner.post(session.id, LONG, respond=True)
        await running(owner, session.id)
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(agent.call("ask", session=session.id, content="count to 3"), name="ask")
            while len(await owner.turns(session.id)) < 3:
                await asyncio.sleep(0.01)
            asking.cancel()
        while (await owner.turns(session.id))[-1].state != "cancelled":
            await asyncio.sleep(0.01)
        assert (await owner.turns(session.id))[1].state == "running"
        assert "cancelled" in await agent.say("stop", session=session.id)
        assert await ended(owner, session.id) == ["cancelled"] * 3
        assert await agent.say("stop", session=session.id) == "No answer is being worked on there."


async def test_an_answer_goes_on_where_the_daemon_stops_while_it_is_waited_for(
    make_daemon: Callable[..., Daemon],
) -> None:
    daemon = make_daemon(SERVER__STOP_GRACE_SECONDS="0")
    async with daemon.client() as owner, over_stdio(daemon, "patient") as agent, asyncio.TaskGroup() as tasks:
        session = await owner.create_session()
        await agent.say("list_sessions")  # a daemon that has answered once is waited for while it restarts
        asking = tasks.create_task(agent.call("ask", session=session.id, content="count to 300"), name="ask")
        await running(owner, session.id)
        assert await asyncio.to_thread(daemon.stop) == 0
        await asyncio.to_thread(daemon.start)
        assert text_of(await asking).endswith(" 300")
        assert await ended(owner, session.id) == ["completed"]


@pytest.mark.parametrize("mode", MODES)
async def test_an_agent_that_goes_takes_what_it_asked_with_it(
    shared_daemon: Daemon, client: Client, mode: Mode
) -> None:
    session = await client.create_session()
    async with over_stdio(shared_daemon, "gone soon", mode) as agent:
        asking = asyncio.ensure_future(agent.call("ask", session=session.id, content=LONG))  # noqa: TID251
        await running(client, session.id)
    with suppress(Exception):
        await asking
    assert await ended(client, session.id) == ["cancelled"]
