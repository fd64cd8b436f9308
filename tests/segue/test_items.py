"""Additions asked for at the same time go together: none is lost, none is there twice, each has its own end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from segue.client import Client
from segue.errors import Invalid, SessionNotFound, TooLarge, Unreachable
from segue.routes import IDEMPOTENCY_KEY
from tests.segue.conftest import Serve

ITEM = {"role": "user", "content": "x"}


class Sessions:
    """Plays the daemon: keeps what is added, and answers as it is told to."""

    def __init__(self) -> None:
        self.requests: list[list[str]] = []  # the sessions that each was for
        self.keys: list[str] = []
        self.held: dict[int, tuple[asyncio.Event, asyncio.Event]] = {}  # by number: has come, may be answered
        self.limit = 1000  # additions in a request

    def hold(self, number: int) -> tuple[asyncio.Event, asyncio.Event]:
        return self.held.setdefault(number, (asyncio.Event(), asyncio.Event()))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        additions = (await request.json())["additions"]
        self.requests.append([addition["session_id"] for addition in additions])
        self.keys.append(request.headers[IDEMPOTENCY_KEY])
        if (hold := self.held.get(len(self.requests) - 1)) is not None:
            hold[0].set()
            await hold[1].wait()
        if len(additions) > self.limit or any(a["session_id"] == "invalid" for a in additions):
            error = TooLarge("too much") if len(additions) > self.limit else Invalid("no")
            return web.json_response(error.to_wire(), status=error.status)
        return web.json_response({"outcomes": [self._outcome(a["session_id"]) for a in additions]})

    @staticmethod
    def _outcome(session_id: str) -> dict[str, Any]:
        if session_id == "nothing":
            return {"error": SessionNotFound("there is none").to_wire()["error"]}
        return {"added": 1, "last_seq": 7}


async def test_what_waits_goes_with_the_next_request(serve: Serve) -> None:
    daemon = Sessions()
    async with Client(await serve(daemon.handle)) as client:
        await client.add_items("s", [ITEM])
        added = await asyncio.gather(*(client.add_items("s", [ITEM]) for _ in range(100)))
    assert {(one.added, one.last_seq) for one in added} == {(1, 7)}
    assert [len(request) for request in daemon.requests] == [1, 100]


async def test_a_large_one_goes_alone(serve: Serve) -> None:
    daemon, large = Sessions(), {"content": "x" * 200_000}
    async with Client(await serve(daemon.handle)) as client:
        await asyncio.gather(*(client.add_items("s", [large]) for _ in range(3)))
    assert [len(request) for request in daemon.requests] == [1, 1, 1]


async def test_one_that_is_refused_fails_alone(serve: Serve) -> None:
    daemon = Sessions()
    async with Client(await serve(daemon.handle)) as client:
        names = ["s", "nothing", "s", "invalid", "s"]
        ends = await asyncio.gather(*(client.add_items(name, [ITEM]) for name in names), return_exceptions=True)
    assert [type(end).__name__ for end in ends] == [
        "ItemsAdded",
        "SessionNotFound",
        "ItemsAdded",
        "Invalid",
        "ItemsAdded",
    ]


async def test_more_than_the_daemon_takes_at_once_goes_one_by_one(serve: Serve) -> None:
    daemon = Sessions()
    daemon.limit = 1
    async with Client(await serve(daemon.handle)) as client:
        await asyncio.gather(*(client.add_items("s", [ITEM]) for _ in range(4)))
    assert [len(request) for request in daemon.requests] == [4, 1, 1, 1, 1]
    assert len(set(daemon.keys)) == 5


async def test_who_is_cancelled_while_sending_for_others_takes_nothing_from_them(serve: Serve) -> None:
    """What was sent may be stored: it goes again under the same key, and as it was."""
    daemon = Sessions()
    (first_came, answer_first), (second_came, answer_second) = daemon.hold(0), daemon.hold(1)
    async with Client(await serve(daemon.handle)) as client, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(client.add_items("s", [ITEM]))
        await first_came.wait()
        sender, waits, gives_up = [tasks.create_task(client.add_items("s", [ITEM])) for _ in range(3)]
        answer_first.set()
        await second_came.wait()
        for task in (sender, gives_up):
            task.cancel()
        answer_second.set()
    assert first.result().added == 1
    assert (sender.cancelled(), gives_up.cancelled(), waits.result().last_seq) == (True, True, 7)
    assert [len(request) for request in daemon.requests] == [1, 3, 3]
    assert daemon.keys[1] == daemon.keys[2]


@pytest.mark.parametrize("steps", range(6))
async def test_whose_turn_it_is_to_send_may_be_cancelled_at_any_moment(serve: Serve, steps: int) -> None:
    daemon = Sessions()
    came, answer = daemon.hold(0)
    async with Client(await serve(daemon.handle)) as client, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(client.add_items("s", [ITEM]))
        await came.wait()
        second, third = [tasks.create_task(client.add_items("s", [ITEM])) for _ in range(2)]
        first.add_done_callback(lambda _: second.cancel() if steps == 0 else None)
        answer.set()
        await first
        for _ in range(steps):
            await asyncio.sleep(0)
        second.cancel()
    assert third.result().added == 1


async def test_who_is_cancelled_alone_leaves_nothing_to_be_sent_later(serve: Serve) -> None:
    daemon = Sessions()
    async with Client(await serve(daemon.handle)) as client, asyncio.TaskGroup() as tasks:
        came, answer = daemon.hold(0)
        alone = tasks.create_task(client.add_items("s", [ITEM]))
        await came.wait()
        alone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await alone
        answer.set()
        await client.add_items("t", [ITEM])
        await client.add_items("s", [ITEM])
    assert daemon.requests == [["s"], ["t"], ["s"]]


async def test_where_nobody_answers_all_hear_of_it(serve: Serve) -> None:
    async with Client("http://127.0.0.1:1", retry_seconds=0) as client:
        ends = await asyncio.gather(*(client.add_items("s", [ITEM]) for _ in range(3)), return_exceptions=True)
    assert [type(end) for end in ends] == [Unreachable] * 3


async def test_what_is_no_json_is_said_at_once(serve: Serve) -> None:
    async with Client(await serve(Sessions().handle)) as client:
        with pytest.raises(TypeError):
            await client.add_items("s", [{"x": object()}])


async def test_who_acts_for_another_sends_in_their_name(serve: Serve) -> None:
    seen: list[str | None] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("X-Segue-For"))
        return web.json_response({"outcomes": [{"added": 1, "last_seq": 1}]})

    async with Client(await serve(handle)) as client:
        await client.acting_for("irc", "ada").add_items("s", [ITEM])
        await client.add_items("s", [ITEM])
    assert seen == ["irc/ada", None]
