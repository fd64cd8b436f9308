"""One way to the daemon: requests that are tried again while that is safe, and streams of frames."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from copy import copy
from io import BytesIO
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import aiohttp

from segue import address
from segue.errors import RateLimited, SegueError, Unavailable, Unreachable, from_wire
from segue.routes import FOR, FOR_NAME, IDEMPOTENCY_KEY, INTERFACE
from segue.sse import Frame, FrameParser

STREAM_SILENCE_SECONDS = 45.0  # three heartbeats
FIRST_DELAY_SECONDS = 0.1
TRANSIENT = (Unreachable, Unavailable, RateLimited)

Query = Mapping[str, str | int | bool | None]


class Connection:
    """An address and the credentials for it. Open between `open` and `close`."""

    def __init__(self, where: str, token: str | None, interface: str, timeout: float, retry_seconds: float) -> None:
        self.address = address.parse(where)
        self.timeout = timeout
        self.retry_seconds = retry_seconds
        self._headers = {INTERFACE: interface}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._for: dict[str, str] = {}
        self._http: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        socket = self.address.socket
        self._http = aiohttp.ClientSession(
            self.address.url,
            connector=aiohttp.UnixConnector(str(socket), limit=0) if socket else aiohttp.TCPConnector(limit=0),
            headers=self._headers,
        )

    async def close(self) -> None:
        if self._http:
            await self._http.close()
            self._http = None

    def acting_for(self, interface: str, external_id: str, name: str | None) -> Connection:
        """Return the same connection, open as long as this one, on which every request is made for an account."""
        other = copy(self)
        other._for = {FOR: f"{quote(interface, safe='')}/{quote(external_id, safe='')}"}
        if name:
            other._for[FOR_NAME] = quote(name, safe="")
        return other

    async def request(
        self, method: str, path: str, *, query: Query | None = None, body: Any = None, key: str | None = None
    ) -> bytes:
        """Return the answer's body; raise the error that the daemon answered.

        Writes carry an Idempotency-Key, so both they and reads are sent again after a lost connection, 503 and 429,
        for at most `retry_seconds`.
        """
        headers = self._for if method == "GET" else self._for | {IDEMPOTENCY_KEY: key or str(uuid4())}
        give_up_at = time.monotonic() + self.retry_seconds
        delay = FIRST_DELAY_SECONDS
        while True:
            try:
                return await self._request_once(method, path, query, body, headers)
            except TRANSIENT as exc:
                wait = exc.retry_after or delay * random.uniform(0.5, 1.0)
                if time.monotonic() + wait > give_up_at:
                    raise
            await asyncio.sleep(wait)
            delay *= 2

    async def _request_once(
        self, method: str, path: str, query: Query | None, body: Any, headers: dict[str, str]
    ) -> bytes:
        timeout = aiohttp.ClientTimeout(total=self.timeout)
        content = None
        if body is not None:
            content, headers = BytesIO(json.dumps(body).encode()), headers | {"Content-Type": "application/json"}
        try:
            async with self._opened.request(
                method, path, params=_query(query), data=content, headers=headers, timeout=timeout
            ) as response:
                answer = await response.read()
        except TimeoutError as exc:
            raise self.address.unreachable(f"silent for {self.timeout:g} s") from exc
        except (aiohttp.ClientError, OSError) as exc:
            raise self.address.unreachable(_reason(exc)) from exc
        if response.status >= 400:
            raise _error(response, answer)
        return answer

    @asynccontextmanager
    async def stream(self, path: str, query: Query) -> AsyncIterator[AsyncIterator[Frame]]:
        """Open an event stream, once, without trying again. Reading it raises `Unreachable` when it breaks off or
        stays silent for `STREAM_SILENCE_SECONDS`, and ends when the daemon ends it."""
        async with self._reading(path, query, "text/event-stream", STREAM_SILENCE_SECONDS) as response:
            yield _frames(response)

    async def upload(self, path: str, query: Query, pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """Send a body of any length as it comes, once, without trying again, and yield the lines of the answer."""
        headers = self._for | {"Accept": "application/x-ndjson", "Content-Type": "application/octet-stream"}
        timeout = aiohttp.ClientTimeout(total=None, connect=self.timeout, sock_connect=self.timeout)
        try:
            async with self._opened.post(
                path, params=_query(query), data=pieces, headers=headers, timeout=timeout
            ) as response:
                if response.status >= 400:
                    raise _error(response, await response.read())
                waiting = b""
                async for chunk in response.content.iter_any():
                    *lines, waiting = (waiting + chunk).split(b"\n")
                    for line in lines:
                        yield line
        except (aiohttp.ClientError, OSError) as exc:
            raise self.address.unreachable(_reason(exc)) from exc

    async def download(self, path: str, query: Query) -> AsyncGenerator[bytes, None]:
        """Yield an answer of any length as it comes. Raises `Unreachable` when it breaks off before its end."""
        async with self._reading(path, query, "*/*", self.timeout) as response:
            async for chunk in response.content.iter_any():
                yield chunk

    @asynccontextmanager
    async def _reading(
        self, path: str, query: Query, accept: str, silence_seconds: float
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        timeout = aiohttp.ClientTimeout(
            total=None, connect=self.timeout, sock_connect=self.timeout, sock_read=silence_seconds
        )
        headers = self._for | {"Accept": accept}
        try:
            async with self._opened.get(path, params=_query(query), headers=headers, timeout=timeout) as response:
                if response.status >= 400:
                    raise _error(response, await response.read())
                yield response
        except TimeoutError as exc:
            raise self.address.unreachable("the stream fell silent") from exc
        except (aiohttp.ClientError, OSError) as exc:
            raise self.address.unreachable(_reason(exc)) from exc

    @property
    def _opened(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("the client is not open: use `async with Client() as client:`")
        return self._http


async def _frames(response: aiohttp.ClientResponse) -> AsyncIterator[Frame]:
    parser = FrameParser()
    async for chunk in response.content.iter_any():
        for frame in parser.feed(chunk):
            yield frame


def _query(query: Query | None) -> dict[str, str]:
    given = {name: value for name, value in (query or {}).items() if value is not None}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}


def _error(response: aiohttp.ClientResponse, answer: bytes) -> SegueError:
    try:
        body = json.loads(answer)
    except ValueError:
        body = None
    return from_wire(response.status, body, retry_after(response.headers))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header; None if there is none, or one that holds a date."""
    try:
        return max(0.0, float(headers.get("Retry-After", "")))
    except ValueError:
        return None


def _reason(exc: Exception) -> str:
    if isinstance(exc, aiohttp.ClientConnectorError):
        return exc.strerror or str(exc.os_error)
    return str(exc) or type(exc).__name__
