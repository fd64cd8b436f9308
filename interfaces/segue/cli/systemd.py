"""systemd, where it looks after the daemon: a user's own, or the machine's."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from segue import paths
from segue.cli.console import Failed

SERVICE = "segued.service"
SOCKET = "segued.socket"
DISCORD = "segue-discord.service"
OURS = "10-installation.conf"  # the drop-in that `segue server install` writes; `systemctl edit` makes override.conf
_HOME = re.compile(r'^Environment=(?:SEGUE_HOME=(.*)|"SEGUE_HOME=(.*)")$', re.MULTILINE)
_ESCAPED = re.compile(r'%(%)|\\(["\\])')


@dataclass(frozen=True)
class Manager:
    """One service manager: the machine's where `system`, else the user's."""

    system: bool

    @property
    def name(self) -> str:
        return "systemd" if self.system else "systemd (yours)"

    @property
    def folder(self) -> Path:
        """Where units of people are."""
        if self.system:
            return Path("/etc/systemd/system")
        return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd/user"

    def command(self, *arguments: str) -> tuple[str, ...]:
        return ("systemctl", *(() if self.system else ("--user",)), *arguments)

    def journal(self, *arguments: str) -> tuple[str, ...]:
        return ("journalctl", *(() if self.system else ("--user",)), "-u", SERVICE, *arguments)

    def missing(self) -> str | None:
        """Return why there is no such manager here, or None."""
        if not shutil.which("systemctl") or not Path("/run/systemd/system").is_dir():
            return "this machine is not run by systemd"
        done = _run(self.command("show", "--property=Version"))
        if done.returncode and not self.system:
            return f"no systemd of yours is reached ({_last_line(done)}); log in instead of using su or sudo"
        return f"systemd is not reached ({_last_line(done)})" if done.returncode else None

    def do(self, *arguments: str) -> None:
        """Have it done, and return when it is. Raises `Failed` with what it said."""
        done = _run(self.command(*arguments))
        if done.returncode:
            raise Failed(
                f"`{' '.join(self.command(*arguments))}` failed: {_last_line(done)}\n"
                f"`{' '.join(self.journal('-e'))}` says more"
            )

    def state(self, unit: str) -> str:
        """Return how the unit is: active, inactive, failed, activating …"""
        return _run(self.command("is-active", unit)).stdout.strip() or "unknown"

    def is_enabled(self, unit: str) -> bool:
        return _run(self.command("is-enabled", "--quiet", unit)).returncode == 0

    def is_active(self, unit: str) -> bool:
        return _run(self.command("is-active", "--quiet", unit)).returncode == 0

    def home(self) -> str | None:
        """Return the SEGUE_HOME of the daemon that its unit starts; None where that is nowhere said."""
        files = (self.folder / SERVICE, self.folder / f"{SERVICE}.d" / OURS)
        homes = [found for file in files if file.is_file() for found in _HOME.findall(file.read_text())]
        return _ESCAPED.sub(r"\1\2", "".join(homes[-1])) if homes else None


def installed() -> Manager | None:
    """Return the manager whose unit is this instance's daemon."""
    if "SEGUE_URL" in os.environ:
        return None
    for manager in (Manager(system=False), Manager(system=True)):
        if (manager.folder / SERVICE).is_file() and manager.home() == own_home():
            return manager
    return None


def own_home() -> str | None:
    """Return where this instance lives, in one folder; None where it is in the usual ones."""
    return str(paths.folders().config) if os.environ.get("SEGUE_HOME") else None


def lingers() -> bool:
    """Whether the user's services go on when they log out."""
    return Path("/var/lib/systemd/linger", getpass.getuser()).exists()


def manager_of(pid: int) -> Manager | None:
    """Return the manager that runs this process as the daemon's unit."""
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
        parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
    except OSError:
        return None
    if not any(group.rpartition("/")[2] == SERVICE for group in groups):
        return None
    return Manager(system=parent == "1")


def _run(command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    return next(iter(done.stderr.strip().splitlines()[-1:]), f"exit code {done.returncode}")
