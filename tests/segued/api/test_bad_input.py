"""What is wrong is refused with the contract's error: a status, a stable code, and what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from segue import routes
from segue.client import Client
from tests.daemons import Daemon, Http
from tests.segued.api.doors import say

S = routes.SESSIONS
JSON = {"Content_Type": "application/json"}


@pytest.fixture
async def where(client: Client) -> str:
    """The path of a session's messages."""
    return f"{S}/{(await client.create_session()).id}/messages"


def fields(answer: Any) -> set[str]:
    return {error["field"] for error in answer["error"]["details"]["errors"]}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/v2/sessions", 404, "not_found"),
        ("GET", f"{S}/nothing", 404, "session_not_found"),
        ("GET", f"{S}/%00%ff%2F..%2F", 404, "session_not_found"),
        ("GET", f"{S}/{'x' * 5000}", 404, "session_not_found"),
        ("PUT", S, 405, "method_not_allowed"),
        ("DELETE", routes.HEALTH, 405, "method_not_allowed"),
        ("GET", f"{S}?limit=0", 422, "invalid"),
        ("GET", f"{S}/nothing/events?after=x", 400, "bad_cursor"),
        ("GET", routes.WEB_SOCKET, 400, "bad_request"),
    ],
)
async def test_every_error_has_the_contracts_shape(http: Http, method: str, path: str, status: int, code: str) -> None:
    async with http.session.request(method, path) as response:
        body = await response.json()
        assert (response.status, body["error"]["code"]) == (status, code)
        assert set(body) == {"error", "detail"}
        assert set(body["error"]) == {"code", "message", "details"}
        assert body["detail"] == body["error"]["message"] != ""
        assert response.headers[routes.REQUEST_ID]
        assert "Traceback" not in json.dumps(body)


async def test_a_body_that_is_damaged_on_its_way_is_the_clients_mistake(http: Http) -> None:
    for path in (S, routes.IMPORT):
        status, answer = await http("POST", path, data=b"no gzip", Content_Encoding="gzip", **JSON)
        assert (status, answer["error"]["code"]) == (400, "bad_request")


async def test_every_answer_has_a_request_id_of_its_own(http: Http) -> None:
    seen = set()
    for path in (S, routes.HEALTH, routes.METRICS, routes.OPENAPI, routes.DOCS, "/nowhere", S):
        async with http.session.get(path) as response:
            seen.add(response.headers[routes.REQUEST_ID])
    assert len(seen) == 7


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"content"}),
        ({"content": 7}, {"content"}),
        ({"content": None}, {"content"}),
        ({"content": "x", "role": "robot", "mode": "shout"}, {"role", "mode"}),
        ({"content": "x", "contents": "y"}, {"contents"}),
        ({"content": "x", "sender": ""}, {"sender"}),
        ({"content": "x", "sender": "a\nb"}, {"sender"}),
        ({"content": "x", "sender": "x" * 201}, {"sender"}),
        ({"content": "x", "role": "system", "respond": True}, {""}),
        ([], {""}),
        ("text", {""}),
        (None, {""}),
    ],
)
async def test_a_message_that_is_wrong_is_refused_naming_the_field(
    http: Http, where: str, body: Any, named: set[str]
) -> None:
    status, answer = await http("POST", where, data=json.dumps(body).encode(), **JSON)
    assert (status, answer["error"]["code"]) == (422, "invalid")
    assert fields(answer) == named
    assert all(name in answer["detail"] for name in named)
    assert (await http("GET", where))[1] == []


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"title": "x" * 501}, {"title"}),
        ({"title": "a\x00b"}, {"title"}),
        ({"reply": "loudly"}, {"reply"}),
        ({"place": {"interface": "irc"}}, {"place.place"}),
        ({"place": {"interface": "irc", "place": "a", "room": 1}}, {"place.room"}),
        ({"tittle": "x"}, {"tittle"}),
    ],
)
async def test_a_session_that_is_wrong_is_refused_naming_the_field(http: Http, body: Any, named: set[str]) -> None:
    status, answer = await http("POST", S, body)
    assert (status, fields(answer)) == (422, named)


@pytest.mark.parametrize("body", [{"agent_name": "nobody"}, {"model_id": "gpt-5"}])
async def test_an_agent_or_a_model_that_is_unknown_is_refused_naming_the_field(http: Http, body: Any) -> None:
    (field,) = body
    for method, path in (("POST", S), ("PATCH", f"{S}/{(await http('POST', S))[1]['id']}")):
        status, answer = await http(method, path, body)
        assert (status, answer["error"]["details"]) == (422, {"field": field})


