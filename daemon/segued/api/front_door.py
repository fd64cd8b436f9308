"""Before any operation: who is calling, from where, how often; and after it: errors in the contract's shape."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
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
from segue.models import Account, Name, TokenId
from segued import log as logs
from segued.config import ServerSettings
from segued.identity import Caller, Gatekeeper

log = logging.getLogger(__name__)

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

ANSWERS: web.AppKey[Counter[int]] = web.AppKey("answers", Counter)
"""How many answers were given with each status."""

_NAME: TypeAdapter[str] = TypeAdapter(Name)
_run_id = os.urandom(4).hex()
_numbers = itertools.count(1)


@web.middleware
async def front_door(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Give the request an id, and turn whatever goes wrong into the contract's error."""
    request_id = f"{_run_id}-{next(_numbers):x}"
    request[routes.REQUEST_ID] = request_id
    token = logs.request_id.set(request_id)
    try:
        response = await handler(request)
    except SegueError as exc:
        response = error_response(exc)
    except web.HTTPException as exc:
        response = error_response(_from_aiohttp(exc, request)) if exc.status >= 400 else exc
    except ConnectionResetError:
        raise
    except Exception:
        log.exception("%s %s broke", request.method, request.path)
        response = error_response(Internal(f"the daemon made a mistake; its log says more under {request_id}"))
    finally:
        logs.request_id.reset(token)
    request.app[ANSWERS][response.status] += 1
    if not response.prepared:
        response.headers[routes.REQUEST_ID] = request_id
    return response


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
        self._hosts = LOOPBACK_NAMES | set(settings.allowed_hosts)
        self._origins = frozenset(settings.allowed_origins)
        self._per_minute = settings.requests_per_minute
        self._limiters: dict[TokenId, AsyncLimiter] = {}
        self._on_unix_sockets: WeakKeyDictionary[asyncio.Transport, Caller] = WeakKeyDictionary()

    async def __call__(self, request: web.Request) -> Caller:
        caller = await self._sender(request)
        for_whom = request.headers.get(routes.FOR)
        if for_whom is None:
            return caller
        account, name = _account(for_whom, request.headers.get(routes.FOR_NAME, ""))
        return await self._gatekeeper.acting_for(caller, account, name)

    async def _sender(self, request: web.Request) -> Caller:
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the client has gone")
        if (known := self._on_unix_sockets.get(transport)) is not None:
            return known
        peer = transport.get_extra_info("socket")
        if peer.family == socket.AF_UNIX:
            caller = await self._gatekeeper.by_uid(peer_uid(peer))
            self._on_unix_sockets[transport] = caller  # the kernel's word holds as long as the connection
            return caller
        self._check_host(request)
        self._check_origin(request)
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if not secret:
            return await self._anonymous(request)
        if scheme.lower() != "bearer":
            raise Unauthorized("send the token as 'Authorization: Bearer TOKEN'")
        caller = await self._gatekeeper.by_token(secret.strip())
        await self._check_rate(caller)
        return caller

    async def _anonymous(self, request: web.Request) -> Caller:
        peer = request.remote or ""
        if not peer.startswith("127.") and peer != "::1":
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
