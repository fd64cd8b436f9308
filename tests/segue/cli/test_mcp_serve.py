"""`segue mcp serve`, as agents start it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from mcp.shared.exceptions import MCPDeprecationWarning

from tests.daemons import Daemon
from tests.mcp_agents import MODES, Agent, Mode, over_stdio
from tests.segue.cli.conftest import COMMAND, run_segue, watched


@pytest.mark.parametrize("mode", MODES)
async def test_an_agent_talks_to_the_daemon(shared_daemon: Daemon, mode: Mode) -> None:
    async with over_stdio(shared_daemon, "over stdio", mode) as agent:
        tools = {tool.name for tool in (await agent.client.list_tools()).tools}
        assert {"list_sessions", "read_session", "search_messages", "post_message", "ask", "wait_for_messages"} < tools
        assert await agent.say("ask", content="count to 4") == "1 2 3 4"
        refused = await agent.call("read_session", session="Grüße – gone")
        assert refused.is_error
        uri = "segue://sessions/" + (await agent.call("post_message", content="ö")).structured_content["session"]
        assert "ö" in (await agent.client.read_resource(uri)).contents[0].text  # type: ignore[union-attr]


@pytest.mark.parametrize("mode", MODES)
async def test_the_agent_goes_on_after_the_daemon_was_killed(daemon: Daemon, mode: Mode) -> None:
    async with over_stdio(daemon, "survivor", mode) as agent, asyncio.TaskGroup() as tasks:
        session = (await agent.call("post_message", content="before")).structured_content["session"]
        waiting = tasks.create_task(agent.say("wait_for_messages", session=session))
        async with daemon.client() as client:
            while (await client.session(session)).attached != ("mcp",):
                await asyncio.sleep(0.02)
        await asyncio.to_thread(daemon.restart)
        await agent.say("post_message", content="after")
        async with daemon.client() as client:
            while (await client.session(session)).attached != ("mcp",):
                await asyncio.sleep(0.02)
            await client.post(session, "welcome back")
            assert "welcome back" in await waiting
            assert [m.content for m in await client.messages(session)] == ["before", "after", "welcome back"]


async def told_again(daemon: Daemon, agent: Agent, uri: str) -> None:
    """Return once the agent is told of a change that came after the daemon was killed."""
    await asyncio.to_thread(daemon.restart)
    while uri not in agent.updated:  # it may have changed meanwhile
        await asyncio.sleep(0.01)
    agent.updated.clear()
    async with daemon.client() as client:
        await client.post(uri.rpartition("/")[2], "anew")
    while uri not in agent.updated:
        await asyncio.sleep(0.01)


async def test_subscriptions_outlive_the_daemon(daemon: Daemon) -> None:
    async with daemon.client() as client:
        uri = f"segue://sessions/{(await client.create_session()).id}"
    async with over_stdio(daemon, "listener", "auto") as agent, agent.client.listen(resource_subscriptions=[uri]):
        await told_again(daemon, agent, uri)
    async with over_stdio(daemon, "listener", "legacy") as agent:
        with pytest.warns(MCPDeprecationWarning):
            await agent.client.session.subscribe_resource(uri)
        await told_again(daemon, agent, uri)


def asking(number: int, method: str, **params: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}) + "\n"


HANDSHAKE = asking(
    1, "initialize", protocolVersion="2025-03-26", capabilities={}, clientInfo={"name": "raw", "version": "1"}
)


def test_every_line_is_answered_by_one_line(shared_daemon: Daemon) -> None:
    lines = HANDSHAKE + "no json\n[]\n\n" + asking(2, "tools/list") + asking(3, "no/such")
    done = run_segue(shared_daemon, "mcp", "serve", stdin=lines)
    answers = {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines()) if answer["id"]}
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 5)
    assert answers[1]["result"]["protocolVersion"] == "2025-03-26"
    assert answers[1]["result"]["serverInfo"]["title"] == "Segue"
    assert answers[2]["result"]["tools"]
    assert answers[3]["error"]["code"] == -32601


ODD = [
    ('{"jsonrpc":"2.0","id":[1],"method":"tools/list"}', (None, -32600)),
    ('{"jsonrpc":"2.0","id":null,"method":"tools/list"}', (None, -32600)),
    ('{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}', (None, -32600)),
    ('{"jsonrpc":"2.0","id":2,"method":5}', (2, -32600)),
    ('{"jsonrpc":"2.0","id":3,"method":"tools/list","params":[1]}', (3, -32602)),
    ('{"jsonrpc":"2.0","id":4,"method":"tools/list","params":{"_meta":"x"}}', (4, -32602)),
    ("[" * 100_000, (None, -32700)),
    ('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":[1]}}', None),
    ('{"jsonrpc":"2.0","method":"notifications/cancelled","params":[1]}', None),
]


def test_odd_messages_are_refused_and_end_nothing(shared_daemon: Daemon) -> None:
    lines = HANDSHAKE + "".join(f"{line}\n" for line, _ in ODD) + asking(9, "tools/list")
    done = run_segue(shared_daemon, "mcp", "serve", stdin=lines)
    assert (done.returncode, done.stderr) == (0, "")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    refused = [(answer["id"], answer["error"]["code"]) for answer in answers if "error" in answer]
    assert sorted(refused, key=str) == sorted((told for _, told in ODD if told), key=str)
    assert {answer["id"] for answer in answers if "result" in answer} == {1, 9}


def test_a_message_that_nobody_expected_is_answered_and_the_next_one_too(shared_daemon: Daemon) -> None:
    call = '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"\\ud83d","_meta":{"%s":"2026-07-28"}}}\n'
    lines = HANDSHAKE + call % "io.modelcontextprotocol/protocolVersion" + asking(3, "tools/list")
    done = run_segue(shared_daemon, "mcp", "serve", stdin=lines)
    answers = {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    assert answers[2]["error"]["code"] == -32603
    assert answers[3]["result"]["tools"]


def test_without_a_daemon_it_says_how_to_start_one(tmp_path: Path) -> None:
    lines = HANDSHAKE + asking(2, "tools/list") + asking(3, "ping")
    done = run_segue(Daemon(tmp_path / "nobody"), "mcp", "serve", stdin=lines)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert {answer["id"] for answer in answers} == {1, 2, 3}
    assert all("start it with `segue server start`" in answer["error"]["message"] for answer in answers)
    assert done.stderr == f"segue: {answers[0]['error']['message']}\n" * 3


def test_it_says_soon_that_the_daemon_went_and_goes_on_when_it_is_back(daemon: Daemon) -> None:
    with watched(daemon, "mcp", "serve", stdin=subprocess.PIPE, stderr=None) as serving:
        assert serving.process.stdin

        def ask(line: str) -> dict[str, Any]:
            serving.process.stdin.write(line)
            serving.process.stdin.flush()
            answer: dict[str, Any] = json.loads(serving.read_until("\n"))
            return answer

        assert "result" in ask(HANDSHAKE)
        daemon.stop()
        began = time.monotonic()
        assert "start it with `segue server start`" in ask(asking(2, "tools/list"))["error"]["message"]
        assert time.monotonic() - began < 20
        daemon.start()
        assert ask(asking(3, "tools/list"))["result"]["tools"]


def test_a_refusal_of_the_daemon_is_told(shared_daemon: Daemon, tmp_path: Path) -> None:
    tcp = Daemon(tmp_path / "tcp", {"LISTEN": '["tcp:127.0.0.1:0"]'})
    tcp.start()
    url = "http://127.0.0.1:" + tcp.log.rpartition("tcp:127.0.0.1:")[2].split()[0]
    done = run_segue(tcp, "mcp", "serve", stdin=HANDSHAKE, SEGUE_URL=url, SEGUE_TOKEN="wrong")
    tcp.kill()
    assert "segue token create" in json.loads(done.stdout)["error"]["message"]


def test_it_loads_nothing_heavy(shared_daemon: Daemon) -> None:
    program = """
import sys
from segue.cli.main import run
assert run(["mcp", "serve"]) == 0
heavy = {"aiohttp", "pydantic", "mcp", "rich", "textual", "asyncio"} & set(sys.modules)
assert not heavy, heavy
"""
    given = {"input": HANDSHAKE, "text": True, "capture_output": True, "timeout": 100}
    done = subprocess.run([sys.executable, "-c", program], env=shared_daemon.env, check=False, **given)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_snippet_for_clients_names_what_runs() -> None:
    document = (Path(__file__).parents[3] / "docs/agents.md").read_text()
    (snippet,) = [line for line in document.splitlines() if '"mcp", "serve"' in line]
    server = json.loads("{" + snippet.strip().rstrip(",") + "}")["segue"]
    assert (server["command"], *server["args"]) == ("segue", "mcp", "serve")
    assert COMMAND[-1] == "segue.cli.main"
