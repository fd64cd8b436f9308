"""Backups: made, listed, downloaded, deleted; and whether the database is whole."""

from __future__ import annotations

from contextlib import aclosing

from aiohttp import web

from segue import routes
from segue.models import BackupList, BackupQuery, BackupStep, Integrity, IntegrityQuery, MadeBackup
from segued import audit
from segued.api.export import LINES, as_lines, streamed
from segued.api.registry import Call, Registry
from segued.backups import Backups

api = Registry("Backups")

BACKUPS: web.AppKey[Backups] = web.AppKey("backups", Backups)


@api.operation("GET", routes.BACKUPS, scope="admin")
async def list_backups(call: Call) -> BackupList:
    """List the backups that are kept in the daemon's folder, newest first."""
    return await call.request.app[BACKUPS].list()


@api.operation("POST", routes.BACKUPS, scope="admin", upload=True, answer=MadeBackup)
async def make_backup(call: Call, query: BackupQuery) -> MadeBackup | web.StreamResponse:
    """Copy everything, as it is at one moment, into a file in the daemon's folder, and check that. Others go on
    meanwhile. With `Accept: application/x-ndjson` a line tells each step, the last one with the backup or the error."""
    await audit.note(call.store, call.by, "backup.made")
    async with aclosing(call.request.app[BACKUPS].make(query.keep)) as steps:
        if LINES in call.request.headers.get("Accept", ""):
            return await streamed(call, as_lines(steps, BackupStep), LINES)
        async for step in steps:
            backup = step.backup
    assert backup is not None
    return backup


@api.operation("GET", routes.BACKUP, scope="admin", media_type="application/vnd.sqlite3", answer=bytes)
async def download_backup(call: Call, name: str) -> web.FileResponse:
    """Download a backup: a database file that `segue restore` takes."""
    file = await call.request.app[BACKUPS].file(name)
    await audit.note(call.store, call.by, "backup.downloaded", name)
    return web.FileResponse(file, headers={"Content-Type": "application/vnd.sqlite3"})


@api.operation("DELETE", routes.BACKUP, scope="admin", status=204)
async def delete_backup(call: Call, name: str) -> None:
    """Delete a backup."""
    await call.request.app[BACKUPS].delete(name)
    await audit.note(call.store, call.by.without_key(), "backup.deleted", name)


@api.operation("GET", routes.INTEGRITY, scope="admin")
async def get_integrity(call: Call, query: IntegrityQuery) -> Integrity:
    """Look through the whole database, which takes a second for every few hundred megabytes; others go on meanwhile."""
    return await call.store.check_integrity(query.full)
