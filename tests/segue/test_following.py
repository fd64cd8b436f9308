from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest
from aiohttp import web

from segue import connection
from segue.client import Client
from segue.errors import SegueError, SessionNotFound, Unauthorized, Unavailable
from segue.events import DeltaEvent, Event
from tests.segue.conftest import Serve
from tests.segue.test_client import NOW, message

Stream = Callable[[web.StreamResponse], Awaitable[None]]
SESSION: dict[str, Any] = {"id": "s", "title": "T", "agent_name": "chat", "reply": "never", "owner_id": "u"}
SESSION |= {"created_at": NOW, "updated_at": NOW}


def frame(kind: str, data: Any, position: int | None = None, seq: int | None = None) -> bytes:
    envelope = {"id": position, "seq": seq or position, "session_id": "s", "type": kind, "at": NOW, "data": data}
    head = f"id: {position}\n" if position is not None else ""
    return f"{head}event: {kind}\ndata: {web.json_response(envelope).text}\n\n".encode()


def created(seq: int) -> bytes:
    return frame("message.created", message(seq), seq)


def snapshot(last_seq: int) -> bytes:
    return frame("snapshot", {"session": SESSION | {"last_seq": last_seq}})


SYNCED = frame("synced", {})


def streaming(*streams: list[bytes] | SegueError) -> tuple[Any, list[str | None]]:
    """Return a handler that plays these streams one after the other (the last stays open), and the cursors it saw."""
    cursors: list[str | None] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        stream = streams[min(len(cursors), len(streams) - 1)]
        is_last = len(cursors) >= len(streams) - 1
        cursors.append(request.query.get("after"))
        if isinstance(stream, SegueError):
            return web.json_response(stream.to_wire(), status=stream.status)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in stream:
            await response.write(piece)
        if is_last:
            await asyncio.sleep(60)
        return response

    return handle, cursors


async def take(client: Client, count: int, **options: Any) -> list[Event]:
    events: list[Event] = []
    async with asyncio.timeout(10), aclosing(client.follow("s", **options)) as stream:
        async for event in stream:
            events.append(event)
            if len(events) == count:
                break
    return events


def seqs(events: list[Event]) -> list[int | None]:
    return [event.seq for event in events]


async def test_events_come_typed_and_in_order(serve: Serve) -> None:
    delta = frame("message.delta", {"turn_id": "t", "message_id": "m", "offset": 0, "text": "Hel"})
    handle, cursors = streaming([snapshot(4), SYNCED, created(5), delta])
    async with Client(await serve(handle)) as client:
        events = await take(client, 4)
    assert [e.type for e in events] == ["snapshot", "synced", "message.created", "message.delta"]
    assert isinstance(events[3], DeltaEvent)
    assert events[3].data.text == "Hel"
    assert cursors == [None]


async def test_a_stream_that_ends_resumes_where_it_was(serve: Serve) -> None:
    handle, cursors = streaming([snapshot(4), created(5)], [created(6)], [created(7)])
    async with Client(await serve(handle)) as client:
        assert seqs(await take(client, 4)) == [None, 5, 6, 7]
    assert cursors == [None, "5", "6"]


async def test_a_snapshot_sets_the_cursor(serve: Serve) -> None:
    handle, cursors = streaming([snapshot(4)], [created(5)])
    async with Client(await serve(handle)) as client:
        assert seqs(await take(client, 2)) == [None, 5]
    assert cursors == [None, "4"]


async def test_a_missing_seq_is_fetched_from_the_last_good_one(serve: Serve) -> None:
    handle, cursors = streaming([created(3), created(5)], [created(4), created(5)])
    async with Client(await serve(handle)) as client:
        assert seqs(await take(client, 3, after=2)) == [3, 4, 5]
    assert cursors == ["2", "3"]


async def test_what_was_seen_before_is_not_given_again(serve: Serve) -> None:
    handle, _ = streaming([created(3), created(3), created(2), created(4)])
    async with Client(await serve(handle)) as client:
        assert seqs(await take(client, 2, after=2)) == [3, 4]


