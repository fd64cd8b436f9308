"""`/metrics`: how the daemon is and what it has counted, as Prometheus reads it. docs/metrics.md lists them all."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from aiohttp import web

from segue import routes
from segued import metrics
from segued.api.front_ends import FRONT_ENDS
from segued.api.mcp import POOL, mcp_metrics
from segued.api.operating import PULSE, memory_bytes
from segued.api.registry import Call, Registry

if TYPE_CHECKING:
    from prometheus_client.core import Metric

api = Registry("Operating")


@api.operation("GET", routes.METRICS, media_type="text/plain", answer=str)
async def get_metrics(call: Call) -> web.Response:
    """Get how the daemon is, and what it has counted since it started, as Prometheus metrics."""
    from prometheus_client import generate_latest
    from prometheus_client.registry import Collector, CollectorRegistry

    found = [*_counted(metrics.ALL), *await _gauges(call), *mcp_metrics(call.request.app[POOL])]

    class Everything(Collector):
        def collect(self) -> Iterable[Metric]:
            return found

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Everything())
    return web.Response(body=generate_latest(registry), headers={"Content-Type": "text/plain; version=0.0.4"})


def _counted(all_: Iterable[metrics.Count | metrics.Duration]) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

    for metric in all_:
        if isinstance(metric, metrics.Count):
            counter = CounterMetricFamily(metric.name, metric.text, labels=metric.labels)
            for labels, value in list(metric.values.items()):
                counter.add_metric(labels, value)
            yield counter
        else:
            histogram = HistogramMetricFamily(metric.name, metric.text, labels=metric.labels)
            bounds = [*map(str, metric.bounds), "+Inf"]
            for labels, times in list(metric.values.items()):
                buckets = list(zip(bounds, accumulate(times.buckets), strict=True))
                histogram.add_metric(labels, buckets, sum_value=times.seconds)
            yield histogram


async def _gauges(call: Call) -> Iterable[Metric]:
    """Return what goes up and down."""
    from prometheus_client.core import GaugeMetricFamily

    stats, pulse = await call.store.get_stats(), call.request.app[PULSE]
    front_ends = GaugeMetricFamily("segue_front_end_online", "1 while a front-end says so.", labels=["name"])
    for front_end in call.request.app[FRONT_ENDS].list():
        front_ends.add_metric([front_end.name], front_end.state == "online")
    attached = GaugeMetricFamily("segue_attached", "Streams that are open, by interface.", labels=["interface"])
    for interface, count in call.manager.followers.attached.items():
        attached.add_metric([interface], count)
    gauges = {
        "segue_sessions": ("Sessions stored.", stats.sessions),
        "segue_messages": ("Messages stored.", stats.messages),
        "segue_turns_queued": ("Turns that wait.", stats.turns_queued),
        "segue_turns_running": ("Turns that run.", stats.turns_running),
        "segue_deliveries_retrying": ("Parts of messages that are being delivered again.", stats.deliveries_retrying),
        "segue_deliveries_failed": ("Parts of messages that were not delivered.", stats.deliveries_failed),
        "segue_store_bytes": ("Size of the database.", stats.bytes),
        "segue_store_healthy": ("1 while the database takes writes.", call.store.healthy),
        "segue_memory_bytes": ("Resident memory.", memory_bytes()),
        "segue_loop_lag_seconds": ("How late the event loop was in the last second.", pulse.lag),
        "segue_uptime_seconds": ("Time since the start.", time.monotonic() - pulse.started),
    }
    return [front_ends, attached, *(GaugeMetricFamily(name, text, value) for name, (text, value) in gauges.items())]
