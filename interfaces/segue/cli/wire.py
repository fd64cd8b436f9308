"""One request, one answer, over the socket, in the standard library: what one-shot commands need, loaded in no time.

What follows live uses `segue.client`, which costs several times as much to import.
"""

from __future__ import annotations

import json
import os
import random
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlencode

import click

from segue import paths
from segue.address import Address, parse
from segue.cli.holder import holder_at, mute
from segue.errors import McpUnavailable, RateLimited, SegueError, Unavailable, Unreachable, from_wire
from segue.routes import IDEMPOTENCY_KEY, INTERFACE

TIMEOUT_SECONDS = 30.0
RETRY_SECONDS = 5.0
PIECE_BYTES = 64 * 1024


class _Lost(Exception):
    """The connection broke after the request was begun: it may be sent again, under the same key."""


class _Silent(Exception):
    """The request was sent, and no answer came in time."""


class _UnixConnection(HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Wire:
    """Requests to the daemon at an address. Answers are decoded JSON; errors are those of `segue.errors`."""

    def __init__(
        self,
        address: Address,
        token: str | None = None,
        retry_seconds: float = RETRY_SECONDS,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.address = address
        self._retry_seconds = retry_seconds
        self._timeout_seconds = timeout_seconds
        self._headers = {INTERFACE: "cli"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._connection: HTTPConnection | None = None

    def get(self, path: str, **query: str | int | bool | None) -> Any:
        given = _given(query)
        return self._request("GET", f"{path}?{urlencode(given)}" if given else path, None)

    def post(self, path: str, body: Any = None) -> Any:
        return self._request("POST", path, body)

    def put(self, path: str, body: Any) -> Any:
        return self._request("PUT", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self._request("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self._request("DELETE", path, None)

    def download(self, path: str, **query: str) -> Iterator[bytes]:
        """Yield an answer of any length as it comes; raise `Unreachable` when it breaks off before its end."""
        connection = self._connected()
        try:
            connection.request("GET", f"{path}?{urlencode(query)}" if query else path, headers=self._headers)
            response = connection.getresponse()
            if response.status >= 400:
                raise _refusal(response)
            while chunk := response.read1(PIECE_BYTES):
                yield chunk
        except (OSError, HTTPException) as exc:
            self._close()
            raise self.address.unreachable(f"the answer broke off ({type(exc).__name__})") from exc

    def upload(
        self, path: str, pieces: Iterable[bytes], size: int, **query: str | bool | None
    ) -> Iterator[dict[str, Any]]:
        """Send a body of `size` bytes as it comes, once, and yield the answer's lines, each a JSON object."""
        headers = self._headers | {"Accept": "application/x-ndjson", "Content-Length": str(size)}
        connection = self._connected()
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # refused before all is sent: the answer says why
                connection.request("POST", f"{path}?{urlencode(_given(query))}", body=pieces, headers=headers)
            response = connection.getresponse()
            if response.status >= 400:
                raise _refusal(response)
            while answered := response.readline():
                yield json.loads(answered)
        except (OSError, HTTPException) as exc:
            self._close()
            raise self.address.unreachable(f"the connection broke off ({type(exc).__name__})") from exc

    def _request(self, method: str, path: str, body: Any) -> Any:
        headers = dict(self._headers)
        if method != "GET":
            headers[IDEMPOTENCY_KEY] = os.urandom(16).hex()
        content = None
        if body is not None:
            content, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        give_up_at = time.monotonic() + self._retry_seconds
        delay = 0.1
        lost = ""
        while True:
            failure: SegueError
            try:
                return self._send(method, path, content, headers)
            except _Lost as exc:
                lost = str(exc)
                failure, wait = self._broken_off(method, lost), delay
            except _Silent as exc:
                raise self._broken_off(method, str(exc)) from exc
            except Unreachable as exc:
                if lost:
                    raise self._broken_off(method, lost) from exc
                raise
            except McpUnavailable:
                raise  # the daemon has waited for the server already
            except (Unavailable, RateLimited) as exc:
                failure, wait = self._broken_off(method, lost) if lost else exc, exc.retry_after or delay
            wait *= random.uniform(1.0, 1.5)
            if time.monotonic() + wait > give_up_at:
                raise failure
            time.sleep(wait)
            delay *= 2

    def _send(self, method: str, path: str, content: bytes | None, headers: dict[str, str]) -> Any:
        connection = self._connected()
        try:
            connection.request(method, path, body=content, headers=headers)
            response = connection.getresponse()
            answer = response.read()
        except TimeoutError as exc:
            self._close()
            raise _Silent(f"silent for {self._timeout_seconds:g} s") from exc
        except (OSError, HTTPException) as exc:
            self._close()
            raise _Lost(str(exc) or type(exc).__name__) from exc
        if response.will_close:
            self._close()
        body = None
        with suppress(ValueError):
            body = json.loads(answer) if answer else None
        if response.status >= 400:
            raise from_wire(response.status, body, _seconds(response.getheader("Retry-After")))
        if answer and body is None:
            raise self.address.unreachable("what listens there is no segued")
        return body

    def _broken_off(self, method: str, reason: str) -> Unreachable:
        """Return the error for a request that was sent and not answered; what only reads has no effect to speak of."""
        if method == "GET":
            return self._unreachable(reason)
        return Unreachable(
            f"the connection to {self.address.text} broke off while the request ran ({reason}): whether it took effect"
            " is not known. Look before you make it again"
        )

    def _unreachable(self, reason: str) -> Unreachable:
        """Return the error for an address where nobody answers, naming the daemon that has the database and should."""
        pid = holder_at(self.address) if self.address.is_local else None
        return self.address.unreachable(reason) if pid is None else mute(self.address, pid, reason)

    def _connected(self) -> HTTPConnection:
        if self._connection is None:
            connection = connection_to(self.address, self._timeout_seconds)
            try:
                connection.connect()
            except OSError as exc:
                connection.close()
                raise self._unreachable(exc.strerror or str(exc)) from exc
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()


def connection_to(address: Address, timeout_seconds: float) -> HTTPConnection:
    """Return a connection to the address, not made yet."""
    if address.socket:
        return _UnixConnection(str(address.socket), timeout_seconds)
    kind = HTTPSConnection if address.secure else HTTPConnection
    return kind(address.host, address.port, timeout=timeout_seconds)


@cache
def where() -> Address:
    """Return the address that --address, SEGUE_URL or the settings name."""
    try:
        return parse(paths.address())
    except ValueError as exc:
        raise click.UsageError(str(exc)) from exc


@cache
def daemon(timeout_seconds: float = TIMEOUT_SECONDS) -> Wire:
    """Return the way to the daemon that this process talks to."""
    return Wire(where(), os.environ.get("SEGUE_TOKEN"), timeout_seconds=timeout_seconds)


def _given(query: Mapping[str, str | int | bool | None]) -> dict[str, str | int]:
    return {k: str(v).lower() if isinstance(v, bool) else v for k, v in query.items() if v is not None}


def _refusal(response: HTTPResponse) -> SegueError:
    body = None
    with suppress(ValueError):
        body = json.loads(response.read())
    return from_wire(response.status, body, _seconds(response.getheader("Retry-After")))


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header or ""))
    except ValueError:
        return None
