"""What every request goes through: the log, the token, the rate limits, the faults, and errors in Discord's words."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.discord_server.changes import Changes
from tests.discord_server.errors import DiscordError, unauthorized
from tests.discord_server.faults import Faults
from tests.discord_server.rate_limits import RateLimits, Ticket
from tests.discord_server.replies import answer
from tests.discord_server.targets import Target
from tests.discord_server.world import World

PREFIX = "/api/v10"
WORLD = web.AppKey("world", World)
RATE_LIMITS = web.AppKey("rate_limits", RateLimits)
Handler = Callable[[web.Request], Awaitable[web.Response]]

_TOKEN_IN_PATH = re.compile(r"/webhooks/\d+/[^/]+.*|/interactions/.*")
_WAIT_SECONDS = 40.0


@dataclass
class Seen:
    """A request that came; `status` is None until it was answered."""

    method: str
    path: str
    at: float
    status: int | None = None


class Requests:
    """Every request to the API in the order they came."""

    def __init__(self, changes: Changes) -> None:
        self.seen: list[Seen] = []
        self._changes = changes

    def add(self, method: str, path: str) -> Seen:
        self.seen.append(Seen(method, path, time.monotonic()))
        self._changes.notify()
        return self.seen[-1]

    def find(self, method: str, pattern: str) -> list[Seen]:
        target = Target(method, pattern)
        return [seen for seen in self.seen if target.covers(seen.method, seen.path)]

    async def wait_for(self, method: str, pattern: str, count: int = 1, timeout: float = _WAIT_SECONDS) -> list[Seen]:
        """Return the requests once so many have come."""
        look = self.find
        await self._changes.until(lambda: len(look(method, pattern)) >= count, timeout, lambda: self.seen[-10:])
        return look(method, pattern)


def answering(world: World, requests: Requests, limits: RateLimits, faults: Faults) -> Any:
    """Return the middleware around every route of the API."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path.removeprefix(PREFIX)
        seen = requests.add(request.method, path)
        of_bot = not _TOKEN_IN_PATH.fullmatch(path)

        async def do() -> web.Response:
            return await _carry_out(request, handler)

        if of_bot and request.headers.get("Authorization") != f"Bot {world.token}":
            refusal = unauthorized()
            ticket, response = Ticket(), answer(refusal.body, refusal.status)
        else:
            ticket = limits.take(request.method, path, of_bot=of_bot)
            refused = ticket.retry_after is not None
            response = answer(ticket.body, 429) if refused else await faults.around(request, path, do)
        # Without Via, discord.py takes a 429 for a ban by Cloudflare.
        response.headers.update(ticket.headers | {"Via": "1.1 google"})
        seen.status = response.status
        ticket.tell()
        return response

    return middleware


async def _carry_out(request: web.Request, handler: Handler) -> web.Response:
    try:
        return await handler(request)
    except DiscordError as exc:
        return answer(exc.body, exc.status)
    except web.HTTPException as exc:
        text = f"{exc.status}: {exc.reason}; {request.method} {request.path} is not spoken here"
        return answer({"message": text, "code": 0}, exc.status)
