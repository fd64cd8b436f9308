"""An agent uses the tools of MCP servers in its turns, and a person allows what must be allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from segue.client import Client
from segue.models import SessionDetail
from tests.daemons import Daemon
from tests.mcp_servers import as_environment, modern, older
from tests.model_server import ModelServer


async def test_an_agent_uses_shared_servers_and_asks_before_it_writes(make_daemon: Callable[..., Daemon]) -> None:
    async with ModelServer() as model:
        servers = as_environment(older=older(), house=modern(approve="writes"))
        agent = {"AGENTS__CHAT__MODEL": "openai-compatible:m", "AGENTS__CHAT__BASE_URL": model.url}
        daemon = await asyncio.to_thread(make_daemon, **servers, **agent)
        async with daemon.client(interface="tui") as client:
            session = await client.create_session()
            model.ask(("older__echo", '{"text": "one"}'), ("house__echo", '{"text": "two"}'))
            model.say("Done.")
            question, *tools, done = await answer(client, session)
            assert (question, sorted(tools), done) == ("user: go", ["tool: one", "tool: two"], "assistant: Done.")

            model.ask(("house__fail", "{}"))
            model.say("It is broken.")
            await client.post(session.id, "break it", respond=True)
            while not (waiting := await client.approvals(session.id)):
                await asyncio.sleep(0.02)
            await client.decide(waiting[0].id, "allow")
            assert (await answered(client, session))[-1] == "assistant: It is broken."

            usage = await client.mcp_usage(session_id=session.id)
            used = {(tool.server, tool.tool): (tool.calls, tool.errors) for tool in usage.tools}
            assert used == {("older", "echo"): (1, 0), ("house", "echo"): (1, 0), ("house", "fail"): (1, 1)}
            assert [server.starts for server in await client.mcp_servers()] == [1, 1]


async def answer(client: Client, session: SessionDetail) -> list[str]:
    await client.post(session.id, "go", respond=True)
    return await answered(client, session)


async def answered(client: Client, session: SessionDetail) -> list[str]:
    """Return the transcript once no turn is owed."""
    while any(turn.state in ("queued", "running") for turn in await client.turns(session.id)):
        await asyncio.sleep(0.02)
    said = [(message.role, message.content) for message in await client.messages(session.id)]
    return [f"{role}: {content}" for role, content in said if content]