@pytest.mark.parametrize("name", ["title", "agent_name", "reply", "pinned", "archived"])
async def test_what_a_session_must_have_cannot_be_taken_away(http: Http, name: str) -> None:
    _, session = await http("POST", S)
    status, answer = await http("PATCH", f"{S}/{session['id']}", {name: None})
    assert (status, answer["error"]["details"]["field"]) == (422, name)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=-1", "limit"),
        ("limit=many", "limit"),
        ("limit=1e3", "limit"),
        ("offset=-1", "offset"),
        ("offset=99999999999999999999", "offset"),
        ("before_seq=x", "before_seq"),
        ("after_seq=-1", "after_seq"),
        ("limits=5", "limits"),
        ("offset=1&after_seq=1", ""),
    ],
)
async def test_a_query_that_is_wrong_is_refused_naming_it(http: Http, where: str, query: str, named: str) -> None:
    status, answer = await http("GET", f"{where}?{query}")
    assert (status, fields(answer)) == (422, {named})


@pytest.mark.parametrize(
    ("path", "limit"), [(S, 101), (routes.SEARCH, 101), (f"{S}/x/related", 101), (f"{S}/x/turns", 501), (f"{S}/x", 0)]
)
async def test_limits_have_a_range_everywhere(http: Http, path: str, limit: int) -> None:
    status, answer = await http(
        "GET", f"{path}?q=x&limit={limit}" if path == routes.SEARCH else f"{path}?limit={limit}"
    )
    assert (status, fields(answer)) == (422, {"limit"})


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
async def test_what_does_not_say_that_it_is_json_is_refused(http: Http, where: str, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    skip = () if content_type else ("Content-Type",)
    data = b'{"content": "x"}'
    async with http.session.post(where, data=data, headers=headers, skip_auto_headers=skip) as response:
        assert response.status == 415
        assert (await response.json())["error"]["code"] == "unsupported_media_type"


async def test_a_charset_behind_the_type_is_fine(http: Http, where: str) -> None:
    status, _ = await http("POST", where, data=b'{"content": "x"}', Content_Type="application/json; charset=utf-8")
    assert status == 201


@pytest.mark.parametrize(
    "data", [b"{", b'{"content": "x"', b"\xff\xfe", b'{"content": "\xff"}', b'{"content": "\\ud800"}', b"{}{}", b" "]
)
async def test_what_is_not_json_is_refused(http: Http, where: str, data: bytes) -> None:
    status, answer = await http("POST", where, data=data, **JSON)
    assert (status, answer["error"]["code"]) == (400, "bad_request")
    assert "JSON" in answer["detail"]


async def test_a_body_that_is_missing_is_refused(http: Http, where: str) -> None:
    assert (await http("POST", where))[0] in (400, 415)
    assert (await http("POST", where, data=b"", **JSON))[0] == 400


async def test_json_that_is_nested_without_end_is_refused(http: Http, where: str) -> None:
    deep = b'{"content": "x", "images": [' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"]}"
    assert (await http("POST", where, data=deep, **JSON))[0] in (400, 422)


@pytest.mark.parametrize("header", ["Idempotency_Key", "X_Segue_Interface"])
@pytest.mark.parametrize("value", ["", "x" * 256])
async def test_a_header_that_is_wrong_is_refused_naming_it(http: Http, where: str, header: str, value: str) -> None:
    status, answer = await http("POST", where, {"content": "x"}, **{header: value})
    assert (status, answer["error"]["details"]["field"]) == (422, header.replace("_", "-"))


@pytest.mark.parametrize("header", [b"Idempotency-Key", b"X-Segue-Interface", b"Last-Event-ID", b"Authorization"])
async def test_a_header_that_is_no_text_is_no_mistake_of_ours(shared_daemon: Daemon, header: bytes) -> None:
    method = b"GET" if header == b"Last-Event-ID" else b"POST"
    path = b"/api/v1/events" if header == b"Last-Event-ID" else b"/api/v1/sessions"
    raw = b"%b %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%b: Bearer \xff\xfe\r\n\r\n" % (method, path, header)
    status = int((await say(shared_daemon, raw)).split(b" ", 2)[1])
    assert status in (201, 400, 401, 422)


@pytest.mark.parametrize("raw", [b"GARBAGE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00"])
async def test_what_is_no_http_is_answered_without_a_stack_trace(shared_daemon: Daemon, raw: bytes) -> None:
    said = await say(shared_daemon, raw + b"\r\n\r\n")
    assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400"))
    assert b"Traceback" not in said
    assert b"File " not in said
