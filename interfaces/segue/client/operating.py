"""Calls about the daemon itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime

from segue import routes
from segue.client.calls import Calls, given
from segue.errors import SegueError, from_wire
from segue.models import (
    BackupList,
    BackupProgress,
    BackupStep,
    FrontEnd,
    FrontEndState,
    Integrity,
    MadeBackup,
    Me,
    Status,
    Vacuumed,
)
from segue.routes import path


class Operating(Calls):
    async def me(self) -> Me:
        """Return who you are to the daemon, and what you may do."""
        return await self._get(Me, routes.ME)

    async def status(self) -> Status:
        """Return one look at the daemon. Needs scope admin."""
        return await self._get(Status, routes.STATUS)

    async def vacuum(self) -> Vacuumed:
        """Have the database written anew, without what is free in it; writes wait meanwhile. Needs scope admin."""
        return await self._write(Vacuumed, "POST", routes.VACUUM)

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

    async def check_integrity(self, *, full: bool = False) -> Integrity:
        """Have the whole database looked through, with `full` every entry of every index too. Needs scope admin."""
        return await self._get(Integrity, routes.INTEGRITY, {"full": full})

    async def backups(self) -> BackupList:
        """Return the backups that are kept in the daemon's folder, newest first. Needs scope admin."""
        return await self._get(BackupList, routes.BACKUPS)

    async def back_up(
        self, *, keep: bool = True, on_progress: Callable[[BackupProgress], object] | None = None
    ) -> MadeBackup:
        """Have everything copied into a file in the daemon's folder, and that checked. One that is not to be kept is
        there to be downloaded and deleted. Needs scope admin."""
        async with aclosing(self._connection.upload(routes.BACKUPS, {"keep": keep}, _nothing())) as lines:
            async for line in lines:
                step = BackupStep.model_validate_json(line)
                if step.error is not None:
                    raise from_wire(500, {"error": step.error})
                if step.progress is not None and on_progress is not None:
                    on_progress(step.progress)
                if step.backup is not None:
                    return step.backup
        raise SegueError("the answer ended without a backup: try again")

    def download_backup(self, name: str) -> AsyncGenerator[bytes, None]:
        """Yield a backup, a database file, piece by piece. Needs scope admin."""
        return self._connection.download(path(routes.BACKUP, name=name), {})

    async def delete_backup(self, name: str) -> None:
        """Delete a backup. Needs scope admin."""
        await self._connection.request("DELETE", path(routes.BACKUP, name=name))


async def _nothing() -> AsyncGenerator[bytes, None]:
    for piece in tuple[bytes, ...]():
        yield piece
