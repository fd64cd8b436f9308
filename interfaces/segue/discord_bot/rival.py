"""Another bot with the same token: both would answer, and only the daemon, to which both report, can tell."""

from __future__ import annotations

import logging
import time
from datetime import datetime

from segue.client import Client
from segue.models import FrontEnd

log = logging.getLogger(__name__)

WARNING = "another bot with this token runs beside this one: stop one of them"
_REMEMBERED_SECONDS = 30.0  # longer than any bot's next report is away


class Rival:
    """Knows whether somebody else reports to the daemon under the name of this bot."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name
        self._mine: datetime | None = None
        self._seen_at: float | None = None

    @property
    def warning(self) -> str:
        """Return what is to be said of the other bot; nothing where none was seen lately."""
        lately = self._seen_at is not None and time.monotonic() - self._seen_at < _REMEMBERED_SECONDS
        return WARNING if lately else ""

    async def look(self) -> None:
        """See whether the last report that the daemon got is the one that was made from here."""
        if self._mine is None:
            return
        reports = [report for report in (await self._client.status()).front_ends if report.name == self._name]
        if any(report.reported_at > self._mine for report in reports):
            if not self.warning:
                log.warning(WARNING)
            self._seen_at = time.monotonic()

    def reported(self, report: FrontEnd) -> None:
        """Take note of a report that was made from here."""
        self._mine = report.reported_at
