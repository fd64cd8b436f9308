"""The composition root: every part is opened in order, and closed in the reverse."""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import lru_cache

from segue.errors import Invalid, Unavailable
from segue.paths import folders
from segued import audit
from segued import log as logs
from segued.agent import open_agent
from segued.agent.base import Agent
from segued.api import build_app
from segued.backups import Backups
from segued.config import Settings, unknown_variables
from segued.identity import Gatekeeper
from segued.jobs import Job
from segued.listeners import listening
from segued.mcp import SharedMCPConnectionPool
from segued.pulse import Pulse
from segued.reloading import Reloader
from segued.sessions.manager import UnifiedSessionManager
from segued.sessions.upkeep import Upkeep
from segued.store import open_store
from segued.store.base import Actor, Store
from segued.supervision import Signals, Supervisor
from segued.tracing import tracing

log = logging.getLogger(__name__)

_DAEMON = Actor(None, "segued", "daemon", sees_all=True)
_AGENTS = 64  # agents with a model of their own that are kept ready


async def run(settings: Settings, read_settings: Callable[[], Settings]) -> None:
    """Serve until SIGTERM or SIGINT; read the settings anew at SIGHUP. Raises a `StartError` if it cannot start."""
    signals, supervisor, pulse = Signals(), Supervisor(), Pulse()
    signals.heed(json_log=settings.log.format == "json")
    _allow_many_connections()
    for name in unknown_variables():
        log.warning("the environment variable %s sets nothing: is it a typing mistake?", name)
    agents, reloader = _Agents(settings), Reloader(settings, read_settings)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(tracing(settings.tracing))
        await stack.enter_async_context(pulse.running(supervisor.beat, supervisor.beat_seconds))
        pool = SharedMCPConnectionPool(settings.mcp, folders().state / "mcp-tools.json")
        manager = UnifiedSessionManager(settings, agents.open, pool.tools)
        store = await stack.enter_async_context(open_store(settings, manager.publish))
        await stack.enter_async_context(pool.running(store))
        await stack.enter_async_context(manager.running(store))
        await stack.enter_async_context(Upkeep(store, settings, manager.followers.is_attached).running())
        signals.hasten = manager.turns.leave
        gatekeeper = Gatekeeper(store, settings)
        for part in (_configure_log, agents.reload, manager.reload, gatekeeper.reload):
            reloader.tell(part)
        backups = Backups(store, settings)
        await stack.enter_async_context(backups.running())
        reloader.tell(backups.reload)
        app = build_app(reloader, manager, gatekeeper, pulse, pool, backups)
        reloader.tell(lambda changed: pool.reload(changed.mcp))
        pulse.listening = await stack.enter_async_context(listening(app, settings))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        reloads = tasks.create_task(_reload_when_asked(signals, reloader, supervisor, store), name="reloads")
        stack.callback(reloads.cancel)
        auditing = tasks.create_task(_trimming(store, settings).keep_running(), name="audit log")
        stack.callback(auditing.cancel)
        log.info("ready: %s", ", ".join(pulse.listening))
        supervisor.ready()
        await signals.stop.wait()
        log.info("stopping")
        supervisor.stopping()
    log.info("stopped")


class _Agents:
    """Opens the agents of the settings, and keeps them ready."""

    def __init__(self, settings: Settings) -> None:
        self.reload(settings)

    def open(self, name: str, model_id: str | None) -> Agent:
        return self._opened(name, model_id)

    def reload(self, settings: Settings) -> None:
        """Open them anew, as the settings say now."""
        self._opened = lru_cache(maxsize=_AGENTS)(lambda name, model_id: open_agent(settings.agents[name], model_id))


def _configure_log(settings: Settings) -> None:
    logs.configure(settings.log)


async def _reload_when_asked(signals: Signals, reloader: Reloader, supervisor: Supervisor, store: Store) -> None:
    while True:
        await signals.reload.wait()
        signals.reload.clear()
        supervisor.reloading()
        with suppress(Invalid, Unavailable):  # the log says why
            await reloader.reload()
            await audit.note(store, _DAEMON, "config.reloaded")
        supervisor.ready()


def _trimming(store: Store, settings: Settings) -> Job:
    return Job("trimming the audit log", lambda: audit.trim(store, settings.audit.keep_days))


def _allow_many_connections() -> None:
    """Raise the limit of open files to what the system lets us have: every attached client is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
