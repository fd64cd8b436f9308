"""Running the agent on a chat: answered whole or as it comes, a turn like any other."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from segue.client import Client
from tests.daemons import Daemon, Http
from tests.segued.api.doors import tcp


async def frames(http: Http, body: Any, **headers: str) -> list[dict[str, Any]]:
    """Run, and return the frames of the stream."""
    async with http.session.post("/chat/run", json=body, headers=headers) as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")
        lines = (await response.text()).splitlines()
    assert all(line.startswith(("data: ", ":")) or not line for line in lines)
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


async def test_an_answer_comes_whole(client: Client, http: Http) -> None:
    status, result = await http("POST", "/chat/run", {"input": "count to 3"})
    assert (status, result["success"], result["error"], result["final_output"]) == (200, True, None, "1 2 3")
    assert set(result) == {
        "final_output",
        "success",
        "error",
        "usage",
        "response_id",
        "session_id",
        "chat_id",
    }
    session = await client.session(result["session_id"])
    assert [(m.role, m.content) for m in session.messages] == [("user", "count to 3"), ("assistant", "1 2 3")]
    assert session.messages[1].id == result["response_id"]


async def test_a_session_goes_on_under_its_id_and_under_any_name_that_one_gives_it(http: Http) -> None:
    for name in ("user_sarah_123", "a/b ü"):
        ids = set()
        for number in (2, 3):
            _, result = await http("POST", "/chat/run", {"input": f"count to {number}", "session_id": name})
            assert result["session_id"] == name
            ids.add(result["chat_id"])
        (chat_id,) = ids
        _, again = await http("POST", "/chat/run", {"input": "count to 4", "session_id": chat_id})
        assert again["session_id"] == again["chat_id"] == chat_id
        _, chat = await http("GET", f"/chats/{chat_id}")
        said = [message["content"] for message in chat["conversation"]]
        assert said == ["count to 2", "1 2", "count to 3", "1 2 3", "count to 4", "1 2 3 4"]
    assert (await http("GET", "/chats/user_sarah_123"))[1]["chat_id"] != chat_id


async def test_a_name_is_ones_own(tcp_daemon: Daemon, owner: Client) -> None:
    ids = set()
    for name in ("one", "two"):
        token = await owner.create_token(name, user=name)
        async with tcp(tcp_daemon, token.token) as http:
            _, result = await http("POST", "/chat/run", {"input": "count to 2", "session_id": "default"})
            ids.add(result["chat_id"])
            assert (await http("GET", "/chats/"))[1]["total"] == 1
            stranger = await owner.create_session()
            _, result = await http("POST", "/chat/run", {"input": "count to 2", "session_id": stranger.id})
            assert result["chat_id"] not in (stranger.id, *ids)
    assert len(ids) == 2


async def test_nobody_lands_in_somebody_elses_session_by_a_name(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("victim", user="victim")
    session = await owner.create_session()
    await owner.bind("http", f"{token.user_id}/default", session.id)
    async with tcp(tcp_daemon, token.token) as http, tcp_daemon.http() as own:
        for members in ([], [{"user_id": token.user_id, "role": "writer"}]):
            await own("PATCH", f"/api/v1/sessions/{session.id}", {"members": members})
            status, answer = await http("POST", "/chat/run", {"input": "hi", "session_id": "default"})
            assert (status, answer["error"]["code"]) == (409, "place_taken")
    assert (await owner.session(session.id)).messages == ()


@pytest.mark.parametrize(("flag", "headers"), [({"stream": True}, {}), ({}, {"Accept": "text/event-stream"})])
async def test_an_answer_comes_as_it_is_written(http: Http, flag: Any, headers: Any) -> None:
    told = await frames(http, {"input": "count to 20", "session_id": "streamed"} | flag, **headers)
    *deltas, end = told
    assert {frame["type"] for frame in deltas} == {"raw_response"}
    assert {frame["event_type"] for frame in deltas} == {"response.output_text.delta"}
    assert [frame["sequence_number"] for frame in deltas] == list(range(len(deltas)))
    assert "".join(frame["delta"] for frame in deltas) == end["final_output"] == " ".join(map(str, range(1, 21)))
    assert (end["type"], end["success"], end["session_id"]) == ("stream_complete", True, "streamed")
    assert {frame["item_id"] for frame in deltas} == {end["response_id"]}


async def test_what_was_said_before_is_part_of_it(http: Http) -> None:
    _, chat = await http("POST", "/chats/", {"conversation": [{"role": "user", "content": "We decided on the heron."}]})
    asked = {"input": "What did we decide about the heron?", "session_id": chat["chat_id"]}
    assert "We decided on the heron." in (await http("POST", "/chat/run", asked))[1]["final_output"]


async def test_a_list_of_messages_is_an_input_too(http: Http) -> None:
    items = [{"role": "assistant", "content": "Ask me.", "x": 1}, {"role": "user", "content": "count to 2", "y": 2}]
    _, result = await http("POST", "/chat/run", {"input": items})
    _, chat = await http("GET", f"/chats/{result['chat_id']}")
    assert chat["conversation"] == [*items, {"role": "assistant", "content": "1 2"}]


async def test_an_answer_that_is_stopped_says_so(client: Client, http: Http) -> None:
    for stream in (False, True):
        session = await client.create_session()
        body = {"input": "count to 100000", "session_id": session.id, "stream": stream}
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(frames(http, body) if stream else http("POST", "/chat/run", body))  # type: ignore[arg-type]
            while not (turns := await client.turns(session.id)) or turns[0].state != "running":
                await asyncio.sleep(0.01)
            await client.cancel(turns[0].id)
        if stream:
            *_, error, end = running.result()
            assert (error["type"], end["type"]) == ("error", "stream_complete")
            assert error["message"] == end["error"]
        else:
            status, end = running.result()
            assert status == 200
        assert (end["success"], end["error"]) == (False, "the answer was cancelled")


async def test_who_goes_away_is_answered_all_the_same(client: Client, http: Http) -> None:
    session = await client.create_session()
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(http("POST", "/chat/run", {"input": "count to 300", "session_id": session.id}))
        while not await client.turns(session.id):
            await asyncio.sleep(0.01)
        assert not asking.done()
        asking.cancel()
    while (await client.turns(session.id))[0].state != "completed":
        await asyncio.sleep(0.02)
    assert (await client.session(session.id)).messages[-1].content.endswith("300")


async def test_the_same_key_gives_the_same_answer(http: Http) -> None:
    runs = [await http("POST", "/chat/run", {"input": "count to 3"}, Idempotency_Key="run once") for _ in range(2)]
    assert runs[0] == runs[1]
    assert len((await http("GET", f"/chats/{runs[0][1]['chat_id']}"))[1]["conversation"]) == 2


async def test_many_run_in_one_session_and_each_gets_its_own_answer(http: Http) -> None:
    async def run(number: int) -> None:
        _, result = await http("POST", "/chat/run", {"input": f"count to {number}", "session_id": "busy"})
        assert result["final_output"] == " ".join(map(str, range(1, number + 1)))

    async with asyncio.TaskGroup() as tasks:
        for number in range(2, 8):
            tasks.create_task(run(number))


async def test_a_reader_may_not_run(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("reader", user="reader")
    session = await owner.create_session()
    async with tcp(tcp_daemon, token.token) as http, tcp_daemon.http() as own:
        where = f"/api/v1/sessions/{session.id}"
        await own("PATCH", where, {"members": [{"user_id": token.user_id, "role": "reader"}]})
        status, answer = await http("POST", "/chat/run", {"input": "hi", "session_id": session.id})
        assert (status, answer["error"]["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"input": ""},
        {"input": []},
        {"input": None},
        {"input": ["x"]},
        {"input": 7},
        {"input": "x", "session_id": ""},
        {"input": "x", "session_id": "a\x00b"},
        {"input": "x", "session_id": "x" * 161},
        {"input": "x", "stream": "perhaps"},
        {"input": "x", "sesion_id": "y"},
        {"input": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]},
    ],
)
async def test_a_run_that_is_wrong_is_refused(http: Http, body: Any) -> None:
    before = (await http("GET", "/chats/?limit=1"))[1]["total"]
    status, answer = await http("POST", "/chat/run", body)
    assert (status, answer["error"]["code"]) == (422, "invalid")
    assert (await http("GET", "/chats/?limit=1"))[1]["total"] == before
