"""`/mcp`, as the official SDK's client finds it, over both generations of the protocol."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientPayloadError
from mcp import MCPError
from mcp.shared.exceptions import MCPDeprecationWarning

from segue import routes
from segue.client import Client
from segue.models import SessionId
from tests.daemons import Daemon
from tests.mcp_agents import MODES, Agent, Mode, over_http, text_of
from tests.segued.api.doors import tcp

HANDSHAKE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}},
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
async def token(owner: Client) -> str:
    return (await owner.create_token("agent")).token


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    return request.param  # type: ignore[no-any-return]


def name() -> str:
    return f"agent {uuid4()}"


async def sees(owner: Client, session_id: str, attached: tuple[str, ...]) -> None:
    """Return once so many kinds of windows have the session open."""
    while (await owner.session(SessionId(session_id))).attached != attached:
        pass


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_without_a_token_nobody_gets_in(tcp_daemon: Daemon, method: str) -> None:
    async with tcp(tcp_daemon) as http:
        assert (await http(method, routes.MCP, HANDSHAKE, **ACCEPT))[0] == 401
    async with tcp(tcp_daemon, "wrong") as http:
        assert (await http(method, routes.MCP, HANDSHAKE, **ACCEPT))[0] == 401


async def test_another_host_is_refused(tcp_daemon: Daemon, token: str) -> None:
    async with tcp(tcp_daemon, token, Host="evil.example") as http:
        assert (await http("POST", routes.MCP, HANDSHAKE, **ACCEPT))[0] == 403


async def test_an_agent_posts_asks_and_reads_in_a_session_of_its_own(
    tcp_daemon: Daemon, owner: Client, token: str, mode: Mode
) -> None:
    me = name()
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
    me = name()
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
    async with over_http(tcp_daemon, token, name(), mode) as agent:
        waiting = asyncio.ensure_future(agent.call("wait_for_messages", session=session.id))  # noqa: TID251
        await sees(owner, session.id, ("mcp",))
        own = (await agent.call("post_message", content="mine", session=session.id)).structured_content
        said = await owner.post(session.id, "yours")
        result = await waiting
        assert text_of(result).count("yours") == 1
        assert result.structured_content == {"session": session.id, "last_seq": said.seq}
        late = await agent.say("wait_for_messages", session=session.id, after_seq=own["seq"])
        assert "yours" in late
        nothing = await agent.say("wait_for_messages", session=session.id, timeout_seconds=1)
        assert nothing.endswith(f"(Go on with after_seq={said.seq}.)")


async def test_a_wait_can_be_cancelled_and_says_how_long_it_lasts(
    tcp_daemon: Daemon, owner: Client, token: str, mode: Mode
) -> None:
    session = await owner.create_session()
    told: asyncio.Queue[str | None] = asyncio.Queue()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        assert (progress < 60, total) == (True, 60)
        told.put_nowait(message)

    async with over_http(tcp_daemon, token, name(), mode) as agent:
        call = agent.client.call_tool("wait_for_messages", {"session": session.id}, progress_callback=note)
        waiting = asyncio.ensure_future(call)  # noqa: TID251
        await sees(owner, session.id, ("mcp",))
        assert await told.get() == "waiting"
        waiting.cancel()
        await sees(owner, session.id, ())
        assert await agent.say("list_sessions", search="no such title") == "There are no sessions like that."


async def test_an_answer_that_takes_long_is_not_lost(tcp_daemon: Daemon, owner: Client, token: str) -> None:
    async with over_http(tcp_daemon, token, name()) as agent:
        result = await agent.call("ask", content="count to 100000", timeout_seconds=1)
        facts = result.structured_content
        assert facts["state"] == "running"
        assert f"after_seq={facts['seq']}" in text_of(result)
        await owner.cancel(facts["turn_id"])
        after = await agent.say("wait_for_messages", session=facts["session"], after_seq=facts["seq"])
        assert "cancelled" in after


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("read_session", {"session": "gone"}, "there is no session 'gone'"),
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
    async with over_http(tcp_daemon, token, name()) as agent:
        await agent.say("remember", session=session.id, key="deploy-day", value="We deploy on Tuesdays.")
        assert "deploy-day: We deploy on Tuesdays." in await agent.say("recall", about="deploy", project=project)
        assert "Tuesdays" in await agent.say("recall", session=session.id)
        await agent.say("add_context", session=session.id, file_path="a.py", file_importance=0.5)
        assert '"path":"a.py"' in await agent.say("read_context", session=session.id)
    assert (await owner.memory(project, "deploy-day")).memory_value == "We deploy on Tuesdays."
    await owner.post(session.id, "the heron has landed")
    async with over_http(tcp_daemon, token, name()) as agent:
        assert session.id in await agent.say("search_messages", query="heron")
        assert session.id in await agent.say("list_sessions", project=project)


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
    async with over_http(tcp_daemon, token, name(), mode) as agent:
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
    async with over_http(tcp_daemon, stranger.token, name()) as agent:
        own = (await agent.call("post_message", content="x")).structured_content["session"]
        uris = [f"segue://sessions/{id}" for id in (hidden.id, own)]
        async with agent.client.listen(resource_subscriptions=uris) as events:
            await owner.post(hidden.id, "a secret")
            await owner.post(own, "hello")
            assert getattr(await anext(events), "uri", None) == uris[1]


async def test_a_session_of_the_protocol_serves_only_who_began_it(tcp_daemon: Daemon, owner: Client) -> None:
    keys = [(await owner.create_token(user, user=user)).token for user in ("mcp one", "mcp two")]
    async with tcp(tcp_daemon, keys[0], **ACCEPT) as http, http.session.post(routes.MCP, json=HANDSHAKE) as response:
        mine = response.headers["Mcp-Session-Id"]
    asking = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    for key, status in ((keys[1], 404), (keys[0], 200)):
        async with tcp(tcp_daemon, key, **ACCEPT) as http:
            assert (await http("POST", routes.MCP, asking, Mcp_Session_Id=mine))[0] == status


async def test_the_same_key_posts_once(tcp_daemon: Daemon, owner: Client, token: str) -> None:
    session = await owner.create_session()
    async with tcp(tcp_daemon, token, **ACCEPT) as http:
        async with http.session.post(routes.MCP, json=HANDSHAKE) as response:
            mine = response.headers["Mcp-Session-Id"]
        arguments = {"content": "once", "session": session.id}
        params = {"name": "post_message", "arguments": arguments}
        for number in (2, 3):
            asking = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
            key = {"Mcp_Session_Id": mine, "Idempotency_Key": session.id}
            assert "Posted" in (await http("POST", routes.MCP, asking, **key))[1]
    assert [m.content for m in await owner.messages(session.id)] == ["once"]


async def test_a_deleted_token_ends_what_is_open(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("short-lived")
    async with tcp(tcp_daemon, token.token, **ACCEPT) as http:
        async with http.session.post(routes.MCP, json=HANDSHAKE) as response:
            mine = response.headers["Mcp-Session-Id"]
        async with http.session.get(routes.MCP, headers={"Mcp-Session-Id": mine}) as stream:
            await owner.delete_token(token.id)
            with pytest.raises(ClientPayloadError):
                await stream.content.read()


async def test_the_daemon_stops_at_once_while_agents_listen(make_daemon: Callable[..., Daemon]) -> None:
    daemon = make_daemon(LISTEN='["unix:", "tcp:127.0.0.1:0"]')
    async with daemon.client() as owner:
        token = (await owner.create_token("agent")).token
    async with (
        over_http(daemon, token, "listener") as agent,
        agent.client.listen(resource_subscriptions=["segue://sessions/x"]),
    ):
        begun = asyncio.get_running_loop().time()
        assert await asyncio.to_thread(daemon.stop) == 0
        assert asyncio.get_running_loop().time() - begun < 5
    assert "ERROR" not in daemon.log


def test_the_sdk_waits_for_the_first_agent() -> None:
    code = "import sys, segued.app; print([m for m in ('mcp', 'starlette', 'mcp_types') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "[]\n"
