"""The small client of one-shot commands, against a server of a few lines."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from aiohttp import web

from segue.address import parse
from segue.cli.wire import Wire
from segue.errors import SessionNotFound, Unavailable, Unreachable
from segue.routes import IDEMPOTENCY_KEY
from tests.segue.conftest import Serve


async def test_a_lost_connection_is_bridged_by_sending_again_under_the_same_key(serve: Serve) -> None:
    keys: list[str] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        keys.append(request.headers[IDEMPOTENCY_KEY])
        if len(keys) < 3:
            assert request.transport
            request.transport.abort()
        return web.json_response({"got": await request.json()}, status=201)

    with Wire(parse(await serve(handle))) as wire:
        assert await asyncio.to_thread(wire.post, "/x", {"a": "é"}) == {"got": {"a": "é"}}
    assert len(keys) == 3
    assert len(set(keys)) == 1


async def test_a_daemon_that_is_not_ready_is_asked_again_for_a_while(serve: Serve) -> None:
    calls: list[str] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        calls.append(request.path_qs)
        if len(calls) == 1:
            return web.json_response(Unavailable("starting").to_wire(), status=503)
        return web.json_response([])

    with Wire(parse(await serve(handle))) as wire:
        assert await asyncio.to_thread(lambda: wire.get("/x", q="a b", archived=True, none=None)) == []
    assert calls == ["/x?q=a+b&archived=true"] * 2


async def test_waiting_has_an_end(serve: Serve) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.json_response(Unavailable("starting").to_wire(), status=503, headers={"Retry-After": "60"})

    with Wire(parse(await serve(handle))) as wire, pytest.raises(Unavailable, match="starting"):
        await asyncio.to_thread(wire.get, "/x")


@pytest.mark.parametrize("is_gone", [True, False])
async def test_a_writing_request_that_breaks_off_may_have_taken_effect(
    serve: Serve, socket_path: Path, is_gone: bool
) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        if is_gone:
            os.unlink(socket_path)
        assert request.transport
        request.transport.abort()
        return web.Response()

    with Wire(parse(await serve(handle)), retry_seconds=5 if is_gone else 0) as wire:
        with pytest.raises(Unreachable, match=r"broke off while the request ran .* is not known"):
            await asyncio.to_thread(wire.post, "/x")
        with pytest.raises(Unreachable, match="start it with `segue server start`"):
            await asyncio.to_thread(wire.get, "/x")


async def test_errors_come_back_as_their_class(serve: Serve) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.json_response(SessionNotFound("no session 'x'").to_wire(), status=404)

    with Wire(parse(await serve(handle))) as wire, pytest.raises(SessionNotFound, match="no session 'x'"):
        await asyncio.to_thread(wire.get, "/x")


@pytest.mark.parametrize("where", ["unix", "http"])
def test_where_nobody_listens_that_is_said_at_once(where: str, socket_path: Path) -> None:
    address = parse(f"unix:{socket_path}" if where == "unix" else "http://127.0.0.1:1")
    with Wire(address) as wire, pytest.raises(Unreachable, match="start it with `segue server start`"):
        wire.get("/x")
