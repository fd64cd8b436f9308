from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import ClientError, ClientWebSocketResponse, WSMsgType

from segue import routes
from segue.client import Client
from segue.models import SessionDetail
from tests.daemons import Daemon, Http
from tests.segued.api.doors import tcp


class Socket:
    """A web socket; what comes unasked for is kept in `events`."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws
        self.events: list[dict[str, Any]] = []
        self.requests = 0

    async def say(self, **command: Any) -> dict[str, Any]:
        """Send a command and return its reply or error."""
        self.requests += 1
        await self.ws.send_json(command | {"request_id": self.requests})
        return await self.until(lambda frame: frame.get("request_id") == self.requests)

    async def until(self, wanted: Any) -> dict[str, Any]:
        while True:
            frame: dict[str, Any] = await asyncio.wait_for(self.ws.receive_json(), 60)
            if wanted(frame):
                return frame
            self.events.append(frame)

    async def event(self, kind: str) -> dict[str, Any]:
        return await self.until(lambda frame: frame["event"] == kind)


@pytest.fixture
async def socket(http: Http) -> AsyncIterator[Socket]:
    async with http.session.ws_connect(routes.WEB_SOCKET) as ws:
        yield Socket(ws)


@pytest.fixture
async def session(client: Client) -> SessionDetail:
    return await client.create_session()


async def test_the_way_in_has_a_request_id(socket: Socket) -> None:
    assert socket.ws._response.headers[routes.REQUEST_ID]


async def test_who_subscribes_gets_a_snapshot_and_then_what_happens(
    socket: Socket, client: Client, session: SessionDetail
) -> None:
    assert (await socket.say(type="subscribe", session_id=session.id))["event"] == "reply"
    snapshot = await socket.event("snapshot")
    assert snapshot["data"]["data"]["session"]["id"] == session.id
    await socket.event("synced")
    said = await client.post(session.id, "hello")
    frame = await socket.event("message.created")
    assert (frame["id"], frame["data"]["data"]["content"]) == (said.seq, "hello")


async def test_a_cursor_goes_on_where_it_was(socket: Socket, client: Client, session: SessionDetail) -> None:
    for number in range(3):
        await client.post(session.id, str(number))
    await socket.say(type="subscribe", session_id=session.id, after=2)
    await socket.event("synced")
    assert [frame["id"] for frame in socket.events] == [3, 4]


async def test_who_unsubscribes_hears_no_more_and_may_come_back(
    socket: Socket, client: Client, session: SessionDetail
) -> None:
    await socket.say(type="subscribe", session_id=session.id)
    await socket.event("synced")
    await socket.say(type="unsubscribe", session_id=session.id)
    while (await client.session(session.id)).attached:
        await asyncio.sleep(0.01)
    await client.post(session.id, "unheard")
    assert (await socket.say(type="typing", session_id=session.id))["event"] == "reply"
    assert [frame for frame in socket.events if frame["event"] == "message.created"] == []
    await socket.say(type="subscribe", session_id=session.id, after=1)
    assert (await socket.event("message.created"))["data"]["data"]["content"] == "unheard"
    assert (await socket.say(type="unsubscribe", session_id="nothing"))["event"] == "reply"


async def test_everything_can_be_followed_at_once(socket: Socket, client: Client) -> None:
    await socket.say(type="subscribe")
    await socket.event("synced")
    new = await client.create_session()
    frame = await socket.until(lambda f: f["event"] == "session.created" and f["data"]["session_id"] == new.id)
    assert frame["id"] == frame["data"]["id"] > 1


async def test_typing_is_told_to_the_others(socket: Socket, http: Http, session: SessionDetail) -> None:
    async with http.session.ws_connect(routes.WEB_SOCKET) as ws:
        other = Socket(ws)
        await other.say(type="subscribe", session_id=session.id)
        await other.event("synced")
        await socket.say(type="typing", session_id=session.id)
        frame = await other.event("typing")
        assert "id" not in frame
        assert set(frame["data"]["data"]) == {"user", "interface"}


async def test_a_turn_is_asked_for_followed_and_cancelled(socket: Socket, session: SessionDetail) -> None:
    await socket.say(type="subscribe", session_id=session.id)
    reply = await socket.say(type="post", session_id=session.id, message={"content": "count to 1000", "respond": True})
    turn_id = reply["data"]["turn_id"]
    await socket.event("message.delta")
    ended = await socket.say(type="cancel", turn_id=turn_id)
    assert ended["data"]["state"] == "cancelled"


async def test_64_posts_in_flight_keep_their_order_and_each_gets_its_reply(
    socket: Socket, client: Client, session: SessionDetail
) -> None:
    for number in range(64):
        post = {"type": "post", "session_id": session.id, "message": {"content": str(number)}, "request_id": number}
        await socket.ws.send_json(post)
    replies = [await socket.until(lambda frame: frame["event"] == "reply") for _ in range(64)]
    assert {reply["request_id"]: reply["data"]["content"] for reply in replies} == {n: str(n) for n in range(64)}
    assert [m.content for m in await client.messages(session.id)] == [str(n) for n in range(64)]


async def test_a_post_under_a_key_is_done_once(socket: Socket, client: Client, session: SessionDetail) -> None:
    post = {"type": "post", "session_id": session.id, "message": {"content": "x"}, "idempotency_key": session.id}
    first, second = await socket.say(**post), await socket.say(**post)
    assert first["data"] == second["data"]
    other = await socket.say(**post | {"message": {"content": "y"}})
    assert other["data"]["error"]["code"] == "idempotency_conflict"
    elsewhere = await client.create_session()
    other = await socket.say(**post | {"session_id": elsewhere.id})
    assert other["event"] == "error"
    assert other["data"]["error"]["code"] == "idempotency_conflict"
    assert len(await client.messages(session.id)) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "bad_request"),
        ('{"type": "post", "x": "\\ud800"}', "bad_request"),
        ("[]", "invalid"),
        ("7", "invalid"),
        ("{}", "invalid"),
        ('{"type": "dance"}', "invalid"),
        ('{"type": "subscribe", "sesion_id": "x"}', "invalid"),
        ('{"type": "subscribe", "after": -1}', "invalid"),
        ('{"type": "subscribe", "after": "x"}', "invalid"),
        ('{"type": "post", "session_id": "x"}', "invalid"),
        ('{"type": "post", "session_id": "x", "message": {"content": "x"}}', "session_not_found"),
        ('{"type": "subscribe", "session_id": "nothing"}', "session_not_found"),
        ('{"type": "typing", "session_id": "nothing"}', "session_not_found"),
        ('{"type": "cancel", "turn_id": "nothing"}', "turn_not_found"),
    ],
)
async def test_a_wrong_command_is_an_error_and_the_socket_goes_on(socket: Socket, text: str, code: str) -> None:
    await socket.ws.send_str(text)
    frame = await socket.event("error")
    assert (frame["data"]["error"]["code"], frame["request_id"]) == (code, None)
    assert frame["data"]["detail"]
    assert (await socket.say(type="unsubscribe"))["event"] == "reply"


async def test_an_error_names_the_command_that_it_is_about(socket: Socket) -> None:
    await socket.ws.send_json({"type": "post", "request_id": "mine", "session_id": "x", "message": {"content": 7}})
    frame = await socket.event("error")
    assert frame["request_id"] == "mine"
    assert "content" in frame["data"]["detail"]


async def test_what_is_followed_already_is_a_conflict(socket: Socket, session: SessionDetail) -> None:
    await socket.say(type="subscribe", session_id=session.id)
    again = await socket.say(type="subscribe", session_id=session.id)
    assert again["data"]["error"]["code"] == "conflict"


async def test_a_cursor_from_the_future_is_reset(socket: Socket, session: SessionDetail) -> None:
    await socket.say(type="subscribe", session_id=session.id, after=2**40)
    await socket.event("synced")
    assert [frame["event"] for frame in socket.events][:2] == ["reset", "snapshot"]


async def test_scopes_hold_for_every_command(tcp_daemon: Daemon, owner: Client) -> None:
    reader = await owner.create_token("reader", scopes=["read"])
    session = await owner.create_session()
    theirs = {"session_id": session.id}
    async with tcp(tcp_daemon, reader.token) as http, http.session.ws_connect(routes.WEB_SOCKET) as ws:
        socket = Socket(ws)
        for command in ({"type": "post", "message": {"content": "x"}} | theirs, {"type": "typing"} | theirs):
            assert (await socket.say(**command))["data"]["error"]["details"] == {"scope": "write"}
        assert (await socket.say(type="cancel", turn_id="x"))["data"]["error"]["details"] == {"scope": "run"}
    stranger = await owner.create_token("stranger", user="stranger")
    async with tcp(tcp_daemon, stranger.token) as http, http.session.ws_connect(routes.WEB_SOCKET) as ws:
        socket = Socket(ws)
        for kind in ("subscribe", "typing"):
            assert (await socket.say(type=kind, **theirs))["data"]["error"]["code"] == "session_not_found"
        await socket.say(type="subscribe")
        await owner.post(session.id, "unheard")
        await socket.say(type="unsubscribe")
        assert "unheard" not in json.dumps(socket.events)


async def test_a_frame_that_is_too_large_ends_the_socket_and_nothing_else(
    make_daemon: Any,
) -> None:
    daemon = make_daemon(SERVER__MAX_BODY_BYTES="4096")
    async with daemon.http() as http, http.session.ws_connect(routes.WEB_SOCKET) as ws:
        await ws.send_str("x" * 5000)
        ended = await ws.receive()
        assert ended.type in (WSMsgType.CLOSE, WSMsgType.CLOSED)
        assert ws.close_code == 1009
        assert (await http("GET", routes.HEALTH))[0] == 200
    assert daemon.stop() == 0


async def test_a_deleted_token_ends_what_it_opened(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("x")
    async with tcp(tcp_daemon, token.token) as http, http.session.ws_connect(routes.WEB_SOCKET) as ws:
        socket = Socket(ws)
        await socket.say(type="subscribe")
        async with http.session.get(routes.EVENTS) as stream:
            await owner.delete_token(token.id)
            ended = await asyncio.wait_for(ws.receive(), 60)
            while ended.type is WSMsgType.TEXT:
                ended = await asyncio.wait_for(ws.receive(), 60)
            assert (ended.type, ended.data) == (WSMsgType.CLOSE, 1008)
            assert ended.extra == "the token was deleted, or has another secret now"
            with suppress(ClientError):  # cut off, in the middle of the stream
                await asyncio.wait_for(stream.content.read(), 60)


async def test_who_is_taken_out_of_a_session_is_told_so_and_keeps_the_socket(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("member", user="a member for a while")
    left, kept = await owner.create_session(), await owner.create_session()
    for session in (left, kept):
        await owner.put_member(session.id, token.user_id, "writer")
    async with tcp(tcp_daemon, token.token) as http, http.session.ws_connect(routes.WEB_SOCKET) as ws:
        socket = Socket(ws)
        for session in (left, kept):
            await socket.say(type="subscribe", session_id=session.id)
            await socket.event("synced")
        await owner.remove_member(left.id, token.user_id)
        assert (await socket.event("session.left"))["data"]["session_id"] == left.id
        again = await socket.say(type="subscribe", session_id=left.id)
        assert again["data"]["error"]["code"] == "session_not_found"
        await owner.post(kept.id, "still here?")
        assert (await socket.event("message.created"))["data"]["session_id"] == kept.id
