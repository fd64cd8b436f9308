"""`segue server …`: the daemon itself."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from segue import paths, routes
from segue.cli import launch, systemd
from segue.cli.console import Failed, Misconfigured, clean, json_option, note, print_json
from segue.cli.install import install, uninstall
from segue.cli.knock import ANSWER_SECONDS
from segue.cli.logs import logs
from segue.cli.sessions import list_
from segue.cli.status import size
from segue.cli.wire import daemon, where
from segue.errors import Invalid, Unreachable

VACUUM_SECONDS = 3600.0
_ADMINS = "told to an admin only"

config_option = click.option(
    "--config", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The settings file to start with."
)


@click.group()
def server() -> None:
    """Start, stop and look after the daemon."""


@server.command()
@config_option
def start(config: Path | None) -> None:
    """Start the daemon in the background and return when it is ready."""
    if launch.runs(where()):
        note(f"it runs already: pid {_status()['pid']} at {where().text}")
    elif manager := systemd.installed():
        _refuse_settings(config)
        manager.do("start", systemd.SOCKET, systemd.SERVICE)
        note(f"started by {manager.name}: pid {_status()['pid']} at {where().text}")
    else:
        _start(config)


@server.command()
def stop() -> None:
    """Stop the daemon and return when it is gone; a running answer may finish for a moment. One that does not answer
    is ended too."""
    manager = systemd.installed()
    if manager and manager.is_active(systemd.SOCKET):  # not asked for its pid: that would start it
        _stop_by(manager)
        return
    pid, answers = _pid()
    if manager := systemd.manager_of(pid):
        _stop_by(manager)
    else:
        _stop(pid, answers)
        note(f"stopped (pid {pid})")


@server.command()
@config_option
def restart(config: Path | None) -> None:
    """Stop the daemon, if it runs, and start it again; with wrong settings it is left alone. Under systemd, clients
    notice a pause and no more."""
    launch.settings(config, **{name: value for name, value in os.environ.items() if name.startswith("SEGUE_")})
    pid: int | None = None
    answers = False
    with suppress(Unreachable):
        pid, answers = _pid()
    manager = systemd.installed() if pid is None else systemd.manager_of(pid)
    if manager:
        _refuse_settings(config)
        manager.do("restart", systemd.SERVICE)
        note(f"started anew by {manager.name}: pid {_status()['pid']}")
        return
    if pid is not None:
        _stop(pid, answers)
    _start(config)


@server.command()
@json_option
def reload(as_json: bool) -> None:
    """Have the daemon take over changed settings, and say which need a restart."""
    try:
        done = daemon().post(routes.RELOAD)
    except Invalid as exc:
        raise Misconfigured(exc.message) from exc
    if as_json:
        print_json(done)
        return
    click.echo(f"changed: {', '.join(done['changed']) or 'nothing'}")
    if done["needs_restart"]:
        click.echo(f"in force after `segue server restart`: {', '.join(done['needs_restart'])}")


@server.command()
@json_option
def status(as_json: bool) -> None:
    """Say how the daemon is."""
    found = _status()
    if as_json:
        print_json(found)
        return
    agents = ", ".join(f"{name} ({model})" for name, model in found["agents"].items())
    for name, value in (
        ("running", f"segued {found['version']}, {_process(found)}up {_duration(found['uptime_seconds'])}"),
        ("kept by", _keeper(found["pid"])),
        ("listening", ", ".join(found["listening"])),
        ("sessions", f"{found['sessions']} with {found['messages']} messages, {found['attached']} attached now"),
        ("turns", f"{found['turns_running']} running, {found['turns_queued']} queued"),
        ("agents", agents),
        ("store", f"{found['store_path']}, {size(found['store_bytes'])}" if found["store_path"] else _ADMINS),
        ("memory", size(found["memory_bytes"])),
        ("loop lag", f"{found['loop_lag_seconds'] * 1000:.1f} ms"),
    ):
        click.echo(f"{name:<10} {clean(value)}")


def _process(found: dict[str, Any]) -> str:
    return f"pid {found['pid']}, " if found["pid"] else ""


def _keeper(pid: int | None) -> str:
    if pid is None:
        return _ADMINS
    return manager.name if (manager := systemd.manager_of(pid)) else "nobody"


def _pid() -> tuple[int, bool]:
    """Return the daemon's process, and whether it answers; only who may know it may end it."""
    pid, answers = launch.pid_of(where())
    if pid is None:
        needed = "a token that has the scope admin, or as the daemon's account"
        raise Failed(f"only an admin may do that: call with {needed}")
    return pid, answers


@server.command()
@json_option
def vacuum(as_json: bool) -> None:
    """Write the database anew, without what is free in it.

    A database that was made by this version gives back by itself what deletions leave free. One of an earlier version
    does so after this. Whoever writes waits meanwhile, up to half a minute for a gigabyte; and there must be as much
    room on the disk again."""
    done = daemon(timeout_seconds=VACUUM_SECONDS).post(routes.VACUUM)
    if as_json:
        print_json(done)
    else:
        note(f"{size(done['bytes_before'])} before, {size(done['bytes_after'])} now")


server.add_command(list_, "sessions")
server.add_command(logs)
server.add_command(install)
server.add_command(uninstall)


def _start(config: Path | None) -> None:
    pid = launch.start(config)
    note(f"started: pid {pid} at {where().text}, log in {paths.log_file(config)}")


def _stop(pid: int, answers: bool) -> None:
    """End the daemon; one that does not answer, by the lock beside its database."""
    if answers:
        launch.stop(where(), pid)
    else:
        launch.end(pid)


def _stop_by(manager: systemd.Manager) -> None:
    manager.do("stop", systemd.SOCKET, systemd.SERVICE)
    note(f"stopped by {manager.name}, until `segue server start` or the next log-in")


def _refuse_settings(config: Path | None) -> None:
    if config:
        raise Failed("systemd starts the daemon with its own settings file: leave --config out, or edit the unit")


def _status() -> dict[str, Any]:
    found: dict[str, Any] = daemon(ANSWER_SECONDS).get(routes.STATUS)
    return found


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=int(seconds)))
