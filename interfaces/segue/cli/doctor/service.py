"""The daemon: whether it runs, answers, is this program's, and comes back by itself."""

from __future__ import annotations

import fcntl
import getpass
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from segue import __version__, paths, routes
from segue.cli import launch, systemd
from segue.cli.console import counted
from segue.cli.doctor.here import Settings
from segue.cli.findings import Finding
from segue.cli.status import duration, how
from segue.cli.wire import daemon, where
from segue.errors import SegueError, Unreachable

_LATE_SECONDS = 0.5


def answers() -> bool:
    """Whether there is a daemon that serves us."""
    try:
        daemon().get(routes.STATUS)
    except SegueError:
        return False
    return True


def check(settings: Settings) -> Iterator[Finding]:
    """Look whether the daemon is kept running, whether it answers, and how it is."""
    yield from _kept()
    try:
        status = daemon().get(routes.STATUS)
    except Unreachable as exc:
        yield _missing(settings, exc)
        return
    except SegueError as exc:
        yield Finding("daemon", "wrong", exc.message)
        return
    yield _running(status)
    if status["store_trouble"]:
        yield Finding("database", "wrong", status["store_trouble"])
    if status["loop_lag_seconds"] > _LATE_SECONDS:
        text = f"it is late by {status['loop_lag_seconds']:.1f} s: the machine is overloaded, or it is"
        yield Finding("daemon", "warning", text)
    yield from _doors(settings, status)
    yield from _deliveries(status)


def _kept() -> Iterator[Finding]:
    """Say whether systemd starts the daemon again, where it is there to do so."""
    manager = systemd.installed()
    if manager is None:
        if systemd.Manager(system=False).missing() is None and where().is_local:
            text = "nothing starts the daemon after the machine did: `segue server install`"
            yield Finding("service", "unknown", text)
        return
    state = manager.state(systemd.SERVICE)
    if state != "active":
        command = " ".join(manager.command("restart", systemd.SERVICE))
        text = f"{systemd.SERVICE} is {state}: `segue logs` says why; `{command}` starts it"
        yield Finding("service", "wrong", text, lambda: _restarted(manager))
    elif not manager.is_enabled(systemd.SERVICE):
        yield Finding("service", "warning", f"{systemd.SERVICE} runs, and is not started with the machine: enable it")
    else:
        yield Finding("service", "right", f"{manager.name} keeps {systemd.SERVICE} running")
    if not manager.system and not systemd.lingers():
        user = getpass.getuser()
        text = f"the daemon ends when {user} logs out: `sudo loginctl enable-linger {user}`"
        yield Finding("service", "warning", text)


def _restarted(manager: systemd.Manager) -> str:
    manager.do("restart", systemd.SERVICE)
    return f"{manager.name} started it"


def _missing(settings: Settings, exc: Unreachable) -> Finding:
    def mend() -> str:
        return f"started it: pid {launch.start(None)}"

    if (pid := holder(settings.database)) is not None:
        text = f"process {pid} holds {settings.database}, and does not answer at {where().text}: see whether it hangs"
        return Finding("daemon", "wrong", f"{text} or listens elsewhere; `kill {pid}` ends it")
    socket = where().socket
    text = exc.message
    if socket is not None and socket.exists():
        text = f"nothing listens on {socket}, which a daemon left behind when it ended: `segue server start`"
    return Finding("daemon", "wrong", text, mend if where().is_local and not settings.problem else None)


def holder(database: Path) -> str | None:
    """Return the pid of the daemon that has the database open."""
    try:
        with database.with_name(database.name + ".lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return lock.read().strip() or "?"
    except OSError:
        pass
    return None


def _running(status: dict[str, Any]) -> Finding:
    text = f"segued {status['version']}, pid {status['pid']}, up for {duration(status['uptime_seconds'])}"
    if status["version"] != __version__:
        text += f"; this program is {__version__}: `segue server restart` runs the same"
        return Finding("daemon", "warning", text)
    return Finding("daemon", "right", f"{text}, at {where().text}")


def _doors(settings: Settings, status: dict[str, Any]) -> Iterator[Finding]:
    """Say who can get in besides you."""
    server = settings.values.get("server", {})
    if settings.values.get("anonymous_loopback") not in (None, "off"):
        text = "every program on this machine gets in over TCP without a token (anonymous_loopback)"
        yield Finding("doors", "warning", text)
    open_ones = [uri for uri in status["listening"] if uri.startswith("tcp:") and not _is_loopback(uri)]
    if open_ones:
        text = f"{', '.join(open_ones)} can be reached from other machines: see that TLS is in front of it"
        yield Finding("doors", "warning", text)
    if server.get("unix_users"):
        text = f"{counted(len(server['unix_users']), 'other account')} of this machine may use the socket (unix_users)"
        yield Finding("doors", "right", text)


def _is_loopback(uri: str) -> bool:
    host = uri.removeprefix("tcp:").rpartition(":")[0].strip("[]")
    return host.startswith("127.") or host in ("::1", "localhost")


def _deliveries(status: dict[str, Any]) -> Iterator[Finding]:
    """Say what did not arrive, and which front-end is not well."""
    for front_end in status["front_ends"]:
        if front_end["state"] not in ("online", "connecting", "stopped"):
            yield Finding("front-end", "wrong", f"{front_end['name']} is {how(front_end)}")
    if failed := status["deliveries_failed"]:
        text = f"{counted(failed, 'part')} of messages did not arrive: `segue deliveries` shows them"
        yield Finding("deliveries", "warning", text)
    log_file = paths.folders().log_file
    if log_file.exists() and (size := log_file.stat().st_size) > 100 * 1024 * 1024:
        yield Finding("log", "warning", f"{log_file} has {size // 1024 // 1024} MB: it should be rotated")
