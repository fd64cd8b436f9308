"""A server of a few lines, on a real socket, that plays the daemon's part as a test needs it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[str]]


@pytest.fixture
def socket_path() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="segue-"))  # tmp_path may be too long for a socket
    yield folder / "s"
    shutil.rmtree(folder)


@pytest.fixture
async def serve(socket_path: Path) -> AsyncIterator[Serve]:
    """Answer every request with the handler; returns the address. May be called again to come back at the same one."""
    runners: list[web.AppRunner] = []

    async def start(handler: Handler) -> str:
        while runners:
            await runners.pop().cleanup()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.UnixSite(runner, str(socket_path)).start()
        runners.append(runner)
        return f"unix:{socket_path}"

    yield start
    for runner in runners:
        await runner.cleanup()
