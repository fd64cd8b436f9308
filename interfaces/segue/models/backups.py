"""Copies of all that the daemon keeps, and whether what it keeps is whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from segue.models.base import Model, Request


class BackupQuery(Request):
    """How a backup is to be made."""

    keep: bool = Field(
        True, description="It is one of those that are kept; else it is there to be downloaded, and goes within a day."
    )


class Backup(Model):
    """A copy of everything, in the backup folder: one file, whole by itself."""

    name: str
    made_at: datetime
    bytes: int


class MadeBackup(Backup):
    """A backup that was just made and found whole."""

    sha256: str
    schema_version: int
    sessions: int
    messages: int


class BackupList(Model):
    """The backups that are kept, newest first; `folder` is where they are on the daemon's machine."""

    folder: str
    backups: tuple[Backup, ...]


class BackupProgress(Model):
    """How far it is, in bytes. While it is checked, nobody knows how far that is."""

    stage: Literal["copying", "checking"]
    done: int = 0
    total: int = 0


class BackupStep(Model):
    """One line of a stream: how far it is, or at the end the backup, or why there is none."""

    progress: BackupProgress | None = None
    backup: MadeBackup | None = None
    error: dict[str, Any] | None = None


class IntegrityQuery(Request):
    full: bool = Field(False, description="Compare every index with its table, too. It takes longer.")


class Integrity(Model):
    """Whether the database is whole, and what was found first where it is not."""

    ok: bool
    full: bool
    problems: tuple[str, ...] = ()
    bytes: int
    seconds: float
