from __future__ import annotations

import json
from typing import Any

from aiohttp import web


def answer(data: Any, status: int = 200) -> web.Response:
    """Answer JSON. The content type is exactly application/json: discord.py takes nothing else for it."""
    return web.Response(body=json.dumps(data).encode(), status=status, content_type="application/json")


def done() -> web.Response:
    return web.Response(status=204)


def hang_up(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
