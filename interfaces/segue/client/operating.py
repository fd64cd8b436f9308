"""Calls about the daemon itself."""

from __future__ import annotations

from datetime import datetime

from segue import routes
from segue.client.calls import Calls, given
from segue.models import FrontEnd, FrontEndState, Me, Status
from segue.routes import path


class Operating(Calls):
    async def me(self) -> Me:
        """Return who you are to the daemon, and what you may do."""
        return await self._get(Me, routes.ME)

    async def status(self) -> Status:
        """Return one look at the daemon. Needs scope admin."""
        return await self._get(Status, routes.STATUS)

    async def report_health(
        self,
        name: str,
        state: FrontEndState,
        *,
        detail: str = "",
        account: str | None = None,
        last_event_at: datetime | None = None,
        latency_ms: float | None = None,
        places: int | None = None,
        deliveries_waiting: int = 0,
    ) -> FrontEnd:
        """Tell the daemon how a front-end is, for `segue status`. Say it every ten seconds or so: one that was not
        heard of for fifteen counts as lost, unless it said `stopped`. Needs scope admin."""
        at = last_event_at.isoformat() if last_event_at else None
        body = given(state=state, account=account, last_event_at=at, latency_ms=latency_ms, places=places)
        body |= {"detail": detail[:500], "deliveries_waiting": deliveries_waiting}
        return await self._write(FrontEnd, "PUT", path(routes.FRONT_END, name=name), body)
