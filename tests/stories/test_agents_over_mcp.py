"""Two agents that speak MCP and a person in the terminal are in one conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from segue.client import Client
from segue.events import MessageEvent
from tests.daemons import Daemon
from tests.mcp_agents import over_http, over_stdio


async def test_two_agents_and_a_person_talk_in_one_session(make_daemon: Callable[..., Daemon]) -> None:
    tcp_daemon = make_daemon(LISTEN='["unix:", "tcp:127.0.0.1:0"]')
    async with tcp_daemon.client(interface="tui") as person:
        token = (await person.create_token("reviewer")).token
        session = await person.create_session(title="Release", project_id="release talk", reply="never")
        async with (
            over_stdio(tcp_daemon, "coder") as coder,
            over_http(tcp_daemon, token, "reviewer", "legacy") as reviewer,
            asyncio.TaskGroup() as tasks,
        ):
            follower = tasks.create_task(heard(person, session.id, 5))
            while not (await person.session(session.id)).attached:
                await asyncio.sleep(0.02)
            waiting = tasks.create_task(reviewer.say("wait_for_messages", session=session.id, after_seq=0))
            await coder.say("post_message", session=session.id, content="The fix is in main.")
            assert "coder" in await waiting
            await reviewer.say("post_message", session=session.id, content="It is good.")
            await reviewer.say("remember", session=session.id, key="fix", value="merged and reviewed")
            await person.post(session.id, "Then we ship.")
            assert await coder.say("ask", session=session.id, content="count to 3") == "1 2 3"
            assert "merged and reviewed" in await coder.say("recall", session=session.id, about="fix")
            said = [
                ("coder", "mcp", "The fix is in main."),
                ("reviewer", "mcp", "It is good."),
                (session.members[0].name, "tui", "Then we ship."),
                ("coder", "mcp", "count to 3"),
                ("chat", "agent", "1 2 3"),
            ]
            assert await follower == said
            for agent in (coder, reviewer):
                read = await agent.say("read_session", session=session.id)
                assert [read.index(text) for _, _, text in said] == sorted(read.index(text) for _, _, text in said)


async def heard(person: Client, session_id: str, count: int) -> list[tuple[str, str, str]]:
    """Follow the session until so many messages were said."""
    said: list[tuple[str, str, str]] = []
    async for event in person.follow(session_id, after=0):  # type: ignore[arg-type]
        if isinstance(event, MessageEvent):
            said.append((event.data.sender, event.data.interface, event.data.content))
            if len(said) == count:
                break
    return said
