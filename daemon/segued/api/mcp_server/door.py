"""`/mcp`: streamable HTTP. The SDK's own server speaks both generations of the protocol (`initialize` and a session
id, or requests that stand alone). It is reached as it expects to be, over ASGI; who calls is found out here, as
anywhere."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from aiohttp import web

from segue import routes
from segue.errors import Internal, Stopping, Unauthorized
from segued.api.front_door import AUTHENTICATOR
from segued.api.registry import Call
from segued.api.streams import BEAT, OPEN, OpenStream, sse

log = logging.getLogger(__name__)

INTERFACE = "mcp"
CALL = "segue.call"
"""Where in the ASGI scope the `Call` is."""

Scope = dict[str, Any]
Message = MutableMapping[str, Any]
Asgi = Callable[[Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class McpDoor:
    """Owns the MCP server and the exchanges with it. The server is begun by the first request."""

    def __init__(self, max_body_bytes: int) -> None:
        self._max_body_bytes = max_body_bytes
        self._wanted = asyncio.Event()
        self._tasks: asyncio.TaskGroup
        self._asgi: asyncio.Future[Asgi]

    async def running(self, app: web.Application) -> AsyncIterator[None]:
        """Serve until the application is cleaned up."""
        self._asgi = asyncio.get_running_loop().create_future()
        async with asyncio.TaskGroup() as self._tasks:
            owner = self._tasks.create_task(self._serve(), name="mcp server")
            yield
            owner.cancel()

    async def _serve(self) -> None:
        while True:
            await self._wanted.wait()
            try:
                async with (await asyncio.to_thread(_load))(self._max_body_bytes) as asgi:
                    self._asgi.set_result(asgi)
                    await asyncio.Event().wait()
            except Exception:
                log.exception("the MCP server broke: the next request begins it again")
                self._wanted.clear()
                broken, self._asgi = self._asgi, asyncio.get_running_loop().create_future()
                if not broken.done():
                    broken.set_exception(Internal("the MCP server does not start: the daemon's log says why"))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Let the MCP server answer a request of whoever may read."""
        caller = await request.app[AUTHENTICATOR](request)
        caller.require("read")
        call = Call(request, caller, caller.acting(INTERFACE, None))
        self._wanted.set()
        asgi = await asyncio.shield(self._asgi)
        stream = OpenStream(call, sse, BEAT)
        exchange = _Exchange(request)
        with request.app[OPEN].holding(stream):
            task = self._tasks.create_task(exchange.run(asgi, call), name="mcp exchange")
            task.add_done_callback(lambda _: stream.ended.set())
            try:
                await stream.ended.wait()
            finally:
                exchange.gone.set()
        if exchange.response is not None:
            return exchange.response
        if why := stream.dismissed:
            raise Unauthorized(why)
        raise Stopping("the daemon stops: try again in a moment", retry_after=2)


def _load() -> Callable[[int], AbstractAsyncContextManager[Asgi]]:
    from segued.api.mcp_server.server import serving

    return serving


class _Exchange:
    """One request as an ASGI server would pass it on. The application is not cancelled when the client goes: it is
    told, as the protocol of ASGI has it, and what it says afterwards is dropped."""

    def __init__(self, request: web.Request) -> None:
        self.response: web.StreamResponse | None = None
        self.gone = asyncio.Event()
        self._request = request
        self._read = False

    async def run(self, asgi: Asgi, call: Call) -> None:
        try:
            await asgi(self._scope(call), self._receive, self._send)
        except Exception:
            log.exception("an exchange over MCP broke")

    def _scope(self, call: Call) -> Scope:
        request = self._request
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": request.scheme,
            "path": request.path,
            "raw_path": request.rel_url.raw_path.encode(),
            "query_string": request.rel_url.raw_query_string.encode(),
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.raw_headers],
            "client": None,
            "server": None,
            CALL: call,
        }

    async def _receive(self) -> Message:
        if not self._read:
            piece = await self._request.content.readany()
            self._read = self._request.content.at_eof()
            return {"type": "http.request", "body": piece, "more_body": not self._read}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self.gone.is_set():
            return
        try:
            if message["type"] == "http.response.start":
                self.response = await self._begin(message)
            elif self.response is not None:
                if message.get("body"):
                    await self.response.write(message["body"])
                if not message.get("more_body"):
                    await self.response.write_eof()
        except ConnectionResetError:
            self.gone.set()

    async def _begin(self, message: Message) -> web.StreamResponse:
        response = web.StreamResponse(status=message["status"])
        for name, value in message.get("headers", ()):
            response.headers.add(name.decode("latin-1"), value.decode("latin-1"))
        response.headers[routes.REQUEST_ID] = self._request[routes.REQUEST_ID]
        await response.prepare(self._request)
        return response
