"""The session for agents of the OpenAI Agents SDK, driven as that SDK drives it and beside its own sessions."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from uuid import uuid4

import pytest
from agents import Agent, RunConfig, Runner, Session, SessionSettings, SQLiteSession, function_tool
from agents.testing import ScriptedModel, assistant_message, function_call

from segue.agents_session import SegueSession
from segue.client import Client
from segue.errors import Forbidden, Unreachable
from tests.daemons import Daemon

QUIET = RunConfig(tracing_disabled=True)
EVERY_KIND: list[dict[str, Any]] = [
    {"role": "user", "content": "plain"},
    {"content": "the other way round", "role": "user"},
    {"role": "assistant", "content": "content"},
    {"type": "message", "role": "user", "content": "user"},
    {"role": "developer", "content": "be brief"},
    {"role": "user", "content": [{"type": "input_text", "text": "see"}, {"type": "input_image", "detail": "auto",
        "image_url": "data:image/png;base64," + "A" * 300_000}, {"type": "input_file", "file_id": "f"}]},
    {"id": "msg_1", "content": [{"annotations": [], "text": "Ä 🦆 \x00 \x1a \u2028 \"\\", "type": "output_text",
        "logprobs": []}], "role": "assistant", "status": "completed", "type": "message"},
    {"id": "rs_1", "summary": [], "type": "reasoning", "encrypted_content": "gAAA", "content": None},
    {"arguments": "{\"city\": \"Ulm\"}", "call_id": "c1", "name": "weather", "type": "function_call", "id": "fc_1"},
    {"call_id": "c1", "output": "sunny", "type": "function_call_output"},
    {"call_id": "c1", "output": [{"type": "input_text", "text": "sunny"}], "type": "function_call_output"},
    {"type": "computer_call", "id": "cu", "call_id": "c2", "action": {"type": "click", "x": 1, "y": -0.0},
        "pending_safety_checks": [], "status": "completed"},
    {"type": "computer_call_output", "call_id": "c2",
        "output": {"type": "computer_screenshot", "image_url": "data:image/png;base64,AAAA"}},
    {"type": "web_search_call", "id": "ws", "status": "completed", "action": {"type": "search", "query": "weather"}},
    {"type": "file_search_call", "id": "fs", "queries": ["a", "b"], "results": None, "status": "completed"},
    {"type": "code_interpreter_call", "id": "ci", "code": "1 + 1", "container_id": "x", "outputs": []},
    {"type": "image_generation_call", "id": "ig", "result": "AAAA", "status": "completed"},
    {"type": "local_shell_call", "id": "ls", "call_id": "c3", "action": {"type": "exec", "command": ["ls"], "env": {}}},
    {"type": "local_shell_call_output", "id": "lo", "output": "a\nb"},
    {"type": "apply_patch_call", "call_id": "c4", "operation": {"type": "delete_file", "path": "a"}},
    {"type": "mcp_list_tools", "id": "ml", "server_label": "s", "tools": [{"name": "x", "input_schema": {"a": [2.5]}}]},
    {"type": "mcp_approval_request", "id": "ma", "name": "x", "arguments": "{}", "server_label": "s"},
    {"type": "mcp_approval_response", "approval_request_id": "ma", "approve": True, "reason": None},
    {"type": "mcp_call", "id": "mc", "name": "x", "arguments": "{}", "server_label": "s", "output": "o", "error": None},
    {"type": "item_reference", "id": "msg_0"},
    {"type": "compaction", "encrypted_content": "x"},
    {"type": "unheard_of", "": {"": [[[{}]]]}, "big": 2**100, "tiny": 5e-324, "half \ud83e": "\udd86", "none": None},
    {"role": "user", "content": ""},
    {"role": "tool", "content": "of another API", "name": "\n"},
    {},
]  # fmt: skip


def letters(items: Any) -> list[str]:
    """Return what shows every difference, that of the order of keys too."""
    return [json.dumps(item) for item in items]


def user(text: str) -> Any:
    return {"role": "user", "content": text}


@pytest.fixture
async def session(client: Client) -> SegueSession:
    return SegueSession(f"agent {uuid4()}", client)


@pytest.fixture
def sqlite() -> Any:
    session = SQLiteSession("beside")
    yield session
    session.close()


async def test_it_is_a_session_to_the_sdk(session: SegueSession) -> None:
    assert isinstance(session, Session)
    assert session.session_settings is None


async def test_items_of_every_kind_come_back_as_they_went_in(session: SegueSession, sqlite: SQLiteSession) -> None:
    for some in (EVERY_KIND, *([item] for item in EVERY_KIND)):
        for each in (session, sqlite):
            await each.add_items(some)  # type: ignore[arg-type]
    assert letters(await session.get_items()) == letters(await sqlite.get_items()) == letters(EVERY_KIND * 2)
    for item in reversed(EVERY_KIND * 2):
        assert letters([await session.pop_item()]) == letters([item])
    assert await session.pop_item() is None


@pytest.mark.parametrize("settings", [None, SessionSettings(), SessionSettings(limit=2), {"limit": 3}, {"limit": 0}])
async def test_limits_mean_what_they_mean_to_the_sdks_own_session(client: Client, settings: Any) -> None:
    ours = SegueSession(str(uuid4()), client, session_settings=settings)
    theirs = SQLiteSession("beside", session_settings=settings)
    for each in (ours, theirs):
        assert await each.get_items() == []
        assert await each.pop_item() is None
        await each.add_items([])
        await each.add_items([user(str(n)) for n in range(5)])
    for limit in (None, 0, 1, 4, 5, 6, -1):
        assert await ours.get_items(limit) == await theirs.get_items(limit)
        assert await ours.get_items(limit=limit) == await theirs.get_items(limit=limit)
    theirs.close()


async def test_clearing_empties_it_and_it_goes_on(session: SegueSession) -> None:
    await session.add_items([user("a"), user("b")])
    await session.clear_session()
    assert await session.get_items() == []
    await session.clear_session()
    await session.add_items([user("c")])
    assert await session.get_items() == [user("c")]


async def test_a_closed_session_refuses_as_the_sdks_own_do(session: SegueSession, sqlite: SQLiteSession) -> None:
    await session.add_items([user("a")])
    session.close()
    await session.close()
    sqlite.close()
    for each in (session, sqlite):
        name = type(each).__name__
        for call in (each.get_items, each.pop_item, each.clear_session, lambda each=each: each.add_items([])):
            with pytest.raises(RuntimeError, match=f"{name} is closed"):
                await call()
    async with SegueSession(session.session_id, session._client) as again:
        assert await again.get_items() == [user("a")]
    with pytest.raises(RuntimeError, match="closed"):
        await again.get_items()


async def place_of(client: Client, name: str) -> tuple[str, str]:
    """Return the place of the session that the caller calls so."""
    return ("http", f"{(await client.me()).user.id}/{name}")


async def test_a_name_is_the_same_session_for_all_who_use_it(client: Client) -> None:
    for name in (f"support {uuid4()}", str(uuid4())):
        await SegueSession(name, client).add_items([user("a")])
        assert await SegueSession(name, client).get_items() == [user("a")]
        opened = await SegueSession.open(client, place=await place_of(client, name))
        assert await opened.get_items() == [user("a")]
        found = await client.session(opened.session_id)
        assert (found.title, found.reply) == (name, "never")


async def test_an_id_is_that_session_whoever_made_it(client: Client) -> None:
    theirs = await client.create_session()
    await SegueSession(theirs.id, client).add_items([user("a")])
    assert [m.content for m in await client.messages(theirs.id)] == ["a"]


async def test_what_people_say_is_there_in_order(client: Client, session: SegueSession) -> None:
    await session.add_items([user("a")])
    session_id = (await client.create_session(place=await place_of(client, session.session_id))).id
    await client.post(session_id, "from the terminal", respond=False)
    await client.post(session_id, "and an answer", role="assistant")
    await session.add_items([{"type": "reasoning", "id": "r", "summary": []}])
    image = {"type": "input_image", "detail": "auto", "image_url": "http://x/y.png"}
    await client.post(session_id, "look", images=["http://x/y.png"], documents=[{"name": "n", "text": "t"}])
    document = {"type": "input_text", "text": "[Document: n]\nt"}
    assert await session.get_items() == [
        user("a"),
        user("from the terminal"),
        {"role": "assistant", "content": "and an answer"},
        {"type": "reasoning", "id": "r", "summary": []},
        {"role": "user", "content": [{"type": "input_text", "text": "look"}, document, image]},
    ]
    assert len(await session.get_items(2)) == 2


@function_tool
def weather(city: str) -> str:
    return f"sunny in {city}"


async def told(client: Client, session_id: str) -> AsyncIterator[tuple[str, str, str]]:
    async with aclosing(client.follow(session_id)) as events:
        async for event in events:
            if event.type == "snapshot":
                yield ("", "", "attached")
            elif event.type == "message.created":
                yield (event.data.role, event.data.sender, event.data.content)


async def test_an_agent_runs_twice_and_people_see_it_live(client: Client, session: SegueSession) -> None:
    session_id = (await client.create_session(place=await place_of(client, session.session_id))).id
    me = (await client.me()).user.name
    seen: list[tuple[str, str, str]] = []
    model = ScriptedModel(
        [
            [function_call("weather", {"city": "Ulm"}, call_id="c")],
            [assistant_message("Sunny.")],
            [assistant_message("Ulm.")],
        ]
    )
    agent = Agent(name="Forecaster", model=model, tools=[weather])
    ours = SegueSession(session.session_id, client, agent="Forecaster")
    async with asyncio.timeout(30), aclosing(told(client, session_id)) as messages:
        await anext(messages)
        first = await Runner.run(agent, "What is the weather in Ulm?", session=ours, run_config=QUIET)
        async for message in messages:
            seen.append(message)
            if message[0] == "assistant":
                break
    assert seen == [
        ("user", me, "What is the weather in Ulm?"),
        ("tool", "weather", 'weather({"city":"Ulm"})'),
        ("tool", "weather", "sunny in Ulm"),
        ("assistant", "Forecaster", "Sunny."),
    ]
    await client.post(session_id, "I am in Ulm too.", respond=False)
    second = await Runner.run(agent, "Which city was it?", session=ours, run_config=QUIET)
    assert (first.final_output, second.final_output) == ("Sunny.", "Ulm.")
    given = model.calls[-1].input
    assert [item.get("type", item.get("role")) for item in given] == [
        "user", "function_call", "function_call_output", "message", "user", "user",
    ]  # fmt: skip
    assert given[4:] == [user("I am in Ulm too."), {"content": "Which city was it?", "role": "user"}]


async def test_a_run_leaves_the_same_items_as_with_the_sdks_own_session(
    session: SegueSession, sqlite: SQLiteSession
) -> None:
    for each in (session, sqlite):
        for question in ("one", "two"):
            script = [[function_call("weather", {"city": "Ulm"}, call_id="c")], [assistant_message("Sunny.")]]
            agent = Agent(name="Forecaster", model=ScriptedModel(script), tools=[weather])
            result = Runner.run_streamed(agent, question, session=each, run_config=QUIET)
            async for _ in result.stream_events():
                pass
    assert letters(await session.get_items()) == letters(await sqlite.get_items())


ADDING = """
import asyncio, sys
from segue.agents_session import SegueSession
from segue.client import Client

