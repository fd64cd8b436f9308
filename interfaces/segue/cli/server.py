"""`segue server …`: the daemon itself."""

from __future__ import annotations

import sys
import time
from collections import deque
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from segue import paths, routes
from segue.cli import launch
from segue.cli.console import Failed, clean, json_option, note, print_json
from segue.cli.sessions import list_
from segue.cli.wire import daemon, where
from segue.errors import Unreachable

FOLLOW_SECONDS = 0.2

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
    if launch.is_ready(where()):
        note(f"it runs already: pid {_status()['pid']} at {where().text}")
        return
    _start(config)


@server.command()
def stop() -> None:
    """Stop the daemon and return when it is gone; a running answer may finish for a moment."""
    pid = _status()["pid"]
    launch.stop(where(), pid)
    note(f"stopped (pid {pid})")


@server.command()
@config_option
def restart(config: Path | None) -> None:
    """Stop the daemon, if it runs, and start it again."""
    try:
        pid = _status()["pid"]
    except Unreachable:
        pid = None
    if pid is not None:
        launch.stop(where(), pid)
    _start(config)


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
        ("running", f"segued {found['version']}, pid {found['pid']}, up {_duration(found['uptime_seconds'])}"),
        ("listening", ", ".join(found["listening"])),
        ("sessions", f"{found['sessions']} with {found['messages']} messages, {found['attached']} attached now"),
        ("turns", f"{found['turns_running']} running, {found['turns_queued']} queued"),
        ("agents", agents),
        ("store", f"{found['store_path']}, {_size(found['store_bytes'])}"),
        ("memory", _size(found["memory_bytes"])),
        ("loop lag", f"{found['loop_lag_seconds'] * 1000:.1f} ms"),
    ):
        click.echo(f"{name:<10} {clean(value)}")


server.add_command(list_, "sessions")


@server.command()
@click.option("--number", "-n", type=click.IntRange(0), default=50, show_default=True, help="How many lines.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what is added; Ctrl-C ends it.")
def logs(number: int, follow: bool) -> None:
    """Print the end of the log of a daemon that was started in the background."""
    log_file = paths.folders().log_file
    try:
        file = log_file.open(encoding="utf-8", errors="replace")
    except OSError as exc:
        raise Failed(
            f"there is no log at {log_file} ({exc.strerror}): "
            "a daemon under systemd writes to the journal, `journalctl --user -u segued`"
        ) from exc
    with file:
        for text in deque(file, maxlen=number):
            click.echo(clean(text), nl=False)
        while follow:
            if text := file.readline():
                click.echo(clean(text), nl=False)
            else:
                sys.stdout.flush()
                time.sleep(FOLLOW_SECONDS)


def _start(config: Path | None) -> None:
    pid = launch.start(config)
    note(f"started: pid {pid} at {where().text}, log in {paths.folders().log_file}")


def _status() -> dict[str, Any]:
    found: dict[str, Any] = daemon().get(routes.STATUS)
    return found


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=int(seconds)))


def _size(count: int) -> str:
    return f"{count / 1024 / 1024:.1f} MiB"
