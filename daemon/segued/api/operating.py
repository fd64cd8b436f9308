"""Operating it: alive, ready, status."""

from __future__ import annotations

import os
import resource
import shutil
import time
from typing import Literal

from aiohttp import web

import segue
from segue import routes
from segue.models import Alive, LatestTurn, Ready, Reloaded, Status, Turn
from segued.api.backups import BACKUPS
from segued.api.front_ends import FRONT_ENDS
from segued.api.mcp import POOL
from segued.api.registry import Call, Registry
from segued.pulse import Pulse
from segued.reloading import Reloader

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
    checks = {"store": call.store.healthy, "listeners": bool(pulse.listening)}
    status: Literal["ready", "not ready"] = "ready" if all(checks.values()) else "not ready"
    ready = Ready(status=status, checks=checks, trouble=call.store.trouble)
    if all(checks.values()):
        return ready
    return web.Response(
        status=503, text=ready.model_dump_json(), content_type="application/json", headers={"Retry-After": "2"}
    )


@api.operation("GET", routes.STATUS)
async def get_status(call: Call) -> Status:
    """Look at the daemon."""
    stats = await call.store.get_stats()
    settings, pulse = call.request.app[RELOADER].settings, call.request.app[PULSE]
    backups = call.request.app[BACKUPS]
    return Status(
        version=segue.__version__,
        pid=os.getpid(),
        uptime_seconds=round(time.monotonic() - pulse.started, 3),
        listening=tuple(pulse.listening),
        sessions=stats.sessions,
        messages=stats.messages,
        attached=call.manager.attached.total(),
        attached_by=dict(sorted(call.manager.attached.items())),
        turns_queued=stats.turns_queued,
        turns_running=stats.turns_running,
        store_bytes=stats.bytes,
        store_path=str(settings.database),
        disk_free_bytes=shutil.disk_usage(settings.database.parent).free,
        store_trouble=call.store.trouble,
        last_backup_at=await backups.last_at(),
        backup_error=backups.error,
        memory_bytes=memory_bytes(),
        loop_lag_seconds=round(pulse.lag, 6),
        search=await call.manager.search.state(),
        agents={name: agent.model for name, agent in settings.agents.items()},
        latest_turns={name: _latest(turn) for name, turn in call.manager.turns.latest.items()},
        deliveries_retrying=stats.deliveries_retrying,
        deliveries_failed=stats.deliveries_failed,
        places_waiting=stats.places_waiting,
        front_ends=call.request.app[FRONT_ENDS].list(),
        mcp=call.request.app[POOL].list(),
    )


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
    await call.store.add_audit(call.by.without_key(), "config.reloaded")
    return reloaded


def memory_bytes() -> int:
    """Return the resident memory of this process."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:  # not Linux: the peak is the best there is
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
