"""One exchange of JSON-RPC with the daemon's `/mcp`, in the standard library: a message goes, messages come back."""

from __future__ import annotations

import base64
import json
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from typing import Any

from segue import routes
from segue.address import Address
from segue.cli.wire import connection_to

Json = dict[str, Any]

SESSION = "Mcp-Session-Id"
VERSION = "MCP-Protocol-Version"
_META_VERSION = "io.modelcontextprotocol/protocolVersion"
_NAMES = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}  # what Mcp-Name repeats of a request
_SAFE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
_SILENCE_SECONDS = 900.0  # longer than any tool waits; streams get a sign of life every 15 seconds


_NO_REQUEST, _NO_PARAMS = -32600, -32602


class Lost(Exception):
    """The daemon is not there, or went before it answered."""


class SessionGone(Exception):
    """The daemon does not know the client's session: it was started anew, or the session was idle for long."""


class Refused(Exception):
    """The daemon said no, in words for people."""


class Exchange:
    """A request under way. `abort` may be called from another thread. `taken`: the daemon has it, as far as we know."""

    def __init__(self, address: Address, headers: Mapping[str, str]) -> None:
        self.aborted = self.taken = False
        self._address = address
        self._headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json", **headers}
        self._socket: socket.socket | None = None
        self._response: HTTPResponse

    def begin(self, method: str, message: Json | None = None) -> HTTPResponse:
        """Send the message and return the answer's head."""
        connection = connection_to(self._address, _SILENCE_SECONDS)
        body = json.dumps(message).encode() if message is not None else None
        try:
            connection.connect()
            self._socket = connection.sock
            connection.request(method, routes.MCP, body=body, headers=self._headers)
            self.taken = True
            self._response = connection.getresponse()
            self.taken = self._response.status != 503
        except (OSError, HTTPException) as exc:
            connection.close()
            raise Lost(getattr(exc, "strerror", None) or str(exc) or type(exc).__name__) from exc
        return self._response

    def messages(self) -> Iterator[Json]:
        """Yield the messages of the answer as they come; ends where the answer ends, or breaks off."""
        response = self._response
        streams = response.getheader("Content-Type", "").startswith("text/event-stream")
        with response, suppress(OSError, HTTPException, ValueError):
            if streams:
                yield from _events(response)
            elif body := response.read():
                yield _checked(body, response)

    def abort(self) -> None:
        """End the exchange, wherever it is."""
        self.aborted = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def _events(response: HTTPResponse) -> Iterator[Json]:
    data: list[str] = []
    while raw := response.readline():
        line = raw.decode().rstrip("\r\n")
        if line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and data:
            if text := "\n".join(data):
                yield json.loads(text)
            data = []


def _checked(raw: bytes, response: HTTPResponse) -> Json:
    """Return a message, or raise for what the daemon says outside of JSON-RPC."""
    body = None
    with suppress(ValueError):
        body = json.loads(raw)
    if isinstance(body, dict) and "jsonrpc" in body:
        return body
    said = body.get("detail") if isinstance(body, dict) else None
    text = str(said or f"the daemon answered {response.status}")
    raise Lost(text) if response.status == 503 else Refused(text)


def is_id(value: object) -> bool:
    """Tell whether a request can be called so."""
    return isinstance(value, str | int) and not isinstance(value, bool)


def fault(message: Json) -> tuple[int, str] | None:
    """Return the code and the words for what keeps a request or notification from being one; None if nothing does."""
    if "method" not in message:
        return None
    params = message.get("params") or {}
    if "id" in message and not is_id(message["id"]):
        return _NO_REQUEST, "the id of a request is a text or a whole number: send it with one"
    if not isinstance(message["method"], str):
        return _NO_REQUEST, "the method is a text: send it as one"
    if not isinstance(params, dict) or not isinstance(params.get("_meta") or {}, dict):
        return _NO_PARAMS, "params is an object, and so is its _meta: send them as such, or leave them out"
    return None


def routing(message: Json) -> dict[str, str]:
    """Return the headers of a message that stands alone, as the protocol has it since 2026; none for an older one."""
    params = message.get("params") or {}
    version = (params.get("_meta") or {}).get(_META_VERSION)
    if not isinstance(version, str):
        return {}
    method = str(message.get("method"))
    headers = {VERSION: version, "Mcp-Method": method}
    if method in _NAMES:
        headers["Mcp-Name"] = _header(str(params.get(_NAMES[method], "")))
    return headers


def _header(value: str) -> str:
    """Return what a header may hold of any text."""
    if _SAFE.fullmatch(value) and not value.startswith("=?base64?"):
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode()}?="
