"""HTTP to a server, and which requests never left: the SDK tells everybody only that the connection is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx2

from segued.mcp.failures import reason


class Way:
    """What became of a request on its way; `blocked_by` is "" unless it never left."""

    blocked_by = ""


_way: ContextVar[Way | None] = ContextVar("way", default=None)


@contextmanager
def tried() -> Iterator[Way]:
    """Follow what is sent inside the block: the SDK sends each message in the context of who has asked for it."""
    token = _way.set(way := Way())
    try:
        yield way
    finally:
        _way.reset(token)


class Http(httpx2.AsyncClient):
    """Takes note on whose behalf no connection was to be had."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        try:
            return await super().send(request, **options)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as exc:
            if (way := _way.get()) is not None:
                way.blocked_by = reason(exc)
            raise
