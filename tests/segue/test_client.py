from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from segue.client import Client
from segue.errors import IdempotencyConflict, Internal, SegueError, SessionNotFound, Unavailable, Unreachable
from segue.models import PostMessage
from segue.routes import IDEMPOTENCY_KEY, INTERFACE
from tests.segue.conftest import Serve

NOW = datetime(2026, 11, 21, tzinfo=UTC).isoformat()


def message(seq: int = 1, **fields: Any) -> dict[str, Any]:
    known = {"id": f"m{seq}", "session_id": "s", "seq": seq, "role": "user", "sender": "ada", "content": "hi"}
    return known | {"created_at": NOW, "interface": "http"} | fields


def answering(*answers: web.Response | Callable[[], web.Response]) -> tuple[Any, list[web.Request]]:
    """Return a handler that gives these answers one after the other, and the requests that it saw."""
    seen: list[web.Request] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        await request.read()
        answer = answers[min(len(seen), len(answers) - 1)]
        seen.append(request)
        if callable(answer):
            return answer()
        return answer

    return handle, seen


def refusal(error: SegueError) -> Callable[[], web.Response]:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    return lambda: web.json_response(error.to_wire(), status=error.status, headers=headers)


def hang_up(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()


async def test_a_message_is_posted_with_a_key_and_the_interface_and_comes_back_typed(serve: Serve) -> None:
    handle, seen = answering(web.json_response(message(turn_id="t"), status=201))
    async with Client(await serve(handle), interface="bot") as client:
        posted = await client.post("s", "hi", sender="ada", respond=True)
    assert (posted.id, posted.turn_id, posted.sender) == ("m1", "t", "ada")
    assert seen[0].path == "/api/v1/sessions/s/messages"
    assert seen[0].headers[INTERFACE] == "bot"
    assert len(seen[0].headers[IDEMPOTENCY_KEY]) == 36
    sent = await seen[0].json()
    assert (sent["content"], sent["sender"], sent["respond"]) == ("hi", "ada", True)


async def test_a_token_goes_into_the_header(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    handle, seen = answering(lambda: web.json_response([]))
    where = await serve(handle)
    monkeypatch.setenv("SEGUE_TOKEN", "from-the-environment")
    async with Client(where, token="given") as client:
        await client.tokens()
    async with Client(where) as client:
        await client.tokens()
    assert [r.headers["Authorization"] for r in seen] == ["Bearer given", "Bearer from-the-environment"]


async def test_a_lost_connection_is_bridged_by_sending_again_under_the_same_key(serve: Serve) -> None:
    keys: list[str] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        await request.read()
        keys.append(request.headers[IDEMPOTENCY_KEY])
        if len(keys) < 3:
            hang_up(request)
        return web.json_response(message(), status=201)

    async with Client(await serve(handle)) as client:
        await client.post("s", "hi")
    assert len(keys) == 3
    assert len(set(keys)) == 1


async def test_a_key_of_ones_own_is_used(serve: Serve) -> None:
    handle, seen = answering(web.json_response([message()], status=201))
    async with Client(await serve(handle)) as client:
        await client.post_batch("s", [PostMessage(content="hi")], key="import-1")
    assert seen[0].headers[IDEMPOTENCY_KEY] == "import-1"
    assert await seen[0].json() == {"messages": [{"content": "hi"}]}


async def test_a_daemon_that_is_busy_is_asked_again_after_the_time_it_names(serve: Serve) -> None:
    handle, seen = answering(refusal(Unavailable("starting", retry_after=0.2)), web.json_response([]))
    async with Client(await serve(handle)) as client:
        began = asyncio.get_running_loop().time()
        assert await client.users() == []
    assert len(seen) == 2
    assert asyncio.get_running_loop().time() - began >= 0.2


async def test_waiting_has_an_end(serve: Serve) -> None:
    handle, seen = answering(refusal(Unavailable("starting")))
    async with Client(await serve(handle), retry_seconds=0.3) as client:
        with pytest.raises(Unavailable, match="starting"):
            await client.users()
    assert 2 <= len(seen) <= 10
    async with Client(await serve(answering(refusal(Unavailable("later", retry_after=60)))[0])) as client:
        with pytest.raises(Unavailable, match="later"):
            await asyncio.wait_for(client.users(), 3)


@pytest.mark.parametrize(
    "error", [SessionNotFound("no session 's'"), IdempotencyConflict("other body"), Internal("broke")]
)
async def test_errors_come_back_as_their_class_and_are_not_tried_again(serve: Serve, error: SegueError) -> None:
    error.details = {"session_id": "s"}
    handle, seen = answering(refusal(error))
    async with Client(await serve(handle)) as client:
        with pytest.raises(type(error), match=error.message) as caught:
            await client.post("s", "hi")
    assert caught.value.details == {"session_id": "s"}
    assert len(seen) == 1


async def test_an_error_page_of_a_proxy_is_an_error_too(serve: Serve) -> None:
    handle, _ = answering(web.Response(status=502, text="<html>Bad gateway"))
    async with Client(await serve(handle)) as client:
        with pytest.raises(SegueError, match="502"):
            await client.me()


async def test_an_answer_of_another_program_is_not_taken_for_one(serve: Serve) -> None:
    handle, _ = answering(web.Response(text="<html>Welcome to nginx"))
    async with Client(await serve(handle)) as client:
        with pytest.raises(SegueError, match="is that a segue daemon"):
            await client.me()


async def test_where_nobody_listens_the_error_says_how_to_start_the_daemon(socket_path: Path) -> None:
    async with Client(f"unix:{socket_path}", retry_seconds=0) as client:
        with pytest.raises(Unreachable, match="segue server start"):
            await client.me()
    async with Client("http://127.0.0.1:1", retry_seconds=0) as client:
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1.*segue server start"):
            await client.me()


async def test_a_daemon_that_never_answers_is_given_up(serve: Serve) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        raise AssertionError

    async with Client(await serve(handle), timeout=0.1, retry_seconds=0) as client:
        with pytest.raises(Unreachable, match=r"silent for 0\.1 s"):
            await client.me()


async def test_names_with_slashes_and_spaces_stay_one_part_of_the_path(serve: Serve) -> None:
    handle, seen = answering(lambda: web.Response(status=204))
    async with Client(await serve(handle)) as client:
        await client.unbind("discord", "a/b c?d%2F")
    assert seen[0].raw_path == "/api/v1/bindings/discord/a%2Fb%20c%3Fd%252F"


async def test_only_what_was_given_is_asked_for(serve: Serve) -> None:
    page = {"sessions": [], "total": 0, "limit": 50, "offset": 0}
    handle, seen = answering(lambda: web.json_response(page))
    async with Client(await serve(handle)) as client:
        await client.sessions(archived=False, search="plan & more")
    assert dict(seen[0].query) == {"archived": "false", "search": "plan & more", "limit": "50", "offset": "0"}


async def test_a_client_that_was_not_entered_says_how_it_is_used() -> None:
    with pytest.raises(RuntimeError, match="async with Client"):
        await Client("unix:/nowhere").me()
