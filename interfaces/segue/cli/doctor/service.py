"""The daemon: whether it runs, answers, is this program's, and comes back by itself."""

from __future__ import annotations

import getpass
import os
from collections.abc import Generator, Iterator
from typing import Any

from segue import __version__, paths, routes
from segue.cli import launch, systemd
from segue.cli.console import counted
from segue.cli.doctor.here import Settings
from segue.cli.findings import Finding
from segue.cli.holder import holder, mute
from segue.cli.knock import ANSWER_SECONDS, knock, trouble
from segue.cli.status import duration, how, size
from segue.cli.wire import daemon, where
from segue.errors import SegueError, Unreachable

_LATE_SECONDS = 0.5
_LOG_BYTES = 64 * 1024  # the end of the log says how the last start went


def check(settings: Settings) -> Generator[Finding, None, bool]:
    """Look whether the daemon is kept running, whether it answers, and how it is; return whether it can be asked."""
    yield from _kept()
    try:
        status = daemon(ANSWER_SECONDS).get(routes.STATUS)
    except Unreachable as exc:
        missing = _missing(settings, exc)
        yield missing
        return missing.mend is not None and launch.is_ready(where())  # it may have been put right meanwhile
    except SegueError as exc:
        yield Finding("daemon", "wrong", "; ".join(filter(None, (exc.message, trouble(where())))))
        return False
    yield _running(status)
    if status["store_trouble"]:
        yield Finding("database", "wrong", status["store_trouble"])
    if status["loop_lag_seconds"] > _LATE_SECONDS:
        text = f"it is late by {status['loop_lag_seconds']:.1f} s: the machine is overloaded, or it is"
        yield Finding("daemon", "warning", text)
    yield from _doors(settings, status)
    yield from _deliveries(status)
    return True


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
        return Finding("daemon", "wrong", mute(where(), pid).message)
    if obstacle := _obstacle():
        return Finding("daemon", "wrong", obstacle)
    socket = where().socket
    text = exc.message
    if socket is not None and socket.exists():
        text = f"nothing listens on {socket}, which a daemon left behind when it ended: `segue server start`"
    if failure := _last_failure():
        text += f"; the last start failed: {failure}"
    return Finding("daemon", "wrong", text, mend if where().is_local and not settings.problem else None)


def _obstacle() -> str:
    """Return what is where the daemon would listen, and is none; nothing where it is free."""
    socket = where().socket
    if socket is not None and socket.exists() and not socket.is_socket():
        kind = "folder" if socket.is_dir() else "file"
        return f"{socket} is a {kind} and no socket: move it, or give another path in listen"
    if knock(where()) in ("stranger", "silent"):
        return f"what listens at {where().text} is no segued: end it, or give the daemon another address in listen"
    return ""


def _last_failure() -> str:
    """Return why the daemon ended when it was started last; nothing where it came up then."""
    try:
        with paths.log_file().open("rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - _LOG_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    for text in reversed(lines):
        if text.startswith("segued: "):
            return text.removeprefix("segued: ")
        if " ready: " in text:
            break
    return ""


def _running(status: dict[str, Any]) -> Finding:
    pid = f"pid {status['pid']}, " if status["pid"] else ""
    text = f"segued {status['version']}, {pid}up for {duration(status['uptime_seconds'])}"
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
    if log_file.exists() and (length := log_file.stat().st_size) > 100 * 1024 * 1024:
        yield Finding("log", "warning", f"{log_file} has {size(length)}: it should be rotated")
