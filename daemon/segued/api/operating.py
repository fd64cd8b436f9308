"""Operating it: alive, ready, status."""

from __future__ import annotations

import os
import resource
import shutil
import time
from pathlib import Path
from typing import Literal

from aiohttp import web

import segue
from segue import routes
from segue.errors import StorageFailed
from segue.models import Alive, LatestTurn, Ready, Reloaded, Status, Turn
from segued import audit
from segued.api.backups import BACKUPS
from segued.api.front_ends import FRONT_ENDS
from segued.api.mcp import POOL
from segued.api.registry import Call, Registry
from segued.pulse import Pulse
from segued.reloading import Reloader
from segued.store.base import Store, StoreStats

api = Registry("Operating")

RELOADER: web.AppKey[Reloader] = web.AppKey("reloader", Reloader)
PULSE: web.AppKey[Pulse] = web.AppKey("pulse", Pulse)


@api.operation("GET", routes.HEALTH, scope=None)
async def get_health(call: Call) -> Alive:
    """Tell that the daemon is alive."""
    return Alive(version=segue.__version__)


@api.operation("GET", routes.READY, scope=None)
async def get_ready(call: Call) -> Ready | web.Response:
    """Tell whether the daemon can serve: the store takes writes, the listeners are up. 503 where not."""
    pulse = call.request.app[PULSE]
    checks = {"store": call.store.healthy and await _can_be_read(call.store), "listeners": bool(pulse.listening)}
    status: Literal["ready", "not ready"] = "ready" if all(checks.values()) else "not ready"
    ready = Ready(status=status, checks=checks, trouble=call.store.trouble)
    if all(checks.values()):
        return ready
    return web.Response(
        status=503, text=ready.model_dump_json(), content_type="application/json", headers={"Retry-After": "2"}
    )


async def _can_be_read(store: Store) -> bool:
    """Whether it is whole as far as is known, or damaged where few look."""
    return store.trouble is None or await _stats(store) is not None


async def _stats(store: Store) -> StoreStats | None:
    try:
        return await store.get_stats()
    except StorageFailed:
        return None


@api.operation("GET", routes.STATUS)
async def get_status(call: Call) -> Status:
    """Look at the daemon; what concerns its machine is told to an admin only. Of a damaged store (`store_trouble`)
    nothing is counted."""
    stats = await _stats(call.store) or StoreStats()
    settings, pulse = call.request.app[RELOADER].settings, call.request.app[PULSE]
    backups = call.request.app[BACKUPS]
    status = Status(
        version=segue.__version__,
        pid=os.getpid(),
        uptime_seconds=round(time.monotonic() - pulse.started, 3),
        listening=tuple(pulse.listening),
        sessions=stats.sessions,
        messages=stats.messages,
        attached=call.manager.followers.attached.total(),
        attached_by=dict(sorted(call.manager.followers.attached.items())),
        turns_queued=stats.turns_queued,
        turns_running=stats.turns_running,
        store_bytes=stats.bytes,
        store_path=str(settings.database),
        disk_free_bytes=_free_bytes(settings.database.parent),
        store_trouble=call.store.trouble,
        last_backup_at=await backups.last_at(),
        backup_error=backups.error,
        memory_bytes=memory_bytes(),
        loop_lag_seconds=round(pulse.lag, 6),
        search=await _how_it_searches(call),
        agents={name: agent.model for name, agent in settings.agents.items()},
        latest_turns={name: _latest(turn) for name, turn in call.manager.turns.latest.items()},
        deliveries_retrying=stats.deliveries_retrying,
        deliveries_failed=stats.deliveries_failed,
        places_waiting=stats.places_waiting,
        front_ends=call.request.app[FRONT_ENDS].list(),
        mcp=call.request.app[POOL].list(),
    )
    return status if "admin" in call.caller.scopes else _for_everybody(status)


def _for_everybody(status: Status) -> Status:
    """Return what is nobody's secret of it."""
    latest = {name: turn.model_copy(update={"error": None}) for name, turn in status.latest_turns.items()}
    hidden = {"pid": None, "store_path": "", "store_bytes": 0, "disk_free_bytes": 0}
    return status.model_copy(update=hidden | {"last_backup_at": None, "backup_error": None, "latest_turns": latest})


async def _how_it_searches(call: Call) -> str:
    try:
        return await call.manager.search.state()
    except StorageFailed as exc:
        return f"not at all: {exc.message}"


def _free_bytes(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:  # somebody has moved it
        return 0


def _latest(turn: Turn) -> LatestTurn:
    assert turn.started_at is not None
    assert turn.ended_at is not None
    return LatestTurn(
        state=turn.state,
        at=turn.ended_at,
        seconds=(turn.ended_at - turn.started_at).total_seconds(),
        model_id=turn.model_id,
        error=turn.error.message if turn.error else None,
    )


@api.operation("POST", routes.RELOAD, scope="admin")
async def reload(call: Call) -> Reloaded:
    """Read the settings anew and put in force what can be; all problems are named where they are wrong."""
    reloaded = await call.request.app[RELOADER].reload()
    await audit.note(call.store, call.by.without_key(), "config.reloaded")
    return reloaded


def memory_bytes() -> int:
    """Return the resident memory of this process."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:  # not Linux: the peak is the best there is
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
