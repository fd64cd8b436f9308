"""Sessions and memories as resources, and who is told of their changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from mcp import MCPError
from mcp.shared.exceptions import MCPDeprecationWarning

from segue.client import Client
from tests.daemons import Daemon
from tests.mcp_agents import Agent, Mode, new_name, over_http


async def changed(agent: Agent, uri: str, act: Callable[[], Any]) -> None:
    """Do something, and return once the agent was told that the resource changed."""
    if agent.client.protocol_version >= "2026":
        async with agent.client.listen(resource_subscriptions=[uri]) as events:
            await act()
            assert getattr(await anext(events), "uri", None) == uri
        return
    with pytest.warns(MCPDeprecationWarning):
        await agent.client.session.subscribe_resource(uri)
    while uri not in agent.updated:  # the SDK opens its stream for it at leisure
        await act()
        await asyncio.sleep(0.01)


async def test_sessions_and_memories_are_resources_that_tell_of_changes(
    tcp_daemon: Daemon, owner: Client, token: str, mode: Mode
) -> None:
    project = f"a/b {uuid4()}"
    session = await owner.create_session(title="a resource", project_id=project)
    uri = f"segue://sessions/{session.id}"
    async with over_http(tcp_daemon, token, new_name(), mode) as agent:
        await changed(agent, uri, lambda: owner.post(session.id, "hear, hear"))
        assert "hear, hear" in (await agent.client.read_resource(uri)).contents[0].text  # type: ignore[union-attr]
        listed = {str(r.uri): r.name for r in (await agent.client.list_resources()).resources}
        assert listed[uri] == "a resource"
        (memories,) = [uri for uri, title in listed.items() if title == f"Memories of {project}"]
        await changed(agent, f"{memories}/k", lambda: owner.save_memory(project, "k", "v"))
        assert (await agent.client.read_resource(memories)).contents[0].text == '{"k": "v"}'  # type: ignore[union-attr]
        assert (await agent.client.read_resource(f"{memories}/k")).contents[0].text == "v"  # type: ignore[union-attr]
        templates = (await agent.client.list_resource_templates()).resource_templates
        assert {template.name for template in templates} == {"session", "memories", "memory"}
        for nothing in ("segue://nothing/here", "file:///etc/passwd", "segue://sessions/gone"):
            with pytest.raises(MCPError, match="there is no"):
                await agent.client.read_resource(nothing)


async def test_nobody_hears_of_what_they_may_not_see(tcp_daemon: Daemon, owner: Client) -> None:
    stranger = await owner.create_token("stranger", user="mcp stranger", scopes=["read", "write"])
    hidden = await owner.create_session()
    async with over_http(tcp_daemon, stranger.token, new_name()) as agent:
        own = (await agent.call("post_message", content="x")).structured_content["session"]
        uris = [f"segue://sessions/{id}" for id in (hidden.id, own)]
        async with agent.client.listen(resource_subscriptions=uris) as events:
            await owner.post(hidden.id, "a secret")
            await owner.post(own, "hello")
            assert getattr(await anext(events), "uri", None) == uris[1]
