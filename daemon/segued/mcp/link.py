"""One open connection to a server. The only place that speaks with the MCP SDK, which takes a second and 30 MB to
import: it is loaded when the first server is used."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.client.subscriptions import SubscriptionLost
from mcp_types import (
    CONNECTION_CLOSED,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    Implementation,
    Tool,
    ToolListChangedNotification,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

import segue
from segued.config import McpServerSettings
from segued.mcp.failures import CannotStart, LinkLost, NotReached, Refused, reason
from segued.mcp.http_client import Http, tried
from segued.mcp.process import LONGEST_LINE_BYTES, ServerProcess

log = logging.getLogger(__name__)

_PAGES = 100  # of a list of tools, at most
_NO_LIMIT_SECONDS = 7 * 86_400.0  # None would be the client's own limit, which is for the start
_LISTEN_AGAIN_SECONDS = 5.0
_HTTP_SECONDS = 30.0
_HTTP_SILENCE_SECONDS = 300.0  # of a stream that is open
_GONE = "Connection closed"  # in the SDK's words, under a code that servers use for errors of their own
_STREAM_GONE = "SSE stream "


class Link:
    """Entered and left by the task that owns it; `call` may be called from any. `news` is called when there is
    something to look at: it is `lost`, or `tools_changed`."""

    def __init__(self, name: str, settings: McpServerSettings, news: Callable[[], None]) -> None:
        self.lost = asyncio.Event()
        self.lost_because = ""
        self.tools_changed = False
        self._settings = settings
        self._news = news
        self._process = ServerProcess(name, settings, self.lose) if settings.command else None
        self._client: Client
        self._hung_up = False
        self.refusal = ""  # how HTTP said no, last: the SDK says only that it did

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Be connected inside the block."""
        async with AsyncExitStack() as stack:
            transport = self._process.running() if self._process else await self._http(stack)
            client = Client(
                transport,
                read_timeout_seconds=self._settings.start_seconds,
                message_handler=self._hear,
                client_info=Implementation(name="segue", version=segue.__version__),
                cache=None,
            )
            self._client = await stack.enter_async_context(client)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            listening = tasks.create_task(self._listen(), name="MCP server's changes") if self._can_listen else None
            try:
                yield
            finally:
                self._hung_up = True
                if listening:
                    listening.cancel()

    async def _http(self, stack: AsyncExitStack) -> AbstractAsyncContextManager[Any]:
        settings = self._settings
        headers = dict(settings.headers)
        if settings.token_env:
            if not (token := os.environ.get(settings.token_env)):
                raise CannotStart(
                    f"the variable {settings.token_env}, which is to hold the token, is not set: set it where the"
                    " daemon is started, and start that anew"
                )
            headers["Authorization"] = f"Bearer {token}"
        silence = max(_HTTP_SILENCE_SECONDS, settings.timeout_seconds + _HTTP_SECONDS)
        timeout = httpx2.Timeout(_HTTP_SECONDS, read=silence)
        hooks = {"response": [self._note_status]}
        http = await stack.enter_async_context(Http(headers=headers, timeout=timeout, event_hooks=hooks))
        return streamable_http_client(settings.url, http_client=http, max_sse_event_size=LONGEST_LINE_BYTES)

    async def _note_status(self, response: httpx2.Response) -> None:
        if response.request.method == "POST":
            self.refusal = f"HTTP {response.status_code} {response.reason_phrase}" if response.is_error else ""

    # --- what it is

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def protocol(self) -> str:
        return self._client.protocol_version

    @property
    def software(self) -> str | None:
        info = self._client.server_info
        return f"{info.name} {info.version or ''}".strip() if info else None

    @property
    def _is_modern(self) -> bool:
        return self.protocol in MODERN_PROTOCOL_VERSIONS

    @property
    def _can_listen(self) -> bool:
        tools = self._client.server_capabilities.tools
        return self._is_modern and tools is not None and bool(tools.list_changed)

    # --- what it is asked

    async def list_tools(self) -> tuple[Tool, ...]:
        """Ask for all tools that there are now."""
        self.tools_changed = False
        if self._client.server_capabilities.tools is None:
            return ()
        tools: list[Tool] = []
        cursor: str | None = None
        with self._explained():
            for _ in range(_PAGES):
                page = await self._client.list_tools(cursor=cursor)
                tools += page.tools
                if not (cursor := page.next_cursor):
                    break
        return tuple(tools)

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call a tool and return the result as it came. It is for the caller to limit how long that may take."""
        with self._explained(), tried() as way:
            try:
                result = await self._client.call_tool(tool, dict(arguments), read_timeout_seconds=_NO_LIMIT_SECONDS)
            except MCPError as exc:
                if way.blocked_by:
                    raise NotReached(way.blocked_by) from exc
                raise
        return result.model_dump(mode="json", by_alias=True, exclude_unset=True)

    async def check(self) -> None:
        """Ask whether the server is well; raise `LinkLost` if it is not. A process that refuses to say so is there; a
        URL where that is refused has forgotten us."""
        session = self._client.session
        try:
            with self._explained():
                await (session.send_discover(self.protocol) if self._is_modern else session.send_ping())
        except Refused as exc:
            if self._process is None:
                raise LinkLost(str(exc)) from exc

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Tell an answer that is an error from a connection that is gone."""
        try:
            yield
        except MCPError as exc:
            if self._is_gone(exc):
                raise LinkLost("the connection broke off") from exc
            raise Refused(self.refusal or exc.message) from exc
        except (RuntimeError, ValidationError) as exc:  # the result is not what the tool's own schema says
            raise Refused(f"the server gave a result that breaks its own description: {reason(exc)}") from exc

    def _is_gone(self, exc: MCPError) -> bool:
        """Tell the SDK's word that there is no connection any more from an error that the server answered with."""
        if exc.code != CONNECTION_CLOSED or not (exc.message == _GONE or exc.message.startswith(_STREAM_GONE)):
            return False
        return self._process is None or self._process.has_ended or self._hung_up

    # --- what it says by itself

    def lose(self, why: str) -> None:
        """Take note that nothing can be said on it any more."""
        self.lost_because = why
        self.lost.set()
        self._news()

    async def _hear(self, message: object) -> None:
        if isinstance(message, ToolListChangedNotification):
            self._note_change()

    async def _listen(self) -> None:
        """Follow the changes that a server of the newer protocol tells only who listens."""
        while True:
            try:
                async with self._client.listen(tools_list_changed=True) as changes:
                    self._note_change()  # what changed before was told to nobody
                    async for _ in changes:
                        self._note_change()
            except MCPError as exc:
                if exc.code in (METHOD_NOT_FOUND, INVALID_PARAMS):
                    return
            except (SubscriptionLost, TimeoutError):
                pass
            await asyncio.sleep(_LISTEN_AGAIN_SECONDS)

    def _note_change(self) -> None:
        self.tools_changed = True
        self._news()
