"""Before any operation: who is calling, from where, how often; and after it: errors in the contract's shape."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from urllib.parse import unquote, urlsplit
from weakref import WeakKeyDictionary

from aiohttp import web
from aiolimiter import AsyncLimiter
from pydantic import TypeAdapter, ValidationError

from segue import routes
from segue.errors import (
    BadRequest,
    Forbidden,
    Internal,
    Invalid,
    MethodNotAllowed,
    NotFound,
    RateLimited,
    SegueError,
    TooLarge,
    Unauthorized,
)
from segue.models import Account, AddressKind, Name, TokenId
from segued import log as logs
from segued import metrics, tracing
from segued.config import ServerSettings
from segued.identity import Caller, Gatekeeper
from segued.store.base import Actor, Via
from segued.tracing import Span

log = logging.getLogger(__name__)

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

_STREAMS = frozenset({routes.EVENTS, routes.SESSION_EVENTS, routes.WEB_SOCKET, routes.MCP})

_NAME: TypeAdapter[str] = TypeAdapter(Name)
_FAILURES_A_MINUTE = 10
_run_id = os.urandom(4).hex()
_numbers = itertools.count(1)


@web.middleware
async def front_door(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Give the request an id, and turn whatever goes wrong into the contract's error."""
    request_id = f"{_run_id}-{next(_numbers):x}"
    request[routes.REQUEST_ID] = request_id
    logs.request_id.set(request_id)
    logs.session_id.set(request.match_info.get("session_id"))
    began = time.monotonic()
    with _traced(request) as span:
        response = await _answer(request, handler)
        span.note(status=response.status)
    metrics.ANSWERS.add(str(response.status))
    seconds, template = time.monotonic() - began, _template(request)
    log.debug("%s %s: %d after %.0f ms", request.method, template, response.status, seconds * 1000)
    if not response.prepared:  # a stream has been sent already
        metrics.REQUESTS.add(seconds, template)
        response.headers[routes.REQUEST_ID] = request_id
    return response


