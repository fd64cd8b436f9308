from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from segue import routes
from segue.client import Client
from tests.daemons import Http


@pytest.fixture
async def where(client: Client) -> str:
    return f"{routes.SESSIONS}/{(await client.create_session()).id}"


async def frames(http: Http, path: str, until: str, **headers: str) -> list[str]:
    """Return the events' types of a stream, up to and with the first `until`."""
    types: list[str] = []
    async with http.session.get(path, headers=headers) as response:
        assert response.status == 200
        assert response.headers[routes.REQUEST_ID]
        assert response.headers["Content-Type"].startswith("text/event-stream")
        async for line in response.content:
            if line.startswith(b"event: "):
                types.append(line.removeprefix(b"event: ").decode().strip())
                if types[-1] == until:
                    break
    return types


async def test_the_same_request_under_the_same_key_is_done_once(http: Http, where: str) -> None:
    post = [http("POST", f"{where}/messages", {"content": "x"}, Idempotency_Key=where) for _ in range(10)]
    answers = await asyncio.gather(*post)
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 201
    assert len((await http("GET", f"{where}/messages"))[1]) == 1


async def test_another_request_under_the_same_key_is_a_conflict(http: Http, where: str) -> None:
    key = f"key of {where}"
    await http("POST", f"{where}/messages", {"content": "x"}, Idempotency_Key=key)
    others = [
        ("POST", f"{where}/messages", {"content": "y"}),
        ("POST", f"{where}/messages?x=1", {"content": "x"}),
        ("POST", f"{where}/turns", None),
        ("PATCH", where, {"title": "x"}),
        ("DELETE", where, None),
    ]
    for method, path, body in others:
        status, answer = await http(method, path, body, Idempotency_Key=key)
        assert (status, answer["error"]["code"]) == (409, "idempotency_conflict"), path


async def test_deleting_again_under_its_key_is_no_error(http: Http, where: str) -> None:
    for _ in range(2):
        assert (await http("DELETE", where, Idempotency_Key=f"gone {where}"))[0] == 204
    assert (await http("DELETE", where))[0] == 404


async def test_a_key_brings_no_secret_back_and_makes_no_second_one(http: Http, where: str) -> None:
    token_id = (await http("POST", routes.TOKENS, {"name": where}))[1]["id"]
    for path, body in (
        (routes.TOKENS, {"name": where}),
        (f"{routes.TOKENS}/{token_id}/rotate", None),
        (routes.LINKS, None),
        (f"{where}/invitations", None),
    ):
        assert (await http("POST", path, body, Idempotency_Key=f"{path} {where}"))[0] < 300
        status, answer = await http("POST", path, body, Idempotency_Key=f"{path} {where}")
        assert (status, answer["error"]["code"]) == (409, "idempotency_conflict"), path
        assert "done already" in answer["detail"]
    assert [t["name"] for t in (await http("GET", routes.TOKENS))[1]].count(where) == 2


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "1e3", "٣", "0x10", "9" * 19, " 1", "+1"])
async def test_a_cursor_that_is_no_number_is_refused(http: Http, where: str, cursor: str) -> None:
    for path in (f"{where}/events", routes.EVENTS):
        async with http.session.get(path, params={"after": cursor}) as response:
            assert (response.status, (await response.json())["error"]["code"]) == (400, "bad_cursor")
        if cursor.strip() == cursor:
            async with http.session.get(path, headers={routes.LAST_EVENT_ID: cursor}) as response:
                assert response.status == 400


async def test_a_cursor_that_is_too_long_is_refused(http: Http, where: str) -> None:
    assert (await http("GET", f"{where}/events?after={'1' * 41}"))[0] == 422


@pytest.mark.parametrize("cursor", ["1000", "9" * 18])
async def test_a_cursor_from_the_future_is_reset_with_a_snapshot(http: Http, where: str, cursor: str) -> None:
    assert await frames(http, f"{where}/events?after={cursor}", "synced") == ["reset", "snapshot", "synced"]
    assert await frames(http, f"{where}/events", "synced", **{routes.LAST_EVENT_ID: cursor}) == [
        "reset",
        "snapshot",
        "synced",
    ]
    assert (await frames(http, f"{routes.EVENTS}?after={'9' * 18}", "synced"))[0] == "reset"


async def test_a_cursor_gets_all_that_came_after_it_and_none_a_snapshot(http: Http, client: Client, where: str) -> None:
    session_id = where.rpartition("/")[2]
    for _ in range(3):
        await client.post(session_id, "x")
    assert await frames(http, f"{where}/events", "synced") == ["snapshot", "synced"]
    assert await frames(http, f"{where}/events?after=", "synced") == ["snapshot", "synced"]
    assert await frames(http, f"{where}/events?after=2", "synced") == ["message.created"] * 2 + ["synced"]
    assert await frames(http, f"{where}/events?after=0", "synced") == ["session.created"] + ["message.created"] * 3 + [
        "synced"
    ]
    newest = {routes.LAST_EVENT_ID: "3"}
    assert await frames(http, f"{where}/events?after=0", "synced", **newest) == ["message.created", "synced"]


async def test_the_cursor_of_everything_goes_on_where_it_was(http: Http, client: Client, where: str) -> None:
    session_id = where.rpartition("/")[2]
    async with aclosing(client.follow_all()) as events:
        async for event in events:
            if event.type == "synced":
                start = event.id
                break
    await client.post(session_id, "mine")
    async with aclosing(client.follow_all(after=start)) as events:
        async for event in events:
            if event.session_id == session_id and event.type == "message.created":
                assert event.id is not None
                assert start is not None
                assert event.id > start
                break
