"""Chats over HTTP: conversations come back as given, each caller sees their own, and nothing is half-written."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import Any

import pytest

from segue import routes
from segue.client import Client
from segue.events import MessageEvent
from tests.daemons import Daemon, Http
from tests.segued.api.doors import tcp

ODD: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "x"}}]},
    {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "{}"}}]},
    {"role": "tool", "tool_call_id": "c", "content": "42"},
    {"role": "assistant", "content": "It is 42.", "timestamp": "2024-01-01T00:00:00Z", "rating": 4.5, "ü": "🦆"},
    {"sender": "ada", "text": "thanks", "nested": {"deep": [1, 2, {"three": None}]}},
    {"type": "function_call", "call_id": "d", "name": "g", "arguments": "{}"},
    {"role": "user", "content": ""},
    {},
]


async def test_a_chat_is_made_read_changed_listed_and_deleted(http: Http) -> None:
    status, chat = await http("POST", "/chats/", {"title": "Plans", "conversation": ODD})
    assert status == 201
    assert set(chat) == {"chat_id", "user_id", "conversation", "title", "is_active", "created_at", "updated_at"}
    assert (chat["title"], chat["is_active"], chat["conversation"]) == ("Plans", True, ODD)
    where = f"/chats/{chat['chat_id']}"
    assert await http("GET", where) == (200, chat)
    more = {"role": "user", "content": "and then?", "x": 1}
    status, changed = await http("PUT", where, {"title": "Better plans", "conversation": [*ODD, more]})
    assert (status, changed["title"], changed["conversation"]) == (200, "Better plans", [*ODD, more])
    assert changed["updated_at"] > chat["updated_at"]
    status, page = await http("GET", "/chats/?limit=1&offset=0")
    assert (status, page["chats"], page["limit"], page["offset"]) == (200, [changed], 1, 0)
    status, gone = await http("DELETE", where)
    assert (status, gone["is_active"], gone["conversation"]) == (200, False, [*ODD, more])
    assert (await http("GET", where))[1] == gone
    assert chat["chat_id"] not in {c["chat_id"] for c in (await http("GET", "/chats/"))[1]["chats"]}
    assert (await http("GET", "/chats/?is_active=false&limit=1"))[1]["chats"] == [gone]


async def test_what_is_left_out_stays(http: Http) -> None:
    _, chat = await http("POST", "/chats/", {"conversation": ODD[:2]})
    where = f"/chats/{chat['chat_id']}"
    assert (await http("PUT", where, {"title": "Named"}))[1]["conversation"] == ODD[:2]
    assert (await http("PUT", where, {"conversation": []}))[1]["title"] == "Named"
    assert (await http("PUT", where, {"title": None, "conversation": None}))[1]["title"] == "Named"
    assert (await http("PUT", where, {"is_active": False}))[1]["is_active"] is False
    assert (await http("PUT", where, {"is_active": True}))[1]["is_active"] is True


async def test_a_chat_may_be_sent_back_whole(http: Http) -> None:
    _, chat = await http("POST", "/chats/", {"conversation": ODD[:1]})
    answer = await http("PUT", f"/chats/{chat['chat_id']}", chat | {"title": "Whole"})
    assert answer == (200, chat | {"title": "Whole", "updated_at": answer[1]["updated_at"]})


@pytest.mark.parametrize("body", [None, {}, {"title": None, "conversation": None}])
async def test_a_chat_needs_nothing_to_begin_with(http: Http, body: Any) -> None:
    status, chat = await http("POST", "/chats/", body)
    assert (status, chat["title"], chat["conversation"], chat["is_active"]) == (201, "New Chat", [], True)


async def test_a_chat_is_a_session_and_people_see_it_change(client: Client, http: Http) -> None:
    _, chat = await http("POST", "/chats/", {"title": "Shared", "conversation": [{"role": "user", "content": "one"}]})
    session = await client.session(chat["chat_id"])
    assert (session.title, session.reply, [m.content for m in session.messages]) == ("Shared", "never", ["one"])
    async with asyncio.timeout(60), aclosing(client.follow(session.id)) as events:
        assert (await anext(events)).type == "snapshot"
        await http(
            "PUT", f"/chats/{session.id}", {"conversation": [*chat["conversation"], {"role": "ai", "text": "2"}]}
        )
        async for event in events:
            if isinstance(event, MessageEvent):
                assert (event.data.role, event.data.content) == ("assistant", "2")
                break
    await client.post(session.id, "from the terminal", respond=False)
    _, now = await http("GET", f"/chats/{session.id}")
    assert now["conversation"][1:] == [{"role": "ai", "text": "2"}, {"role": "user", "content": "from the terminal"}]


async def test_what_people_see_of_an_object(client: Client, http: Http) -> None:
    _, chat = await http("POST", "/chats/", {"conversation": ODD})
    seen = [(m.role, m.content) for m in (await client.session(chat["chat_id"])).messages]
    assert seen == [
        ("system", "Be brief."),
        ("user", "look\n[image_url]"),
        ("assistant", json.dumps(ODD[2], separators=(",", ":"))),
        ("tool", "42"),
        ("assistant", "It is 42."),
        ("user", "thanks"),
        ("tool", "g({})"),
        ("user", ""),
        ("user", "{}"),
    ]
    assert (await client.session(chat["chat_id"])).messages[5].sender == "ada"


async def test_chats_are_the_callers_own_even_for_an_admin(tcp_daemon: Daemon, owner: Client) -> None:
    ids = {}
    for name, scopes in (("eve", ["read", "write"]), ("chief", ["read", "write", "run", "admin"])):
        token = await owner.create_token(name, user=name, scopes=scopes)  # type: ignore[arg-type]
        async with tcp(tcp_daemon, token.token) as http:
            ids[name] = (await http("POST", "/chats/", {"title": name}))[1]["chat_id"]
            _, page = await http("GET", "/chats/")
            assert ([c["title"] for c in page["chats"]], page["total"]) == ([name], 1)
            for method, body in (("GET", None), ("PUT", {"title": "x"}), ("DELETE", None)):
                status, answer = await http(method, f"/chats/{ids['eve']}", body)
                assert status == (200 if name == "eve" else 404), answer


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"title": ""}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"titel": "x"}, "titel"),
        ({"conversation": {}}, "conversation"),
        ({"conversation": "text"}, "conversation"),
        ({"conversation": ["text"]}, "conversation.0"),
        ({"conversation": [{"role": "user"}, None]}, "conversation.1"),
    ],
)
async def test_a_chat_that_is_wrong_is_refused_whole(http: Http, body: Any, named: str) -> None:
    _, chat = await http("POST", "/chats/", {"title": "Kept", "conversation": ODD[:1]})
    total = (await http("GET", "/chats/?limit=1"))[1]["total"]
    for method, path in (("POST", "/chats/"), ("PUT", f"/chats/{chat['chat_id']}")):
        status, answer = await http(method, path, body)
        assert (status, [e["field"] for e in answer["error"]["details"]["errors"]]) == (422, [named])
    assert (await http("GET", f"/chats/{chat['chat_id']}"))[1] == chat
    assert (await http("GET", "/chats/?limit=1"))[1]["total"] == total


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_a_number_that_json_does_not_know_is_refused(http: Http, number: str) -> None:
    raw = b'{"conversation": [{"content": "x", "score": %b}]}' % number.encode()
    status, _ = await http("POST", "/chats/", data=raw, Content_Type="application/json")
    assert status in (400, 422)


async def test_an_object_that_is_too_large_is_refused_and_nothing_is_written(http: Http) -> None:
    _, chat = await http("POST", "/chats/", {"conversation": ODD[:1]})
    large = {"role": "user", "content": "x", "padding": "y" * 1024 * 1024}
    status, answer = await http("PUT", f"/chats/{chat['chat_id']}", {"title": "x", "conversation": [ODD[1], large]})
    assert (status, answer["error"]["code"]) == (413, "too_large")
    assert (await http("GET", f"/chats/{chat['chat_id']}"))[1] == chat


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "offset=-1", "is_active=perhaps", "page=1"])
async def test_a_listing_that_is_wrong_is_refused(http: Http, query: str) -> None:
    assert (await http("GET", f"/chats/?{query}"))[0] == 422


@pytest.mark.parametrize("chat_id", ["nothing", "%00", "a%2Fb", "..%2F", "x" * 3000])
async def test_a_chat_that_is_not_there_is_a_404(http: Http, chat_id: str) -> None:
    for method, body in (("GET", None), ("PUT", {"title": "x"}), ("DELETE", None)):
        status, answer = await http(method, f"/chats/{chat_id}", body)
        assert (status, answer["error"]["code"]) == (404, "session_not_found")


async def test_the_same_key_makes_one_chat(http: Http) -> None:
    made = [await http("POST", "/chats/", {"conversation": ODD}, Idempotency_Key="one chat") for _ in range(2)]
    assert made[0] == made[1]
    assert (await http("POST", "/chats/", {}, Idempotency_Key="one chat"))[0] == 409


async def test_the_api_has_the_same_chats(http: Http) -> None:
    _, chat = await http("POST", routes.CHATS, {"conversation": ODD})
    assert (await http("GET", f"/chats/{chat['chat_id']}")) == (await http("GET", f"{routes.CHATS}{chat['chat_id']}"))


async def test_two_who_add_to_a_conversation_at_once_lose_nothing_of_the_session(client: Client, http: Http) -> None:
    _, chat = await http("POST", "/chats/")
    where = f"/chats/{chat['chat_id']}"

    async def add(name: int) -> None:
        await http("POST", f"/sessions/{chat['chat_id']}/messages", {"sender": str(name), "content": str(name)})

    await asyncio.gather(*(add(name) for name in range(20)), http("PUT", where, {"title": "busy"}))
    _, now = await http("GET", where)
    assert sorted(int(m["content"]) for m in now["conversation"]) == list(range(20))