async def main(address, name, who):
    async with Client(address) as client:
        session = SegueSession(name, client)
        async def call(n):
            await session.add_items([{"role": "user", "content": f"{who} {n} {i}"} for i in range(3)])
        for n in range(0, 40, 8):
            await asyncio.gather(*map(call, range(n, n + 8)))

asyncio.run(main(*sys.argv[1:]))
"""


async def test_two_processes_at_once_lose_nothing_and_each_call_stays_together(
    shared_daemon: Daemon, session: SegueSession
) -> None:
    command = [sys.executable, "-c", ADDING, shared_daemon.address, session.session_id]
    processes = [await asyncio.create_subprocess_exec(*command, who) for who in ("a", "b")]
    assert [await process.wait() for process in processes] == [0, 0]
    said = [str(item["content"]) for item in await session.get_items()]  # type: ignore[typeddict-item]
    assert len(set(said)) == len(said) == 240
    for first in range(0, 240, 3):
        call = said[first].removesuffix(" 0")
        assert said[first : first + 3] == [f"{call} {i}" for i in range(3)]


async def test_it_works_over_tcp_with_a_token(make_daemon: Any) -> None:
    daemon = make_daemon(LISTEN='["unix:", "tcp:127.0.0.1:0"]')
    async with daemon.client() as owner:
        writer = await owner.create_token("agent", user="agent", scopes=["read", "write"])
        reader = await owner.create_token("reader", user="agent", scopes=["read"])
    port = daemon.log.rpartition("127.0.0.1:")[2].split()[0].rstrip(",")
    async with Client(f"http://127.0.0.1:{port}", token=writer.token) as client:
        session = SegueSession("mine", client)
        model = ScriptedModel([[assistant_message("Hello.")]])
        await Runner.run(Agent(name="A", model=model), "hi", session=session, run_config=QUIET)
        assert [m.content for m in await client.messages((await client.sessions()).sessions[0].id)] == ["hi", "Hello."]
        async with Client(f"http://127.0.0.1:{port}", token=reader.token) as other:
            theirs = SegueSession((await other.sessions()).sessions[0].id, other)
            assert len(await theirs.get_items()) == 2
            with pytest.raises(Forbidden):
                await theirs.add_items([user("x")])
    daemon.stop()
    async with daemon.client(retry_seconds=0) as client:
        with pytest.raises(Unreachable):
            await SegueSession("mine", client).get_items()


def test_segue_does_not_need_the_sdk() -> None:
    code = "import sys; sys.modules['agents'] = None; import segue.agents_session; print('fine')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "fine\n"
