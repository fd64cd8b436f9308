"""`segue mcp serve`: JSON-RPC from standard input goes to the daemon's `/mcp`, what comes back to standard output.

In the standard library alone, so that an agent has its server at once. The client never learns that the daemon was
started anew: what was under way is asked again (under the same Idempotency-Key, so nothing is done twice), and a
session of the older protocol is begun again on the client's behalf, with its subscriptions.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.client import HTTPException
from typing import Any

import click

from segue import routes
from segue.address import Address
from segue.cli.mcp_exchange import SESSION, VERSION, Exchange, Json, Lost, Refused, SessionGone, fault, is_id, routing
from segue.cli.wire import where
from segue.errors import SegueError

_FIRST_PATIENCE_SECONDS = 1.0  # for a daemon that never answered
_PATIENCE_SECONDS = 8.0  # for one that did, and is perhaps being started anew
_LONG_PATIENCE_SECONDS = 90.0  # for one that went while it had the request
_LAST_SECONDS = 1.0  # for what is under way when the client has said all
_LAST_REFUSALS_SECONDS = 10.0  # the same where no daemon answers: that is found out, and told, sooner than this
_MOST = 256  # requests under way at once
_LISTENING_SECONDS = 5.0
_LISTEN = "subscriptions/listen"
_UPDATED = "notifications/resources/updated"
_UNREACHABLE, _REFUSED, _BROKEN, _UNREADABLE = -32000, -32001, -32603, -32700


def serve_stdio() -> None:
    """Serve until standard input ends."""
    Shim(where(), os.environ.get("SEGUE_TOKEN"), _write).run(sys.stdin.buffer)


_stdout = threading.Lock()


def _write(message: Json) -> None:
    data = json.dumps(message, separators=(",", ":")).encode() + b"\n"
    with _stdout:
        while data:
            data = data[os.write(1, data) :]


class Shim:
    """Carries messages between one client and the daemon at an address."""

    def __init__(self, address: Address, token: str | None, write: Callable[[Json], None]) -> None:
        self._address = address
        self._headers = {routes.VISIT: os.urandom(16).hex()}
        self._headers |= {"Authorization": f"Bearer {token}"} if token else {}
        self._write = write
        self._met = False
        self._room = threading.BoundedSemaphore(_MOST)
        self._open: dict[Any, Exchange] = {}
        self._under_way: dict[Any, str] = {}  # methods of requests that the client waits for, by id
        self._session: _Session | None = None
        self._reviving = threading.Lock()
        self._listening = threading.Event()

    def run(self, lines: Iterable[bytes]) -> None:
        """Take each line of the client's, until there are no more."""
        for line in lines:
            if line.strip():
                self._take(line)
        began = time.monotonic()
        while set(self._under_way.values()) - {_LISTEN}:
            if time.monotonic() - began > (_LAST_SECONDS if self._met else _LAST_REFUSALS_SECONDS):
                break
            time.sleep(0.01)
        if self._session is not None:
            with suppress(Lost):
                Exchange(self._address, self._headers | self._session.headers).begin("DELETE")

    def _take(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            self._fail(None, _UNREADABLE, "that line is no JSON")
            return
        if not isinstance(message, dict):
            self._fail(None, _UNREADABLE, "send one JSON-RPC message a line")
        elif (wrong := fault(message)) is not None:
            if "id" in message:
                self._fail(message["id"] if is_id(message["id"]) else None, *wrong)
        elif "method" not in message or "id" not in message:
            self._pass_on(message)
        else:
            self._room.acquire()
            self._under_way[message["id"]] = message["method"]
            if message["method"] == "initialize":
                self._answer_beside(message)  # what follows needs its session
                return
            threading.Thread(target=self._answer_beside, args=(message,), daemon=True).start()

    # --- requests

    def _answer_beside(self, message: Json) -> None:
        try:
            self._answer(message)
        except Exception as exc:  # one message that nobody expected ends no other
            self._fail(message["id"], _BROKEN, f"segue could not handle it: {type(exc).__name__}: {exc}")
        finally:
            self._under_way.pop(message["id"], None)
            self._room.release()

    def _answer(self, message: Json) -> None:
        """Ask the daemon until it has answered, the client wants no answer any more, or patience ends."""
        key = {routes.IDEMPOTENCY_KEY: os.urandom(16).hex()} if message["method"] == "tools/call" else {}
        patience = _Patience()
        while message["id"] in self._under_way:
            session = self._session if message["method"] != "initialize" else None
            used = session.id if session is not None else ""
            exchange = self._open[message["id"]] = self._exchange(message, session, key)
            try:
                self._ask(exchange, message, session, patience)
                return
            except SessionGone:
                trouble = self._revive(session, used)
            except Refused as exc:
                self._fail(message["id"], _REFUSED, str(exc))
                return
            except Lost as exc:
                trouble = str(exc)
            finally:
                self._open.pop(message["id"], None)
            if trouble and not exchange.aborted and not patience.left(self._met, exchange.taken):
                self._give_up(message["id"], trouble)
                return

    def _exchange(self, message: Json, session: _Session | None, key: Json) -> Exchange:
        alone = routing(message)
        kept = session.headers if session is not None and not alone else {}
        return Exchange(self._address, {**self._headers, **key, **alone, **kept})

    def _ask(self, exchange: Exchange, message: Json, session: _Session | None, patience: _Patience) -> None:
        """Pass on what the daemon says to a request; raise where its answer is not among it."""
        if message["method"] == "resources/subscribe":
            self._listening.wait(_LISTENING_SECONDS)  # else what changes next would be told to nobody
        again = patience.begun
        response = exchange.begin("POST", message)
        if response.status == 404 and session is not None and not routing(message):
            raise SessionGone
        for said in exchange.messages():
            self._met = True
            patience.end()
            answered = "method" not in said
            if answered:
                said["id"] = message["id"]
                self._note(message, said, response.getheader(SESSION))
            self._write(said)
            if answered:
                return
            if again and said["method"] == "notifications/subscriptions/acknowledged":
                again = False
                self._catch_up(_listened(message), said["params"].get("_meta"))
        raise Lost("it went before it answered")

    def _note(self, message: Json, answer: Json, session_id: str | None) -> None:
        """Keep what is needed to begin the session again."""
        result = answer.get("result")
        if result is None:
            return
        if message["method"] == "initialize" and session_id:
            self._session = _Session(message, session_id, str(result.get("protocolVersion")))
        elif self._session is not None and message["method"] == "resources/subscribe":
            self._session.subscribed.add(message["params"]["uri"])
        elif self._session is not None and message["method"] == "resources/unsubscribe":
            self._session.subscribed.discard(message["params"]["uri"])

    def _catch_up(self, uris: Iterable[str], meta: Json | None) -> None:
        """Say that what is subscribed to may have changed: nobody told while there was no daemon."""
        for uri in uris:
            params = {"uri": uri} | ({"_meta": meta} if meta else {})
            self._write({"jsonrpc": "2.0", "method": _UPDATED, "params": params})

    # --- notifications, and the client's session

    def _pass_on(self, message: Json) -> None:
        """Pass on a notification, as well as it goes."""
        self._pass_to_session(message)
        if message.get("method") == "notifications/cancelled":
            cancelled = (message.get("params") or {}).get("requestId")
            if not is_id(cancelled):
                return
            self._under_way.pop(cancelled, None)
            if (exchange := self._open.get(cancelled)) is not None:
                exchange.abort()  # the newer protocol's way of cancelling
        if message.get("method") == "notifications/initialized" and self._session is not None:
            threading.Thread(target=self._listen, args=(self._session,), daemon=True).start()

    def _pass_to_session(self, message: Json) -> None:
        session = self._session
        if session is not None:
            with suppress(Lost, OSError, HTTPException):
                Exchange(self._address, self._headers | session.headers).begin("POST", message).read()

    def _revive(self, session: _Session | None, gone: str) -> str:
        """Begin the client's session again, unless its id is not `gone` any more; return what went wrong, if it did."""
        with self._reviving:
            if session is None or session.id != gone:
                return ""
            try:
                exchange = Exchange(self._address, self._headers)
                response = exchange.begin("POST", session.initialize | {"id": "segue-again"})
                answers = [said for said in exchange.messages() if "result" in said]
            except (Lost, Refused) as exc:
                return str(exc)
            session_id = response.getheader(SESSION)
            if not answers or not session_id:
                return "it does not begin the session again"
            session.id, session.version = session_id, str(answers[-1]["result"].get("protocolVersion"))
            self._pass_to_session({"jsonrpc": "2.0", "method": "notifications/initialized"})
            for uri in session.subscribed:
                params = {"uri": uri}
                self._pass_to_session(
                    {"jsonrpc": "2.0", "id": f"segue-{uri}", "method": "resources/subscribe", "params": params}
                )
            return ""

    def _listen(self, session: _Session) -> None:
        """Pass on what the daemon says by itself, for as long as the session is the client's."""
        before = False
        while self._session is session:
            exchange = Exchange(self._address, self._headers | session.headers)
            try:
                used = session.id
                response = exchange.begin("GET")
                if response.status == 404:
                    self._revive(session, used)
                if response.status == 200:
                    self._listening.set()
                    self._catch_up(session.subscribed if before else (), None)
                    before = True
                    for said in exchange.messages():
                        self._write(said)
            except (Lost, Refused):
                pass
            self._listening.clear()
            time.sleep(_Patience.PAUSE_SECONDS)

    # --- when it does not go well

    def _give_up(self, request_id: Any, reason: str) -> None:
        error: SegueError = self._address.unreachable(reason)
        click.echo(f"segue: {error.message}", err=True)
        self._fail(request_id, _UNREACHABLE, error.message)

    def _fail(self, request_id: Any, code: int, message: str) -> None:
        self._write({"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": message}})


