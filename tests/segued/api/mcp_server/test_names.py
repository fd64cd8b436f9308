"""What agents call sessions and projects, and what they are told where it is nothing."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from mcp import MCPError

from segue.client import Client
from tests.daemons import Daemon
from tests.mcp_agents import new_name, over_http, text_of


async def test_a_session_is_named_by_either_end_of_its_id_or_its_title(
    tcp_daemon: Daemon, owner: Client, token: str
) -> None:
    word = uuid4().hex
    session = await owner.create_session(title=f"#{word}", project_id=word)
    async with over_http(tcp_daemon, token, new_name()) as agent:
        for number, name in enumerate((session.id, session.id[-8:], f"#{word}", word, word.upper())):
            await agent.say("post_message", session=name, content=f"heron {number}")
            assert f"heron {number}" in await agent.say("read_session", session=name)
        found = await agent.say("search_messages", query="heron", session=word)
        assert "UTC): heron 0" in found
        assert session.id in found
        await agent.say("remember", session=word, key="k", value="the heron sleeps")
        assert "heron" in await agent.say("recall", session=session.id[-8:])
        assert (await owner.memory(word, "k")).memory_value == "the heron sleeps"


async def test_a_name_of_several_is_an_error_that_lists_them(tcp_daemon: Daemon, owner: Client, token: str) -> None:
    title = f"twin {uuid4()}"
    twins = [await owner.create_session(title=title) for _ in range(2)]
    async with over_http(tcp_daemon, token, new_name()) as agent:
        refused = await agent.call("read_session", session=title)
        assert refused.is_error
        assert "could be any of 2 sessions" in text_of(refused)
        assert all(twin.id in text_of(refused) for twin in twins)


async def test_nobody_names_what_they_may_not_see(tcp_daemon: Daemon, owner: Client) -> None:
    hidden = await owner.create_session(title=f"hidden {uuid4()}", project_id=f"hidden {uuid4()}")
    await owner.save_memory(hidden.project_id or "", "k", "v")
    stranger = await owner.create_token("stranger", user="mcp stranger", scopes=["read", "write"])
    async with over_http(tcp_daemon, stranger.token, new_name()) as agent:
        for name in (hidden.id, hidden.id[-8:], hidden.title):
            refused = await agent.call("read_session", session=name)
            assert (refused.is_error, text_of(refused)) == (True, _no_session(name))
        assert "hidden" not in (await agent.say("recall", project="nowhere")).replace("nowhere", "")


def _no_session(name: str) -> str:
    return f"there is no session {name!r}: the tool list_sessions gives those that there are"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("read_session", {}),
        ("post_message", {"content": "x"}),
        ("ask", {"content": "x"}),
        ("stop", {}),
        ("wait_for_messages", {}),
        ("search_messages", {"query": "x"}),
        ("remember", {"key": "k", "value": "v"}),
        ("recall", {}),
        ("read_context", {}),
        ("add_context", {"decision": "x"}),
    ],
)
async def test_every_tool_says_which_tool_gives_the_sessions(
    tcp_daemon: Daemon, token: str, tool: str, arguments: dict[str, Any]
) -> None:
    async with over_http(tcp_daemon, token, "lost") as agent:
        refused = await agent.call(tool, session="nothing like that", **arguments)
        assert (refused.is_error, text_of(refused)) == (True, _no_session("nothing like that"))
        with pytest.raises(MCPError) as caught:
            await agent.client.read_resource("segue://sessions/gone")
        assert "/api/" not in str(caught.value)


async def test_what_an_unknown_project_remembers_is_nothing_and_others_are_named(
    tcp_daemon: Daemon, owner: Client, token: str
) -> None:
    user = f"mcp {uuid4()}"
    key = (await owner.create_token("agent", user=user, scopes=["read", "write"])).token
    async with over_http(tcp_daemon, key, new_name()) as agent:
        assert await agent.say("recall", project="no such") == "Nothing is remembered in project 'no such'."
        await agent.say("remember", project=user, key="heron", value="It sleeps.")
        for about in ({}, {"about": "heron"}):
            told = await agent.say("recall", project="no such", **about)
            assert told.startswith("Nothing is remembered in project 'no such'.")
            assert f"Projects that remember something: '{user}'." in told
        assert f"{user!r} remembers nothing about that" in await agent.say("recall", project=user, about="submarine")
        own = await agent.call("recall")
        assert f"say in `project` which one you mean (there are '{user}')" in text_of(own)
