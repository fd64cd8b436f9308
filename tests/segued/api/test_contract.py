"""The calls on sessions, messages and turns, as the contract's table has them: statuses, fields, limits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from segue import routes
from tests.daemons import Daemon, Http
from tests.segued.api.doors import tcp

S = "/api/v1/sessions"
SUMMARY = {
    "id",
    "title",
    "agent_name",
    "model_id",
    "created_at",
    "updated_at",
    "message_count",
    "last_message_preview",
    "pinned",
    "archived",
    "attached",
}
MESSAGE = {
    "id",
    "session_id",
    "seq",
    "role",
    "sender",
    "content",
    "token_count",
    "model_id",
    "agent_name",
    "response_time_ms",
    "is_error",
    "created_at",
    "interface",
    "turn_id",
}


@pytest.fixture
async def session(http: Http) -> Any:
    return (await http("POST", S, {}))[1]


async def test_sessions_are_listed_by_pages(http: Http, session: Any) -> None:
    await http("POST", f"{S}/{session['id']}/messages", {"role": "user", "content": "x" * 300})
    for slash in ("", "/"):
        status, page = await http("GET", f"{S}{slash}?pinned=false")
        assert (status, page["limit"], page["offset"]) == (200, 50, 0)
        assert set(page) == {"sessions", "total", "limit", "offset"}
        summary = next(s for s in page["sessions"] if s["id"] == session["id"])
        assert summary.keys() >= SUMMARY
        assert summary["last_message_preview"] == "x" * 100
        assert isinstance(summary["attached"], list)


@pytest.mark.parametrize("query", ["search=x", "limit=1", "limit=100", "offset=5", "archived=true", "pinned=false"])
async def test_a_listing_takes_the_contracts_filters(http: Http, query: str) -> None:
    assert (await http("GET", f"{S}?{query}&project_id=p"))[0] == 200


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "offset=-1", "archived=perhaps", "sort=x"])
async def test_a_listing_refuses_what_is_out_of_range(http: Http, query: str) -> None:
    assert (await http("GET", f"{S}/?{query}"))[0] == 422


async def test_a_session_is_made_with_defaults(http: Http) -> None:
    for body in (None, {}):
        status, made = await http("POST", f"{S}/", body)
        assert status == 201
        assert (made["title"], made["agent_name"], made["model_id"]) == ("New Chat", "chat", None)
        assert (made["messages"], made["reply"], made["message_count"]) == ([], "never", 0)
        assert datetime.fromisoformat(made["created_at"]).utcoffset() is not None


async def test_a_session_takes_all_that_the_contract_names(http: Http) -> None:
    asked = {
        "title": "T",
        "agent_name": "chat",
        "model_id": "offline",
        "reply": "mention",
        "project_id": "p",
        "tool_id": "t",
        "workspace_path": "/w",
    }
    place = {"interface": "irc", "place": "#contract"}
    status, made = await http("POST", S, asked | {"place": place})
    assert (status, {name: made[name] for name in asked}) == (201, asked)
    status, again = await http("POST", S, {"place": place})
    assert (status, again["id"]) == (200, made["id"])


async def test_a_session_is_read_whole_or_its_end(http: Http, session: Any) -> None:
    where = f"{S}/{session['id']}"
    for number in range(3):
        await http("POST", f"{where}/messages", {"role": "user", "content": str(number)})
    status, detail = await http("GET", where)
    assert (status, [m["content"] for m in detail["messages"]]) == (200, ["0", "1", "2"])
    assert detail.keys() >= SUMMARY | {"messages", "last_seq"}
    assert [m["content"] for m in (await http("GET", f"{where}/?limit=2"))[1]["messages"]] == ["1", "2"]


async def test_a_session_is_changed_and_deleted(http: Http, session: Any) -> None:
    where = f"{S}/{session['id']}"
    changes = {
        "title": "New",
        "agent_name": "chat",
        "model_id": "offline",
        "reply": "always",
        "pinned": True,
        "archived": True,
        "project_id": "p",
    }
    status, changed = await http("PATCH", where, changes | {"members": []})
    assert (status, {name: changed[name] for name in changes}) == (200, changes)
    assert (await http("DELETE", f"{where}/"))[0] == 204
    for method, path in (("GET", where), ("DELETE", where), ("GET", f"{where}/messages")):
        status, answer = await http(method, path)
        assert (status, answer["error"]["code"]) == (404, "session_not_found")


async def test_a_message_is_posted(http: Http, session: Any) -> None:
    where = f"{S}/{session['id']}/messages"
    for role in ("user", "assistant", "system", "tool"):
        for slash in ("", "/"):
            status, message = await http("POST", f"{where}{slash}", {"role": role, "content": "x", "sender": "me"})
            assert (status, message["role"], message["sender"], message["turn_id"]) == (201, role, "me", None)
            assert message.keys() >= MESSAGE
    whole = {"role": "user", "content": "x", "images": ["a"], "documents": [{"b": 1}], "respond": True, "mode": "queue"}
    status, message = await http("POST", where, whole)
    assert (status, message["images"], message["documents"]) == (201, ["a"], [{"b": 1}])
    assert message["turn_id"]
    assert (await http("POST", where, {"role": "assistant", "content": "x", "respond": True}))[0] == 422


async def test_five_hundred_messages_are_posted_at_once_and_no_more(http: Http, session: Any) -> None:
    where = f"{S}/{session['id']}/messages"
    for number, expected in ((500, 201), (501, 422), (0, 422)):
        status, answer = await http("POST", f"{where}/batch", {"messages": [{"content": "x"}] * number})
        assert status == expected
        assert len(answer) == number or status == 422
    assert len((await http("GET", f"{where}?limit=500"))[1]) == 500


async def test_messages_are_listed_by_pages(http: Http, session: Any) -> None:
    where = f"{S}/{session['id']}/messages"
    _, posted = await http("POST", f"{where}/batch", {"messages": [{"content": str(n)} for n in range(120)]})
    seqs = [message["seq"] for message in posted]

    async def found(query: str) -> list[int]:
        status, page = await http("GET", where + query)
        assert status == 200
        return [message["seq"] for message in page]

    assert await found("") == seqs[:100]
    assert await found("/?limit=2&offset=3") == seqs[3:5]
    assert await found(f"?limit=2&before_seq={seqs[50]}") == seqs[48:50]
    assert await found(f"?limit=2&after_seq={seqs[50]}") == seqs[51:53]
    for query in ("?limit=0", "?limit=501"):
        assert (await http("GET", where + query))[0] == 422


async def test_the_other_calls_of_the_table_are_there(http: Http, session: Any) -> None:
    where = f"{S}/{session['id']}"
    status, turn = await http("POST", f"{where}/turns/")
    assert (status, turn["state"]) == (201, "queued")
    assert (await http("GET", f"{where}/turns"))[0] == 200
    assert (await http("POST", f"/api/v1/turns/{turn['id']}/retry"))[0] in (201, 409)
    assert (await http("POST", f"/api/v1/turns/{turn['id']}/cancel"))[0] in (200, 409)
    assert (await http("DELETE", f"/api/v1/turns/{turn['id']}"))[0] in (204, 409)
    for form in ("json", "markdown"):
        assert (await http("GET", f"{where}/export?format={form}"))[0] == 200
    assert (await http("GET", f"{where}/related"))[0] == 200
    assert (await http("GET", f"/api/v1/search/?q=x&session_id={session['id']}&project_id=p&limit=5"))[0] == 200


async def test_every_error_has_the_contracts_status(tcp_daemon: Daemon, http: Http, session: Any) -> None:
    where = f"{S}/{session['id']}/messages"
    json = {"Content_Type": "application/json"}
    assert (await http("POST", where, data=b"{", **json))[0] == 400
    async with tcp(tcp_daemon) as stranger:
        assert (await stranger("GET", S))[0] == 401
    assert (await http("GET", f"{S}/nothing"))[0] == 404
    await http("POST", where, {"content": "a"}, Idempotency_Key="contract")
    assert (await http("POST", where, {"content": "b"}, Idempotency_Key="contract"))[0] == 409
    assert (await http("POST", where, {"content": "x" * (1024 * 1024 + 1)}))[0] == 413
    assert (await http("POST", where, data=b"{}", Content_Type="text/plain"))[0] == 415
    assert (await http("POST", where, {"content": "a", "unknown": 1}))[0] == 422
    async with http.session.get(routes.HEALTH) as response:
        assert response.headers[routes.REQUEST_ID]
