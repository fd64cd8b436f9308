"""Items over HTTP: given back letter by letter, seen as messages, refused with reasons."""

from __future__ import annotations

import json

import pytest

from segue import routes
from segue.client import Client
from segue.routes import path
from tests.daemons import Daemon, Http
from tests.segued.api.doors import tcp


@pytest.fixture
async def session_id(client: Client) -> str:
    return (await client.create_session()).id


def where(session_id: str) -> str:
    return path(routes.SESSION_ITEMS, session_id=session_id)


async def raw(http: Http, address: str) -> str:
    async with http.session.get(address) as response:
        assert response.content_type == "application/json"
        return await response.text()


async def test_objects_and_strings_go_in_and_come_back(http: Http, session_id: str) -> None:
    odd = '{ "type":"reasoning", "n": 1.50, "big": 123456789012345678901234567890, "e":"\\u00e9\\ud800" }'
    answer = await http("POST", where(session_id), {"items": [{"role": "user", "content": "é"}, odd], "agent": "a"})
    assert answer == (201, {"added": 2, "last_seq": 3})
    assert (
        await raw(http, where(session_id)) == f'{{"items":[{{"role":"user","content":"é"}},{odd}],"before_seq":null}}'
    )


async def test_people_read_items_as_messages(http: Http, session_id: str) -> None:
    call = {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": '{"city":"Ulm"}'}
    items = [
        {"content": "What is the weather?", "role": "user"},
        {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "Ask the tool."}]},
        {"type": "reasoning", "id": "r", "summary": []},
        call,
        {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
        {"type": "function_call_output", "call_id": "c0", "output": [{"type": "input_text", "text": "earlier"}]},
        {"type": "message", "role": "assistant", "content": [
            {"type": "output_text", "text": "Sunny.", "annotations": []}, {"type": "refusal", "refusal": "No more."}]},
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [
            {"type": "input_text", "text": "And this?"}, {"type": "input_image", "image_url": "data:A"},
            {"type": "input_image", "image_url": "http://x/y.png"}, {"type": "input_file", "filename": "a.pdf"}]},
        {"type": "computer_call", "call_id": "c2", "action": {"type": "click", "x": 1}},
        {"type": "computer_call_output", "call_id": "c2", "output": {"type": "computer_screenshot"}},
        {"type": "mcp_call", "name": "find", "arguments": "{}", "output": "found", "server_label": "s"},
        {"type": "image_generation_call", "result": "AAAA", "status": "completed"},
        {"type": "something_new", "x": 1},
    ]  # fmt: skip
    assert (await http("POST", where(session_id), {"items": items, "agent": "Weather"}))[0] == 201
    _, messages = await http("GET", path(routes.MESSAGES, session_id=session_id))
    me = (await http("GET", routes.ME))[1]["user"]["name"]
    assert [(m["role"], m["sender"], m["content"]) for m in messages] == [
        ("user", me, "What is the weather?"),
        ("tool", "reasoning", "Ask the tool."),
        ("tool", "reasoning", ""),
        ("tool", "weather", 'weather({"city":"Ulm"})'),
        ("tool", "weather", "sunny"),
        ("tool", "tool", "earlier"),
        ("assistant", "Weather", "Sunny.\nNo more."),
        ("system", me, "Be brief."),
        ("user", me, "And this?\n[image]\n[image: http://x/y.png]\n[file: a.pdf]"),
        ("tool", "computer", 'computer({"type": "click", "x": 1})'),
        ("tool", "computer", "[screenshot]"),
        ("tool", "find", "find({})\nfound"),
        ("tool", "image_generation", "image_generation()"),
        ("tool", "something_new", "something_new()"),
    ]
    assert json.loads(await raw(http, where(session_id)))["items"] == items


async def test_items_ask_for_no_answer(client: Client) -> None:
    session = await client.create_session(reply="always")
    await client.add_items(session.id, [{"role": "user", "content": "hi"}])
    assert await client.turns(session.id) == []


