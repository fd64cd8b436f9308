"""Following live over server-sent events."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from aiohttp import HttpVersion11, web
from pydantic import Field

from segue import routes
from segue.errors import BadCursor
from segue.events import Event
from segue.models import Request, SessionId, TokenId, UserId
from segued import clock
from segued.api.registry import Call, Registry
from segued.sessions.fanout import Wire

api = Registry("Following live")

_STALLED_SECONDS = 30.0  # a client that takes nothing of its replay for so long is cut off
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}
_HELLO = b": segue\n\n"
BEAT = b": \n\n"


class FollowQuery(Request):
    after: Annotated[str, Field(max_length=40)] | None = Field(
        None, description="The cursor: everything after it is replayed. The header Last-Event-ID does the same."
    )


class FollowAllQuery(FollowQuery):
    deltas: bool = Field(True, description="Whether to be told of answers word by word, or only as they end.")


def sse(cursor: int | None, kind: str, data: bytes) -> bytes:
    if cursor is None:
        return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (cursor, kind.encode(), data)


def chunk(data: bytes) -> bytes:
    """Frame bytes as one chunk of HTTP/1.1."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def chunked(call: Call) -> bool:
    """Tell whether the client takes an answer in chunks."""
    return bool(call.request.version >= HttpVersion11)


def sse_chunk(cursor: int | None, kind: str, data: bytes) -> bytes:
    return chunk(sse(cursor, kind, data))


class OpenStream:
    """A client's open connection as a `Follower`: frames go straight to the transport."""

    def __init__(self, call: Call, wire: Wire, beat: bytes) -> None:
        request = call.request
        if request.transport is None:
            raise ConnectionResetError("the client has gone")
        self.by = call.by
        self.token_id = call.caller.token_id
        self.expires_at = call.caller.expires_at
        self.wire = wire
        self._request = request
        self._beat = beat
        self._transport = request.transport
        self.ended = asyncio.Event()
        self.dismissed = ""  # why, if who opened it is let in no more

    @property
    def backlog(self) -> int:
        return self._transport.get_write_buffer_size()

    def write(self, data: bytes) -> None:
        if not self.dismissed:
            self._transport.write(data)

    async def drain(self) -> None:
        try:
            async with asyncio.timeout(_STALLED_SECONDS):
                await self._request.protocol._drain_helper()
        except TimeoutError as exc:
            self.cut("it took nothing of its replay")
            raise ConnectionResetError("the client reads nothing") from exc

    def beat(self) -> None:
        self._transport.write(self._beat)

    def cut(self, why: str) -> None:
        self._transport.abort()
        self.ended.set()

    def end(self) -> None:
        """Let the stream end in good order: the daemon stops, or there is nothing more to tell."""
        self.ended.set()

    def dismiss(self, why: str) -> None:
        """Tell nothing more to somebody who is let in no more; if they come back, the front door tells them why."""
        self.dismissed = why
        if self.backlog:  # they read nothing, and would hold the connection open
            self._transport.abort()
        self.ended.set()


class OpenStreams:
    """The streams that are open: they end with their token or user, all when the daemon stops; none begins then."""

    def __init__(self) -> None:
        self._streams: set[OpenStream] = set()
        self._stopping = False

    @property
    def stopping(self) -> bool:
        """Tell whether the daemon stops."""
        return self._stopping

    @contextmanager
    def holding(self, stream: OpenStream) -> Iterator[None]:
        self._streams.add(stream)
        if self._stopping:
            stream.end()
        expiry = _when_expired(stream)
        try:
            yield
        finally:
            self._streams.discard(stream)
            if expiry is not None:
                expiry.cancel()

    def cut(self, token_id: TokenId) -> None:
        for stream in self._streams:
            if stream.token_id == token_id:
                stream.dismiss("the token was deleted, or has another secret now")

    def cut_user(self, user_id: UserId) -> None:
        """End what a user has open, whichever way they came."""
        for stream in self._streams:
            if stream.by.user_id == user_id:
                stream.dismiss("the user was disabled or removed")

    def end(self) -> None:
        self._stopping = True
        for stream in self._streams:
            stream.end()


def _when_expired(stream: OpenStream) -> asyncio.TimerHandle | None:
    """Have the stream end when its token expires."""
    if stream.expires_at == math.inf:
        return None
    seconds = stream.expires_at - clock.now()
    return asyncio.get_running_loop().call_later(seconds, stream.dismiss, "the token has expired")


OPEN: web.AppKey[OpenStreams] = web.AppKey("open streams", OpenStreams)


def cursor_of(text: str | None) -> int | None:
    """Return the cursor that a client sent, or raise `BadCursor`."""
    if text is None or text == "":
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadCursor(f"the cursor {text!r} is not a number from an event's id: leave it out for a snapshot")
    return int(text)


async def begin(call: Call) -> web.StreamResponse:
    """Begin a stream of events."""
    response = web.StreamResponse(headers=_HEADERS)
    response.headers[routes.REQUEST_ID] = call.request[routes.REQUEST_ID]
    await response.prepare(call.request)
    await response.write(_HELLO)
    return response


async def _open(call: Call) -> tuple[web.StreamResponse, OpenStream]:
    response = await begin(call)
    wire, beat = (sse_chunk, chunk(BEAT)) if chunked(call) else (sse, BEAT)
    return response, OpenStream(call, wire, beat)


def _after(call: Call, query: FollowQuery) -> int | None:
    return cursor_of(call.request.headers.get(routes.LAST_EVENT_ID) or query.after)


@api.operation("GET", routes.SESSION_EVENTS, media_type="text/event-stream", answer=Event)
async def follow_session(call: Call, session_id: SessionId, query: FollowQuery) -> web.StreamResponse:
    """Follow a session: a snapshot, or with a cursor everything after it, then all that happens."""
    after = _after(call, query)
    await call.store.get_session(call.by, session_id)
    response, stream = await _open(call)
    with call.request.app[OPEN].holding(stream):
        async with call.manager.followers.attach(call.by, session_id, after, stream):
            await stream.ended.wait()
    return response


@api.operation("GET", routes.EVENTS, media_type="text/event-stream", answer=Event)
async def follow_all(call: Call, query: FollowAllQuery) -> web.StreamResponse:
    """Follow every session that you may see. The cursor is the position in the whole log."""
    after = _after(call, query)
    response, stream = await _open(call)
    with call.request.app[OPEN].holding(stream):
        async with call.manager.followers.attach_all(call.by, after, stream, deltas=query.deltas):
            await stream.ended.wait()
    return response


async def end_streams(app: web.Application) -> None:
    """End every open stream; without this the server waits for them in vain."""
    app[OPEN].end()
