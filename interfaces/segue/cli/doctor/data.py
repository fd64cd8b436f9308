"""What is stored: the database, its backups, and the tokens that open it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from segue import routes
from segue.cli.console import line, when
from segue.cli.doctor.here import Settings
from segue.cli.findings import Finding
from segue.cli.status import size
from segue.cli.wire import daemon
from segue.program import PYTHON

_INTEGRITY_SECONDS = 600.0
_LONG = timedelta(days=90)
_FOREVER = timedelta(days=365)


def check(settings: Settings) -> Iterator[Finding]:
    """Look whether the database is whole, whether there is a copy of it, and who could open it."""
    yield _database()
    yield from _backups(settings)
    yield from _tokens(daemon().get(routes.TOKENS))


def check_file(settings: Settings) -> Iterator[Finding]:
    """Look whether the database is whole, where no daemon runs that could be asked."""
    if not settings.database.exists():
        return
    command = [*PYTHON, "segued", "verify", str(settings.database)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_INTEGRITY_SECONDS)
    if done.returncode:
        told = line(done.stderr.removeprefix("segued: ")).removesuffix(".")
        yield Finding("database", "wrong", f"{told}; take a backup out: `segue restore FILE`")
    else:
        yield Finding("database", "right", line(done.stdout))


def _database() -> Finding:
    found = daemon(_INTEGRITY_SECONDS).get(routes.INTEGRITY)
    if found["ok"]:
        text = f"{size(found['bytes'])}, whole (looked through in {found['seconds']:.1f} s)"
        return Finding("database", "right", text)
    text = f"it is damaged: {'; '.join(found['problems'][:3])}; take a backup out: `segue restore FILE`"
    return Finding("database", "wrong", text)


def _backups(settings: Settings) -> Iterator[Finding]:
    status = daemon().get(routes.STATUS)
    if status["backup_error"]:
        yield Finding("backup", "wrong", f"the last one was not made: {status['backup_error']}")
    if status["last_backup_at"] is None:
        yield Finding("backup", "unknown", "there is none: `segue backup FILE`, or every_hours in [backup]")
        return
    age = datetime.now(UTC) - datetime.fromisoformat(status["last_backup_at"])
    every = timedelta(hours=settings.values.get("backup", {}).get("every_hours") or 0)
    if every and age > 3 * every:
        yield Finding("backup", "warning", f"the newest is {age.days} days old, and one is due every {every}")
    else:
        yield Finding("backup", "right", f"the newest was made at {when(status['last_backup_at'])}")


def _tokens(tokens: list[dict[str, Any]]) -> Iterator[Finding]:
    """Say which tokens had better not be there."""
    doubts = [doubt for token in tokens if (doubt := _doubt(token))]
    for text in doubts:
        yield Finding("tokens", "warning", text)
    if not doubts:
        yield Finding("tokens", "right", f"{len(tokens)} there, none of them forgotten" if tokens else "there is none")


def _doubt(token: dict[str, Any]) -> str:
    used = token["last_used_at"]
    idle = datetime.now(UTC) - datetime.fromisoformat(used or token["created_at"])
    powers = "can do everything" if "admin" in token["scopes"] else "still opens the door"
    if idle < (_LONG if "admin" in token["scopes"] else _FOREVER):
        return ""
    since = f"was not used for {idle.days} days" if used else f"was made {idle.days} days ago and never used"
    if token["disabled"] or (token["expires_at"] and datetime.fromisoformat(token["expires_at"]) < datetime.now(UTC)):
        return ""
    return f"“{line(token['name'])}” of {line(token['user'])} {since} and {powers}: `segue token delete {token['id']}`"
