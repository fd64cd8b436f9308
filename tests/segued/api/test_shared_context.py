"""Shared context: messages that programs pass to each other, in sessions that people may watch."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from segue.client import Client
from tests.daemons import Http


@pytest.mark.parametrize("body", [None, {}, {"title": "Work"}])
async def test_a_session_is_made_without_a_body_or_with_one(client: Client, http: Http, body: Any) -> None:
    status, made = await http("POST", "/sessions", body)
    assert (status, made["history"]) == (200, [])
    session = await client.session(made["session_id"])
    assert (session.title, session.reply) == (made["title"], "never")


async def test_an_empty_body_that_says_it_is_json_is_none(http: Http) -> None:
    assert (await http("POST", "/sessions", data=b"", Content_Type="application/json"))[0] == 200


async def test_what_each_says_is_in_the_history(client: Client, http: Http) -> None:
    _, made = await http("POST", "/sessions")
    where = f"/sessions/{made['session_id']}"
    for sender, content in (("planner", "a plan"), ("coder", "a patch"), ("assistant", "")):
        status, added = await http("POST", f"{where}/messages", {"sender": sender, "content": content})
        assert (status, added["status"]) == (200, "message added")
        assert (added["message"]["role"], added["message"]["turn_id"]) == ("user", None)
    status, session = await http("GET", where)
    assert status == 200
    assert [(m["sender"], m["content"]) for m in session["history"]] == [
        ("planner", "a plan"),
        ("coder", "a patch"),
        ("assistant", ""),
    ]
    assert all(set(m) == {"id", "session_id", "sender", "content", "timestamp"} for m in session["history"])
    assert {m["session_id"] for m in session["history"]} == {made["session_id"]}
    assert [m.id for m in (await client.session(made["session_id"])).messages] == [m["id"] for m in session["history"]]


async def test_the_history_is_complete_however_long(http: Http) -> None:
    _, made = await http("POST", "/sessions")
    for start in range(0, 700, 350):
        batch = {"messages": [{"content": str(n)} for n in range(start, start + 350)]}
        assert (await http("POST", f"/api/v1/sessions/{made['session_id']}/messages/batch", batch))[0] == 201
    _, session = await http("GET", f"/sessions/{made['session_id']}")
    assert [m["content"] for m in session["history"]] == [str(n) for n in range(700)]


async def test_nothing_is_answered_unless_somebody_asks(client: Client, http: Http) -> None:
    _, made = await http("POST", "/sessions", X_Segue_Interface="tui")
    where = f"/sessions/{made['session_id']}/messages"
    await http("POST", where, {"sender": "planner", "content": "count to 2"})
    assert not await client.turns(made["session_id"])
    _, added = await http("POST", where, {"sender": "planner", "content": "count to 3", "respond": True})
    assert added["message"]["turn_id"]
    while (await client.turns(made["session_id"]))[0].state != "completed":
        await asyncio.sleep(0.01)
    assert (await http("GET", f"/sessions/{made['session_id']}"))[1]["history"][-1]["content"] == "1 2 3"


async def test_many_at_once_lose_nothing(http: Http) -> None:
    _, made = await http("POST", "/sessions")
    where = f"/sessions/{made['session_id']}"
    posts = (http("POST", f"{where}/messages", {"sender": "a", "content": str(n)}) for n in range(100))
    assert {status for status, _ in await asyncio.gather(*posts)} == {200}
    assert sorted(int(m["content"]) for m in (await http("GET", where))[1]["history"]) == list(range(100))


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x"},
        {"sender": "x"},
        {"sender": "", "content": "x"},
        {"sender": "a\nb", "content": "x"},
        {"sender": "x" * 201, "content": "x"},
        {"sender": "x", "content": None},
        {"sender": "x", "content": "x", "role": "assistant"},
    ],
)
async def test_a_message_that_is_wrong_is_refused(http: Http, body: Any) -> None:
    _, made = await http("POST", "/sessions")
    where = f"/sessions/{made['session_id']}"
    status, answer = await http("POST", f"{where}/messages", body)
    assert (status, answer["error"]["code"]) == (422, "invalid")
    assert (await http("GET", where))[1]["history"] == []


async def test_a_session_that_is_not_there_is_a_404(http: Http) -> None:
    for method, path, body in (
        ("GET", "/sessions/nothing", None),
        ("POST", "/sessions/nothing/messages", {"sender": "x", "content": "x"}),
        ("GET", "/sessions/nothing/context", None),
        ("POST", "/sessions/nothing/context", {"decision": "x"}),
    ):
        status, answer = await http(method, path, body)
        assert (status, answer["error"]["code"], answer["detail"]) == (
            404,
            "session_not_found",
            answer["error"]["message"],
        )
