"""What front-ends in processes of their own say of themselves, and how long ago. Kept in memory: it is about now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from segue.models import FrontEnd, ReportHealth
from segued import clock

LOST_AFTER_SECONDS = 15.0  # they report every ten
_MOST = 100  # front-ends remembered


@dataclass(frozen=True)
class _Report:
    health: ReportHealth
    at: datetime
    heard: float  # by the clock

    def seen(self, name: str, now: float) -> FrontEnd:
        age = now - self.heard
        lost = age > LOST_AFTER_SECONDS and self.health.state != "stopped"
        told = self.health.model_dump() | ({"state": "lost"} if lost else {})
        return FrontEnd(name=name, reported_at=self.at, age_seconds=round(age, 3), **told)


class FrontEnds:
    """`clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reports: dict[str, _Report] = {}

    def report(self, name: str, health: ReportHealth) -> FrontEnd:
        """Note what the front-end says; who was heard of least recently is forgotten when there are too many."""
        self._reports.pop(name, None)
        now = self._clock()
        report = self._reports[name] = _Report(health, clock.utc(), now)
        while len(self._reports) > _MOST:
            del self._reports[next(iter(self._reports))]
        return report.seen(name, now)

    def list(self) -> tuple[FrontEnd, ...]:
        """Return each as it is now: one that was not heard of for `LOST_AFTER_SECONDS` is lost, unless it stopped."""
        now = self._clock()
        return tuple(report.seen(name, now) for name, report in sorted(self._reports.items()))