class _Session:
    """A client's session of the older protocol, and what it takes to begin it again."""

    def __init__(self, initialize: Json, session_id: str, version: str) -> None:
        self.initialize = initialize
        self.id = session_id
        self.version = version
        self.subscribed: set[str] = set()

    @property
    def headers(self) -> dict[str, str]:
        return {SESSION: self.id, VERSION: self.version}


class _Patience:
    """How long a daemon that is not there is waited for."""

    PAUSE_SECONDS = 0.2

    def __init__(self) -> None:
        self._since: float | None = None
        self._taken = False

    @property
    def begun(self) -> bool:
        return self._since is not None

    def left(self, met: bool, taken: bool) -> bool:
        """Wait a little; False once it was long enough. A request that it has `taken` once is worth a longer wait."""
        self._since = self._since or time.monotonic()
        self._taken = self._taken or taken
        later = _LONG_PATIENCE_SECONDS if self._taken else _PATIENCE_SECONDS
        if time.monotonic() - self._since > (later if met else _FIRST_PATIENCE_SECONDS):
            return False
        time.sleep(self.PAUSE_SECONDS)
        return True

    def end(self) -> None:
        self._since = None


def _listened(message: Json) -> list[str]:
    wanted = (message.get("params") or {}).get("notifications") or {}
    return list(wanted.get("resourceSubscriptions") or ())
