"""Clients that are slow, silent or many: nobody else notices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest

from segue import routes
from segue.client import Client
from segue.routes import path
from segue.sse import Frame, FrameParser
from tests.daemons import Daemon
from tests.segued.api.doors import wire

BACKLOG = 64 * 1024
SECONDS = 60


def following(session_id: str, version: str = "1.1", after: str = "") -> bytes:
    where = path(routes.SESSION_EVENTS, session_id=session_id) + after
    return f"GET {where} HTTP/{version}\r\nHost: x\r\n\r\n".encode()


async def head(reader: asyncio.StreamReader) -> dict[str, str]:
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    assert status.split()[1] == "200"
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


async def chunk(reader: asyncio.StreamReader) -> bytes:
    size = int(await reader.readline(), 16)
    return (await reader.readexactly(size + 2))[:-2]


async def hear(reader: asyncio.StreamReader, messages: int) -> list[Frame]:
    """Read a chunked stream until so many messages were heard."""
    parser, frames = FrameParser(), []
    while sum(frame.event == "message.created" for frame in frames) < messages:
        frames += parser.feed(await chunk(reader))
    return frames


async def attached(client: Client, expected: int) -> None:
    """Wait until so many streams are open."""
    async with asyncio.timeout(SECONDS):
        while (await client.status()).attached != expected:
            await asyncio.sleep(0.01)


async def test_over_http_1_1_a_stream_comes_in_chunks(shared_daemon: Daemon, client: Client) -> None:
    session = await client.create_session()
    async with wire(shared_daemon) as (reader, writer):
        writer.write(following(session.id))
        assert (await head(reader))["transfer-encoding"] == "chunked"
        assert await chunk(reader) == b": segue\n\n"
        assert (await chunk(reader)).startswith(b"id: 1\nevent: snapshot\ndata: {")
        await client.post(session.id, "ü" * 5000)
        (frame,) = [f for f in await hear(reader, 1) if f.event == "message.created"]
        assert "ü" * 5000 in frame.data


async def test_over_http_1_0_a_stream_comes_plain_until_the_connection_ends(
    shared_daemon: Daemon, client: Client
) -> None:
    session = await client.create_session()
    async with wire(shared_daemon) as (reader, writer):
        writer.write(following(session.id, "1.0"))
        assert "transfer-encoding" not in await head(reader)
        assert await reader.readline() == b": segue\n"
        assert await reader.readline() == b"\n"
        assert await reader.readline() == b"id: 1\n"
        await client.post(session.id, "hello")
        assert b"hello" in await reader.readuntil(b"hello")


async def test_requests_that_were_half_sent_keep_nobody_waiting(make_daemon: Callable[..., Daemon]) -> None:
    daemon = make_daemon()
    halves = [
        b"",
        b"G",
        b"GET /api/v1/sess",
        b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Le",
        b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
        b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ]
    async with AsyncExitStack() as stack, daemon.client() as client:
        for half in halves * 20:
            _, writer = await stack.enter_async_context(wire(daemon))
            writer.write(half)
            await writer.drain()
        session = await client.create_session()
        for number in range(20):
            await asyncio.wait_for(client.post(session.id, str(number)), SECONDS)
        assert len((await client.session(session.id)).messages) == 20
        assert (await client.sessions()).total == 1
        assert await asyncio.to_thread(daemon.stop) == 0


async def test_500_followers_hear_every_message_while_somebody_posts(shared_daemon: Daemon, client: Client) -> None:
    session = await client.create_session()
    async with AsyncExitStack() as stack:
        readers = []
        for _ in range(500):
            reader, writer = await stack.enter_async_context(wire(shared_daemon))
            writer.write(following(session.id, after="?after=1"))
            readers.append(reader)
        for reader in readers:
            await head(reader)
        async with asyncio.TaskGroup() as tasks:
            heard = [tasks.create_task(hear(reader, 20)) for reader in readers]
            for number in range(20):
                await asyncio.wait_for(client.post(session.id, str(number)), SECONDS)
        for task in heard:
            seqs = [int(frame.id) for frame in task.result() if frame.id is not None]
            assert seqs == list(range(2, 22))
    await attached(client, 0)


async def test_those_who_never_read_are_cut_off_and_cost_no_memory(make_daemon: Callable[..., Daemon]) -> None:
    daemon = make_daemon(SERVER__MAX_BACKLOG_BYTES=str(BACKLOG))
    deaf = 100
    async with daemon.client() as client, AsyncExitStack() as stack:
        session = await client.create_session()
        for _ in range(deaf):
            reader, writer = await stack.enter_async_context(wire(daemon))
            writer.write(following(session.id))
            await head(reader)
            writer.transport.pause_reading()  # type: ignore[attr-defined]
        await attached(client, deaf)
        before = (await client.status()).memory_bytes
        reader, writer = await stack.enter_async_context(wire(daemon))
        writer.write(following(session.id, after="?after=1"))
        await head(reader)
        peak = 0
        for number in range(60):
            await asyncio.wait_for(client.post(session.id, f"{number} " + "x" * 20_000), SECONDS)
            await hear(reader, 1)
            peak = max(peak, (await client.status()).memory_bytes)
        await attached(client, 1)
        assert peak - before < 32_000_000  # kept for all of them, it would be 100 MB
    assert await asyncio.to_thread(daemon.stop) == 0


async def test_who_was_cut_off_comes_back_with_its_cursor_and_missed_nothing(
    make_daemon: Callable[..., Daemon],
) -> None:
    daemon = make_daemon(SERVER__MAX_BACKLOG_BYTES=str(BACKLOG))
    async with daemon.client() as client:
        session = await client.create_session()
        async with wire(daemon) as (reader, writer):
            writer.write(following(session.id, after="?after=1"))
            await head(reader)
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await attached(client, 1)
            posted = 0
            while (await client.status()).attached:
                await client.post(session.id, "x" * 20_000)
                posted += 1
                assert posted < 1000
        async with wire(daemon) as (reader, writer):
            writer.write(following(session.id, after="?after=1"))
            await head(reader)
            frames = await asyncio.wait_for(hear(reader, posted), SECONDS)
            assert [int(f.id) for f in frames if f.id is not None] == list(range(2, posted + 2))
    assert await asyncio.to_thread(daemon.stop) == 0


async def test_a_quiet_stream_gets_signs_of_life(make_daemon: Callable[..., Daemon]) -> None:
    daemon = make_daemon(SERVER__HEARTBEAT_SECONDS="0.1")
    async with daemon.client() as client:
        session = await client.create_session()
        async with wire(daemon) as (reader, writer):
            writer.write(following(session.id))
            await head(reader)
            beats = 0
            while beats < 3:
                beats += await asyncio.wait_for(chunk(reader), SECONDS) == b": \n\n"
    assert await asyncio.to_thread(daemon.stop) == 0


@pytest.mark.parametrize("where", [routes.EVENTS, "session"])
async def test_streams_just_opened_end_in_good_order_when_the_daemon_stops(
    make_daemon: Callable[..., Daemon], where: str
) -> None:
    daemon = make_daemon()
    async with daemon.client() as client:
        session = await client.create_session()
        target = path(routes.SESSION_EVENTS, session_id=session.id) if where == "session" else where
        async with wire(daemon) as (reader, writer):
            writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            await head(reader)
            stopped = asyncio.to_thread(daemon.stop)
            async with asyncio.TaskGroup() as tasks:
                code = tasks.create_task(stopped)
                assert (await asyncio.wait_for(reader.read(), SECONDS)).endswith(b"\r\n0\r\n\r\n")
            assert code.result() == 0
