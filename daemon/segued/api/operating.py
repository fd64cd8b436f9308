"""Operating it: alive, ready, status, metrics, and the API's own description."""

from __future__ import annotations

import os
import resource
import time

from aiohttp import web

import segue
from segue import routes
from segue.models import Alive, Ready, Status
from segued.api.front_door import ANSWERS
from segued.api.front_ends import FRONT_ENDS
from segued.api.mcp import POOL, mcp_metrics
from segued.api.registry import Call, Registry
from segued.config import Settings
from segued.pulse import Pulse

api = Registry("Operating")

SETTINGS: web.AppKey[Settings] = web.AppKey("settings", Settings)
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
    ready = Ready(status="ready" if all(checks.values()) else "not ready", checks=checks)
    if all(checks.values()):
        return ready
    return web.Response(
        status=503, text=ready.model_dump_json(), content_type="application/json", headers={"Retry-After": "2"}
    )


@api.operation("GET", routes.STATUS)
async def get_status(call: Call) -> Status:
    """Look at the daemon."""
    stats = await call.store.get_stats()
    settings, pulse = call.request.app[SETTINGS], call.request.app[PULSE]
    return Status(
        version=segue.__version__,
        pid=os.getpid(),
        uptime_seconds=round(time.monotonic() - pulse.started, 3),
        listening=tuple(pulse.listening),
        sessions=stats.sessions,
        messages=stats.messages,
        attached=call.manager.attached_count,
        turns_queued=stats.turns_queued,
        turns_running=stats.turns_running,
        store_bytes=stats.bytes,
        store_path=str(settings.database),
        memory_bytes=memory_bytes(),
        loop_lag_seconds=round(pulse.lag, 6),
        search=await call.manager.search.state(),
        agents={name: agent.model for name, agent in settings.agents.items()},
        deliveries_retrying=stats.deliveries_retrying,
        deliveries_failed=stats.deliveries_failed,
        places_waiting=stats.places_waiting,
        front_ends=call.request.app[FRONT_ENDS].list(),
        mcp=call.request.app[POOL].list(),
    )


@api.operation("GET", routes.METRICS, media_type="text/plain", answer=str)
async def get_metrics(call: Call) -> web.Response:
    """Get the same as Prometheus metrics."""
    from prometheus_client import generate_latest
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
    from prometheus_client.registry import Collector, CollectorRegistry

    stats, pulse, pool = await call.store.get_stats(), call.request.app[PULSE], call.request.app[POOL]
    answers = CounterMetricFamily("segue_http_answers", "Answers given, by status.", labels=["status"])
    for status, count in sorted(call.request.app[ANSWERS].items()):
        answers.add_metric([str(status)], count)
    front_ends = GaugeMetricFamily("segue_front_end_online", "1 while a front-end says so.", labels=["name"])
    for front_end in call.request.app[FRONT_ENDS].list():
        front_ends.add_metric([front_end.name], front_end.state == "online")
    gauges = {
        "segue_sessions": ("Sessions stored.", stats.sessions),
        "segue_messages": ("Messages stored.", stats.messages),
        "segue_attached": ("Streams that follow a session, or everything.", call.manager.attached_count),
        "segue_turns_queued": ("Turns that wait.", stats.turns_queued),
        "segue_turns_running": ("Turns that run.", stats.turns_running),
        "segue_deliveries_retrying": ("Parts of messages that are being delivered again.", stats.deliveries_retrying),
        "segue_deliveries_failed": ("Parts of messages that were not delivered.", stats.deliveries_failed),
        "segue_store_bytes": ("Size of the database.", stats.bytes),
        "segue_memory_bytes": ("Resident memory.", memory_bytes()),
        "segue_loop_lag_seconds": ("How late the event loop was in the last second.", pulse.lag),
        "segue_uptime_seconds": ("Time since the start.", time.monotonic() - pulse.started),
        "segue_store_healthy": ("1 while the store takes writes.", call.store.healthy),
    }

    class Everything(Collector):
        def collect(self) -> list[Metric]:
            return [
                answers,
                front_ends,
                *mcp_metrics(pool),
                *(GaugeMetricFamily(name, text, value) for name, (text, value) in gauges.items()),
            ]

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Everything())
    return web.Response(body=generate_latest(registry), headers={"Content-Type": "text/plain; version=0.0.4"})


def memory_bytes() -> int:
    """Return the resident memory of this process."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:  # not Linux: the peak is the best there is
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
