"""This machine: the settings, the folders and who may read them, the disk, the clock."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from segue import paths
from segue.cli.findings import Finding
from segue.cli.status import size
from segue.program import PYTHON

_LEAST_FREE = 100_000_000
_LITTLE_FREE = 1_000_000_000
_BEFORE_SEGUE = 1_760_000_000  # a clock that shows less was never set


class Settings:
    """The settings as the daemon understands them."""

    @cached_property
    def _told(self) -> subprocess.CompletedProcess[str]:
        command = [*PYTHON, "segued", "config", "--json"]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    @property
    def problem(self) -> str:
        """What is wrong with them; empty where nothing is."""
        return self._told.stderr.strip().removeprefix("segued: ") if self._told.returncode else ""

    @property
    def doubts(self) -> list[str]:
        """What they say besides, like that a variable sets nothing."""
        return self._told.stderr.strip().splitlines() if not self._told.returncode else []

    @cached_property
    def values(self) -> dict[str, Any]:
        """Them all; empty where they cannot be understood."""
        values: dict[str, Any] = {} if self.problem else json.loads(self._told.stdout)
        return values

    @property
    def database(self) -> Path:
        path = self.values.get("store", {}).get("path")
        return Path(path).expanduser() if path else paths.folders().data / "segue.db"


def check(settings: Settings) -> Iterator[Finding]:
    """Look at what can be looked at without a daemon."""
    yield from _settings(settings)
    yield from _folders(settings)
    yield _disk(settings.database)
    yield _clock()


def _settings(settings: Settings) -> Iterator[Finding]:
    file = paths.folders().config_file
    if settings.problem:
        yield Finding("settings", "wrong", f"{settings.problem}; the daemon does not start like this")
        return
    for doubt in settings.doubts:
        yield Finding("settings", "warning", doubt.removeprefix("segued: "))
    where = f"{file} is understood" if file.exists() else f"there is no {file}: everything is as it is by default"
    yield Finding("settings", "right", where)


# --- folders and files


def _folders(settings: Settings) -> Iterator[Finding]:
    folders = paths.folders()
    database = settings.database
    kept = dict.fromkeys((folders.config, folders.data, folders.state, database.parent))
    private = [path for path in kept if path.is_dir()]
    files = [database, database.with_name(database.name + "-wal"), folders.log_file, *_secrets(settings)]
    socket = paths.address().removeprefix("unix:")
    problems = [_no_folder(path) for path in kept if path.exists() and not path.is_dir()]
    problems += _foreign([*private, *files])
    problems += [_open(path, "can put other files there") for path in private if _lets_others(path, 0o022)]
    problems += [_open(path, "can read it") for path in files if _lets_others(path, 0o066)]
    if folders.config_file not in files and _lets_others(folders.config_file, 0o022):
        problems.append(_open(folders.config_file, "can change what the daemon does"))
    if not settings.values.get("server", {}).get("unix_users") and _lets_others(Path(socket), 0o022):
        problems.append(_open(Path(socket), "get at the conversations through it, as far as the settings let them"))
    problems += [_unwritable(path) for path in private if not os.access(path, os.W_OK)]
    yield from problems
    if not problems:
        yield Finding("folders", "right", f"{folders.data}: nobody else gets at what is there")


def _secrets(settings: Settings) -> list[Path]:
    """Return the files that hold secrets, or may."""
    discord = settings.values.get("discord", {}).get("token_file") or ""
    files = [Path(discord).expanduser()] if discord else [paths.folders().config / "discord_token"]
    files.append(paths.folders().config / "segued.env")
    servers = settings.values.get("mcp", {}).values()
    if any(server["env"] or server["headers"] for server in servers):
        files.append(paths.folders().config_file)
    return files


def _lets_others(path: Path, mode: int) -> bool:
    """Whether others on this machine may do what `mode` stands for, and no folder above keeps them out."""
    try:
        return bool(path.stat().st_mode & mode) and all(folder.stat().st_mode & 0o011 for folder in path.parents)
    except OSError:
        return False


def _foreign(files: list[Path]) -> Iterator[Finding]:
    for path in files:
        if path.exists() and path.stat().st_uid != os.getuid():
            owner = path.stat().st_uid
            text = f"{path} belongs to user {owner}, not to you: `sudo chown {os.getuid()} {path}`"
            yield Finding("folders", "wrong", text)


def _open(path: Path, what: str) -> Finding:
    def mend() -> str:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o077)
        return f"{path} is yours alone now"

    return Finding("folders", "wrong", f"{path} is not yours alone, others {what}: `chmod go= {path}`", mend)


def _no_folder(path: Path) -> Finding:
    text = f"{path} is a file, and has to be a folder: move it, or name another folder (SEGUE_HOME)"
    return Finding("folders", "wrong", text)


def _unwritable(path: Path) -> Finding:
    def mend() -> str:
        path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o700)
        return f"{path} can be written to now"

    if os.statvfs(path).f_flag & os.ST_RDONLY:
        text = f"{path} is on a file system that is mounted read-only: nothing can be stored until it is writable"
        return Finding("folders", "wrong", text)
    own = path.stat().st_uid == os.getuid()
    return Finding("folders", "wrong", f"{path} cannot be written to: `chmod u+rwx {path}`", mend if own else None)


# --- disk and clock


def _disk(database: Path) -> Finding:
    folder = next(path for path in (database.parent, *database.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    length = database.stat().st_size if database.exists() else 0
    inodes = os.statvfs(folder)
    text = f"{size(free)} free in {folder}, the database has {size(length)}"
    if free < _LEAST_FREE or (inodes.f_files and inodes.f_favail < 100):
        return Finding("disk", "wrong", f"{text}: nothing more can be stored soon, make room")
    if free < max(_LITTLE_FREE, length):
        return Finding("disk", "warning", f"{text}: a backup may not fit any more")
    return Finding("disk", "right", text)


def _clock() -> Finding:
    if time.time() < _BEFORE_SEGUE:
        return Finding("clock", "wrong", f"it shows {time.ctime()}: set it, or messages are dated so")
    if (ahead := _newest_file() - time.time()) > 120:
        return Finding("clock", "warning", f"files here were written {ahead:.0f} s in the future: it was set back")
    if _ntp() == "no":
        return Finding("clock", "warning", "it is not kept right over the network: `timedatectl set-ntp true`")
    return Finding("clock", "right", time.strftime("%Y-%m-%d %H:%M %Z"))


def _newest_file() -> float:
    folders = paths.folders()
    files = (folders.log_file, folders.data / "segue.db-wal", folders.data / "segue.db")
    return max((path.stat().st_mtime for path in files if path.exists()), default=0.0)


def _ntp() -> str:
    """Return whether the clock is synchronised: "yes", "no", or nothing where nobody knows."""
    if not shutil.which("timedatectl"):
        return ""
    command = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout.strip()