async def test_unknown_and_malformed_frames_are_skipped_with_a_line_in_the_log(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    unknown = frame("poll.opened", {}, 3)
    malformed = b"id: 4\nevent: message.created\ndata: {not json\n\n"
    handle, cursors = streaming([unknown, malformed, created(5)])
    with caplog.at_level(logging.INFO, "segue"):
        async with Client(await serve(handle)) as client:
            assert seqs(await take(client, 1, after=2)) == [5]
    assert "poll.opened" in caplog.text
    assert "malformed message.created" in caplog.text
    assert cursors == ["2"]


async def test_after_a_reset_the_new_snapshot_counts(serve: Serve) -> None:
    handle, cursors = streaming([frame("reset", {}), snapshot(2), created(3)], [created(4)])
    async with Client(await serve(handle)) as client:
        events = await take(client, 4, after=900)
    assert [e.type for e in events] == ["reset", "snapshot", "message.created", "message.created"]
    assert cursors == ["900", "3"]


@pytest.mark.parametrize("error", [SessionNotFound("gone"), Unauthorized("revoked")])
async def test_coming_back_to_a_refusal_raises_it(serve: Serve, error: SegueError) -> None:
    handle, _ = streaming([created(1)], error)
    async with Client(await serve(handle)) as client:
        with pytest.raises(type(error), match=error.message):
            await take(client, 2, after=0)


async def test_a_daemon_that_restarts_is_waited_for_and_the_caller_is_told(serve: Serve) -> None:
    told: list[bool] = []
    handle, cursors = streaming([created(1)], Unavailable("starting"), Unavailable("starting"), [created(2)])
    async with Client(await serve(handle)) as client:
        assert seqs(await take(client, 2, after=0, on_connection=told.append)) == [1, 2]
    assert told == [True, False, True]
    assert cursors == ["0", "1", "1", "1"]


async def test_following_may_begin_before_the_daemon_does(serve: Serve, socket_path: Any) -> None:
    told: list[bool] = []
    async with Client(f"unix:{socket_path}") as client, asyncio.TaskGroup() as group:
        events = group.create_task(take(client, 1, after=0, on_connection=told.append), name="follow")
        while not told:
            await asyncio.sleep(0)
        await serve(streaming([created(1)])[0])
    assert seqs(events.result()) == [1]
    assert told == [False, True]


async def test_a_stream_that_fell_silent_is_opened_anew(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "STREAM_SILENCE_SECONDS", 0.2)
    cursors: list[str | None] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        cursors.append(request.query.get("after"))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(created(len(cursors)))
        await asyncio.sleep(60)
        return response

    async with Client(await serve(handle)) as client:
        assert seqs(await take(client, 2, after=0)) == [1, 2]
    assert cursors == ["0", "1"]


async def test_on_the_stream_of_all_sessions_the_cursor_is_the_position_in_the_log(serve: Serve) -> None:
    def at(position: int, seq: int) -> bytes:
        return frame("message.created", message(seq), position, seq)

    handle, cursors = streaming([at(40, 3), at(52, 1)], [at(60, 4)])
    async with Client(await serve(handle)) as client, asyncio.timeout(10), aclosing(client.follow_all()) as events:
        positions = [(await anext(events)).id for _ in range(3)]
    assert positions == [40, 52, 60]
    assert cursors == [None, "52"]


async def test_a_hundred_streams_do_not_block_a_request(serve: Serve) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        if not request.path.endswith("/events"):
            return web.json_response([])
        return await streaming([created(1)])[0](request)  # type: ignore[no-any-return]

    async with Client(await serve(handle)) as client, asyncio.timeout(20):
        streams = [client.follow("s", after=0) for _ in range(120)]
        for stream in streams:
            await anext(stream)
        assert await client.users() == []
        for stream in streams:
            await stream.aclose()


async def test_a_stream_that_ended_in_good_order_is_not_told_to_be_lost_where_coming_back_is_of_no_use(
    serve: Serve,
) -> None:
    told: list[bool] = []
    handle, _ = streaming([created(1)], Unauthorized("ann is disabled"))
    async with Client(await serve(handle)) as client:
        with pytest.raises(Unauthorized, match="disabled"):
            await take(client, 2, after=0, on_connection=told.append)
    assert told == [True]