async def test_a_text_too_long_to_be_shown_is_cut_there_and_kept_whole(client: Client, session_id: str) -> None:
    item = {"type": "function_call_output", "call_id": "c", "output": "é" * 600_000}
    await client.add_items(session_id, [item])
    (message,) = await client.messages(session_id)
    assert len(message.content.encode()) < 1024 * 1024
    assert message.content.endswith("more characters")
    assert await client.items(session_id) == [item]


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([], "at least 1"),
        (["[]"], "items.0: an item is a JSON object"),
        ([{}, "{"], "items.1: this is not JSON"),
        (['{"v": NaN}'], "items.0: this is not JSON"),
        ([{}, "[" * 100_000], "items.1: this is not JSON"),
        ([1], "items.0"),
        ([{}] * 10_001, "at most 10000"),
    ],
)
async def test_what_is_no_item_is_refused_and_nothing_is_stored(
    http: Http, session_id: str, items: list[object], said: str
) -> None:
    status, answer = await http("POST", where(session_id), {"items": items})
    assert (status, answer["error"]["code"]) == (422, "invalid")
    assert said in answer["error"]["message"]
    assert (await http("GET", where(session_id)))[1]["items"] == []


async def test_each_addition_succeeds_or_fails_for_itself(http: Http, session_id: str) -> None:
    good = [{"role": "user", "content": "x"}]
    additions = [
        {"session_id": session_id, "items": good},
        {"session_id": session_id, "items": ["[]"]},
        {"session_id": "nothing", "items": good},
        {"session_id": session_id, "items": good},
    ]
    status, answer = await http("POST", routes.ITEMS, {"additions": additions})
    assert status == 200
    outcomes = [o.get("last_seq") or o["error"]["code"] for o in answer["outcomes"]]
    assert outcomes == [2, "invalid", "session_not_found", 3]


async def test_a_strangers_addition_is_refused(tcp_daemon: Daemon) -> None:
    async with tcp_daemon.client() as owner:
        session = await owner.create_session()
        token = await owner.create_token("stranger", user="a stranger")
        async with tcp(tcp_daemon, token.token) as http:
            additions = [{"session_id": session.id, "items": [{"role": "user", "content": "x"}]}]
            _, answer = await http("POST", routes.ITEMS, {"additions": additions})
        assert answer["outcomes"][0]["error"]["code"] == "session_not_found"
        assert await owner.items(session.id) == []


async def test_the_last_item_is_popped_once_under_its_key(http: Http, session_id: str) -> None:
    await http("POST", where(session_id), {"items": [{"n": 1}, {"n": 2}]})
    pop = path(routes.ITEM_POP, session_id=session_id)
    for _ in range(2):
        assert await http("POST", pop, Idempotency_Key=f"pop {session_id}") == (200, {"item": {"n": 2}})
    assert [(await http("POST", pop))[1] for _ in range(2)] == [{"item": {"n": 1}}, {"item": None}]


async def test_clearing_empties_and_is_for_the_owner(tcp_daemon: Daemon) -> None:
    async with tcp_daemon.client() as owner:
        session = await owner.create_session()
        token = await owner.create_token("helper", user="a helper")
        await owner.update_session(session.id, members=[{"user_id": token.user_id, "role": "writer"}])
        await owner.add_items(session.id, [{"n": n} for n in range(1100)])
        async with tcp(tcp_daemon, token.token) as http:
            assert (await http("DELETE", where(session.id)))[0] == 403
        assert len(await owner.items(session.id)) == 1100
        await owner.clear_items(session.id)
        assert await owner.items(session.id) == []
        assert (await owner.session(session.id)).message_count == 0


async def test_a_fork_has_the_items_too(client: Client, http: Http, session_id: str) -> None:
    call = {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"}
    await client.add_items(session_id, [{"role": "user", "content": "x"}, call])
    status, fork = await http("POST", path(routes.SESSION_FORK, session_id=session_id), {})
    assert status == 201
    await client.clear_items(session_id)
    assert await client.items(fork["id"]) == [{"role": "user", "content": "x"}, call]
