"""The composition root: every part is opened in order, and closed in the reverse."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import socket
from contextlib import AsyncExitStack
from functools import lru_cache

from segued.agent import open_agent
from segued.agent.base import Agent
from segued.api import build_app
from segued.config import Settings, unknown_variables
from segued.identity import Gatekeeper
from segued.listeners import listening
from segued.mcp import SharedMCPConnectionPool
from segued.pulse import Pulse
from segued.sessions.manager import UnifiedSessionManager
from segued.store import open_store

log = logging.getLogger(__name__)

_AGENTS = 64  # agents with a model of their own that are kept ready


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises a `StartError` if it cannot start."""
    stop = asyncio.Event()
    _allow_many_connections()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    for name in unknown_variables():
        log.warning("the environment variable %s sets nothing: is it a typing mistake?", name)

    @lru_cache(maxsize=_AGENTS)
    def agent_of(name: str, model_id: str | None) -> Agent:
        return open_agent(settings.agents[name], model_id)

    async with AsyncExitStack() as stack:
        pool = SharedMCPConnectionPool(settings.mcp)
        manager = UnifiedSessionManager(settings, agent_of, pool.tools)
        store = await stack.enter_async_context(open_store(settings, manager.publish))
        await store.delete_old_keys(settings.store.idempotency_days)
        await stack.enter_async_context(pool.running(store))
        await stack.enter_async_context(manager.running(store))
        pulse = Pulse()
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        beat = tasks.create_task(pulse.beat(), name="pulse")
        stack.callback(beat.cancel)
        app = build_app(settings, manager, Gatekeeper(store, settings), pulse, pool)
        pulse.listening = await stack.enter_async_context(listening(app, settings))
        log.info("ready: %s", ", ".join(pulse.listening))
        notify("READY=1")
        await stop.wait()
        log.info("stopping")
        notify("STOPPING=1")
    log.info("stopped")


def _allow_many_connections() -> None:
    """Raise the limit of open files to what the system lets us have: every attached client is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def notify(state: str) -> None:
    """Tell the service manager (sd_notify(3)); without one, nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect("\0" + address[1:] if address.startswith("@") else address)
            sock.sendall(state.encode())
        except OSError as exc:
            log.warning("the service manager was not told %s: %s", state, exc)
