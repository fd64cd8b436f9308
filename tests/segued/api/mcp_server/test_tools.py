"""The tools of `/mcp`, as the official SDK's client finds them, over both generations of the protocol."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import uuid4

import pytest

from segue import routes
from segue.client import Client
from tests.daemons import Daemon
from tests.mcp_agents import Mode, new_name, over_http, over_stdio, sees, text_of


async def test_an_agent_posts_asks_and_reads_in_a_session_of_its_own(
    tcp_daemon: Daemon, owner: Client, token: str, mode: Mode
) -> None:
    me = new_name()
    async with over_http(tcp_daemon, token, me, mode) as agent:
        posted = (await agent.call("post_message", content="hello")).structured_content
        assert await agent.say("ask", content="count to 3") == "1 2 3"
        read = await agent.say("read_session")
    messages = await owner.messages(posted["session"])
    assert [(m.sender, m.interface, m.content) for m in messages] == [
        (me, "mcp", "hello"),
        (me, "mcp", "count to 3"),
        ("chat", "agent", "1 2 3"),
    ]
    assert read.startswith(f"[{posted['seq']}] {me} (user, mcp, ")
    assert read.endswith("1 2 3")
    async with over_http(tcp_daemon, token, me, mode) as agent:  # and finds it again
        assert (await agent.call("post_message", content="again")).structured_content["session"] == posted["session"]


async def test_agents_of_the_same_name_but_other_users_share_nothing(
    tcp_daemon: Daemon, owner: Client, token: str
) -> None:
    me = new_name()
    other = (await owner.create_token("other", user="mcp user", scopes=["read", "write", "run"])).token
    sessions = []
    for key in (other, token):
        async with over_http(tcp_daemon, key, me) as agent:
            sessions.append((await agent.call("post_message", content="x")).structured_content["session"])
            assert len(set(sessions)) == len(sessions)
    async with over_http(tcp_daemon, other, me) as agent:
        refused = await agent.call("read_session", session=sessions[1])
        assert refused.is_error
        assert "list_sessions" in text_of(refused)


async def test_an_agent_waits_for_what_others_say_and_not_for_itself(
    tcp_daemon: Daemon, owner: Client, token: str, mode: Mode
) -> None:
    session = await owner.create_session(title="to wait in")
    async with over_http(tcp_daemon, token, new_name(), mode, **{routes.VISIT: "mine alone"}) as agent:
        waiting = asyncio.ensure_future(agent.call("wait_for_messages", session=session.id))  # noqa: TID251
        await sees(owner, session.id, ("mcp",))
        own = (await agent.call("post_message", content="mine", session=session.id, sender="me")).structured_content
        said = await owner.post(session.id, "yours")
        result = await waiting
        assert text_of(result).count("yours") == 1
        assert result.structured_content == {"session": session.id, "last_seq": said.seq}
        late = await agent.say("wait_for_messages", session=session.id, after_seq=own["seq"])
        assert "mine" not in late
        assert "yours" in late
        nothing = await agent.say("wait_for_messages", session=session.id, timeout_seconds=1)
        assert nothing.endswith(f"(Go on with after_seq={said.seq}.)")
        own = (await agent.call("post_message", content="mine again", session=session.id)).structured_content
        begun = time.monotonic()
        alone = await agent.say("wait_for_messages", session=session.id, after_seq=said.seq, timeout_seconds=1)
        assert time.monotonic() - begun >= 1
        assert alone.startswith("Nobody else said anything for 1 seconds.")
        assert "mine again" in alone
        assert alone.endswith(f"(Go on with after_seq={own['seq']}.)")


async def test_agents_of_one_name_hear_each_other(tcp_daemon: Daemon, owner: Client, token: str, mode: Mode) -> None:
    session, name = await owner.create_session(), new_name()
    async with over_stdio(tcp_daemon, name, mode) as one, over_http(tcp_daemon, token, name, mode) as other:
        waiting = asyncio.ensure_future(one.say("wait_for_messages", session=session.id))  # noqa: TID251
        await sees(owner, session.id, ("mcp",))
        await one.say("post_message", content="from one", session=session.id)
        await other.say("post_message", content="from the other", session=session.id)
        heard = await waiting
        assert "from one" in heard
        assert "from the other" in heard
        heard = await other.say("wait_for_messages", session=session.id, after_seq=0)
        assert "from one" in heard


async def test_a_wait_can_be_cancelled_and_says_how_long_it_lasts(
    tcp_daemon: Daemon, owner: Client, token: str, mode: Mode
) -> None:
    session = await owner.create_session()
    told: asyncio.Queue[str | None] = asyncio.Queue()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        assert (progress < 60, total) == (True, 60)
        told.put_nowait(message)

    async with over_http(tcp_daemon, token, new_name(), mode) as agent:
        call = agent.client.call_tool("wait_for_messages", {"session": session.id}, progress_callback=note)
        waiting = asyncio.ensure_future(call)  # noqa: TID251
        await sees(owner, session.id, ("mcp",))
        assert await told.get() == "waiting"
        waiting.cancel()
        await sees(owner, session.id, ())
        assert await agent.say("list_sessions", search="no such title") == "There are no sessions like that."


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("read_session", {"session": "gone"}, "there is no session 'gone': the tool list_sessions"),
        ("read_session", {"limit": 0}, "limit: Input should be greater than or equal to 1"),
        ("post_message", {}, "content: Field required"),
        ("post_message", {"content": "x", "to": "y"}, "to: there is no such field"),
        ("remember", {"key": "k", "value": "v"}, "say in `project` which one"),
        ("add_context", {}, "give at least one of file_path, file_importance, search_query, decision"),
        ("dance", {}, "there is no tool 'dance': there are list_sessions, "),
    ],
)
async def test_what_goes_wrong_is_a_result_that_says_what_to_do(
    tcp_daemon: Daemon, token: str, tool: str, arguments: dict[str, Any], says: str
) -> None:
    async with over_http(tcp_daemon, token, "careless") as agent:
        result = await agent.call(tool, **arguments)
        assert result.is_error
        assert says in text_of(result)


@pytest.mark.parametrize(("tool", "scope"), [("post_message", "write"), ("ask", "run")])
async def test_a_token_without_the_scope_may_not(tcp_daemon: Daemon, owner: Client, tool: str, scope: str) -> None:
    session = await owner.create_session()
    scopes: list[Any] = ["read"] if scope == "write" else ["read", "write"]
    narrow = (await owner.create_token("narrow", scopes=scopes)).token
    async with over_http(tcp_daemon, narrow, "narrow") as agent:
        refused = await agent.call(tool, content="x", session=session.id)
        assert refused.is_error
        assert f"'{scope}'" in text_of(refused)


async def test_what_is_remembered_and_noted_is_everybodys(tcp_daemon: Daemon, owner: Client, token: str) -> None:
    project = str(uuid4())
    session = await owner.create_session(project_id=project)
    async with over_http(tcp_daemon, token, new_name()) as agent:
        await agent.say("remember", session=session.id, key="deploy-day", value="We deploy on Tuesdays.")
        assert "deploy-day: We deploy on Tuesdays." in await agent.say("recall", about="deploy", project=project)
        assert "Tuesdays" in await agent.say("recall", session=session.id)
        await agent.say("add_context", session=session.id, file_path="a.py", file_importance=0.5)
        assert '"path":"a.py"' in await agent.say("read_context", session=session.id)
    assert (await owner.memory(project, "deploy-day")).memory_value == "We deploy on Tuesdays."
    await owner.post(session.id, "the heron has landed")
    async with over_http(tcp_daemon, token, new_name()) as agent:
        assert session.id in await agent.say("search_messages", query="heron")
        assert session.id in await agent.say("list_sessions", project=project)