async def _answer(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    response: web.StreamResponse
    try:
        return await handler(request)
    except SegueError as exc:
        response = error_response(exc)
    except web.HTTPException as exc:
        response = error_response(_from_aiohttp(exc, request)) if exc.status >= 400 else exc
    except web.RequestPayloadError as exc:
        response = error_response(BadRequest(f"the body cannot be read: {' '.join(str(exc).split())}"))
        response.force_close()
        request.content.feed_eof()  # or what is left of it would be looked for, in vain
    except ConnectionResetError:
        raise
    except Exception:
        log.exception("%s %s broke", request.method, _template(request))
        response = error_response(
            Internal(f"the daemon made a mistake; its log says more under {request[routes.REQUEST_ID]}")
        )
    return response


def _traced(request: web.Request) -> AbstractContextManager[Span]:
    """Return the request's span. What is followed for hours has none."""
    template = _template(request)
    if template in _STREAMS:
        return nullcontext(Span())
    about = {"request_id": request[routes.REQUEST_ID], "session_id": request.match_info.get("session_id")}
    return tracing.span(f"{request.method} {template}", about, headers=request.headers)


def _template(request: web.Request) -> str:
    """Return the path with its parameters' names; nothing where no operation stands there."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else ""


def error_response(error: SegueError) -> web.Response:
    response = web.json_response(error.to_wire(), status=error.status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _from_aiohttp(exc: web.HTTPException, request: web.Request) -> SegueError:
    if isinstance(exc, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(exc.allowed_methods))
        return MethodNotAllowed(f"{request.method} is not possible here, only {allowed}")
    if isinstance(exc, web.HTTPRequestEntityTooLarge):
        return TooLarge("the request's body is larger than server.max_body_bytes allows: send less at once")
    if exc.status == 404:
        return NotFound(f"there is nothing at {request.path}: the API is described at {routes.DOCS}")
    return BadRequest(exc.text or exc.reason) if exc.status < 500 else Internal(exc.reason)


class Authenticator:
    """Finds out who sent a request: on the Unix socket the kernel says so, over TCP a token does."""

    def __init__(self, gatekeeper: Gatekeeper, settings: ServerSettings) -> None:
        self._gatekeeper = gatekeeper
        self._limiters: dict[TokenId, AsyncLimiter] = {}
        self._on_unix_sockets: WeakKeyDictionary[asyncio.Transport, tuple[int, Caller]] = WeakKeyDictionary()
        self._failures = FailedLogins(gatekeeper.note_failure)
        self.reload(settings)

    def reload(self, settings: ServerSettings) -> None:
        """Take over other settings of who may call, and how often."""
        self._hosts = LOOPBACK_NAMES | set(settings.allowed_hosts)
        self._origins = frozenset(settings.allowed_origins)
        self._per_minute = settings.requests_per_minute
        self._limiters.clear()
        self._on_unix_sockets.clear()

    async def __call__(self, request: web.Request) -> Caller:
        try:
            caller = await self._sender(request)
        except Unauthorized as exc:
            await self._failures.note(request, exc.details.get("user"))
            raise
        for_whom = request.headers.get(routes.FOR)
        if for_whom is None:
            return caller
        account, name = _account(for_whom, request.headers.get(routes.FOR_NAME, ""))
        return await self._gatekeeper.acting_for(caller, account, name)

    async def _sender(self, request: web.Request) -> Caller:
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the client has gone")
        if (known := self._on_unix_sockets.get(transport)) is not None and known[0] == self._gatekeeper.changes:
            return known[1]
        peer = transport.get_extra_info("socket")
        if peer.family == socket.AF_UNIX:
            changes = self._gatekeeper.changes
            caller = await self._gatekeeper.by_uid(peer_uid(peer))
            self._on_unix_sockets[transport] = changes, caller  # the kernel's word holds as long as the connection
            return caller
        self.check_page(request)
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if not secret:
            return await self._anonymous(request)
        if scheme.lower() != "bearer":
            raise Unauthorized("send the token as 'Authorization: Bearer TOKEN'")
        caller = await self._gatekeeper.by_token(secret.strip())
        await self._check_rate(caller)
        return caller if is_loopback(request) else replace(caller, via=replace(caller.via, address="remote"))

    def newcomer(self, request: web.Request) -> Caller:
        """Return whoever sent a request that needs no account: a guest who may nothing, and is no web page."""
        peer = request.transport.get_extra_info("socket") if request.transport is not None else None
        if peer is None:
            raise ConnectionResetError("the client has gone")
        if peer.family == socket.AF_UNIX:
            via = Via("unix", uid=peer_uid(peer))
        else:
            self.check_page(request)
            via = Via("loopback" if is_loopback(request) else "remote")
        return Caller(Actor(None, "somebody", "http"), frozenset(), via)

    def check_page(self, request: web.Request) -> None:
        """Refuse a web page that has no business here."""
        self._check_host(request)
        self._check_origin(request)

    async def _anonymous(self, request: web.Request) -> Caller:
        if not is_loopback(request):
            raise Unauthorized("send a token: 'Authorization: Bearer TOKEN'")
        return await self._gatekeeper.anonymous()

    def _check_host(self, request: web.Request) -> None:
        """A page that resolved its own name to this address (DNS rebinding) names itself in Host."""
        host = request.headers.get("Host", "")
        name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
        if name.lower() not in self._hosts:
            raise Forbidden(f"the Host '{host}' is not served here: add it to [server] allowed_hosts")

    def _check_origin(self, request: web.Request) -> None:
        origin = request.headers.get("Origin")
        if origin is None or origin in self._origins:
            return
        own = urlsplit(origin)
        if own.netloc != request.headers.get("Host") or own.scheme != request.scheme:
            raise Forbidden(f"pages of '{origin}' may not call: add it to [server] allowed_origins")

    async def _check_rate(self, caller: Caller) -> None:
        if not self._per_minute or caller.token_id is None:
            return
        limiter = self._limiters.get(caller.token_id)
        if limiter is None:
            limiter = self._limiters[caller.token_id] = AsyncLimiter(self._per_minute, 60)
        if not limiter.has_capacity():
            raise RateLimited(
                f"this token may make {self._per_minute} requests a minute: wait a moment",
                retry_after=max(1.0, 60 / self._per_minute),
            )
        await limiter.acquire()


class FailedLogins:
    """Notes in the audit log who showed what is not good (here: no more than some a minute; the others are counted)."""

    def __init__(self, write: Callable[[AddressKind, int | None, str], Awaitable[None]]) -> None:
        self._write = write
        self._room = AsyncLimiter(_FAILURES_A_MINUTE, 60)
        self._unsaid = 0

    async def note(self, request: web.Request, user: str | None) -> None:
        peer = request.transport.get_extra_info("socket") if request.transport is not None else None
        if peer is None or (peer.family != socket.AF_UNIX and "Authorization" not in request.headers):
            return
        if not self._room.has_capacity():
            self._unsaid += 1
            return
        await self._room.acquire()
        unsaid, self._unsaid = self._unsaid, 0
        more = (f" as {user}" if user else "") + (f", and {unsaid} others before" if unsaid else "")
        if peer.family == socket.AF_UNIX:
            uid = peer_uid(peer)
            await self._write("unix", uid, f"uid {uid}{more}")
        else:
            await self._write("loopback" if is_loopback(request) else "remote", None, f"{request.remote}{more}")


def is_loopback(request: web.Request) -> bool:
    """Tell whether the other end of a TCP connection is on this machine."""
    peer = request.remote or ""
    return peer.startswith("127.") or peer == "::1"


def _account(for_whom: str, name: str) -> tuple[Account, str]:
    """Return the account that the headers name, and what to call it."""
    interface, _, external_id = for_whom.partition("/")
    account = {"interface": unquote(interface), "external_id": unquote(external_id)}
    try:
        return Account.model_validate(account), _NAME.validate_python(unquote(name) or account["external_id"])
    except ValidationError as exc:
        raise Invalid(
            f"the header {routes.FOR} names an account, like 'discord/1234567', and {routes.FOR_NAME} is a short name;"
            " quote what is special in them as in a path",
            field=routes.FOR,
        ) from exc


AUTHENTICATOR: web.AppKey[Authenticator] = web.AppKey("authenticator", Authenticator)


def peer_uid(peer: socket.socket) -> int:
    """Return the uid of the process at the other end of a Unix socket, as the kernel knows it."""
    _, uid, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(uid)
