"""`segue backup` and `segue restore`: everything the daemon keeps, as one file, and back."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from segue import paths, routes
from segue.cli import launch
from segue.cli.console import Failed, counted, json_option, line, note, print_json, print_table, when
from segue.cli.files import write
from segue.cli.holder import holder
from segue.cli.progress import Show, last, progress
from segue.cli.wire import daemon, where
from segue.errors import SegueError
from segue.program import PYTHON

_STAGES = {"copying": "Copying", "checking": "Checking", "receiving": "Receiving"}


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--force", is_flag=True, help="Replace the file if there is one.")
@click.option("--list", "list_", is_flag=True, help="List the backups in the daemon's folder.")
@json_option
def backup(file: str | None, force: bool, list_: bool, as_json: bool) -> None:
    """Copy everything into FILE ('-': standard output), or without one into the daemon's folder.

    The daemon goes on working meanwhile. The copy is one moment of it, and is looked through before it counts as made;
    it holds every conversation, and only you may read it. [backup] in the settings has them made on the clock."""
    if list_:
        _list(as_json)
        return
    if file not in (None, "-") and not force and os.path.lexists(file):
        raise Failed(f"{line(file)} is there already: give another name, or --force to replace it")
    if file == "-" and sys.stdout.isatty():
        raise Failed("a backup is no text for a terminal: give it a name, or send it somewhere with > or |")
    with progress(as_json or file == "-", _STAGES) as show:
        made = last(daemon().upload(routes.BACKUPS, (), 0, keep=file is None), "backup", show)
        if file is not None:
            try:
                write(_received(made, show), None if file == "-" else file, quiet=True)
            finally:
                with suppress(SegueError):
                    daemon().delete(routes.path(routes.BACKUP, name=made["name"]))
    if as_json:
        print_json(made | ({"file": file} if file else {}))
    else:
        _tell(made, file)


def _received(made: dict[str, Any], show: Show) -> Iterator[bytes]:
    """Yield the backup as it comes, and fail after the last piece if it is not what the daemon checked."""
    digest, size = hashlib.sha256(), 0
    for piece in daemon().download(routes.path(routes.BACKUP, name=made["name"])):
        digest.update(piece)
        size += len(piece)
        yield piece
        show("receiving", size, made["bytes"])
    if digest.hexdigest() != made["sha256"]:
        raise Failed("what arrived is not what the daemon sent: nothing was kept; try again")


def _tell(made: dict[str, Any], file: str | None) -> None:
    what = f"{counted(made['sessions'], 'session')} with {counted(made['messages'], 'message')}"
    place = "standard output" if file == "-" else line(file) if file else f"{made['name']} in the daemon's folder"
    note(f"{what}, {made['bytes']} bytes, whole: {place}")


def _list(as_json: bool) -> None:
    found = daemon().get(routes.BACKUPS)
    if as_json:
        print_json(found)
        return
    rows = [(when(kept["made_at"]), str(kept["bytes"]), kept["name"]) for kept in found["backups"]]
    if rows:
        print_table(("MADE", "BYTES", "NAME"), rows)
    note(f"{counted(len(rows), 'backup')} in {line(found['folder'])}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only look at the backup, and whether it could be restored.")
@click.option(
    "--config", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The settings of the daemon."
)
def restore(file: Path, dry_run: bool, config: Path | None) -> int:
    """Put a backup in the place of what the daemon keeps, while it is stopped.

    The file is looked through before and after. What was there stays beside it under another name."""
    address = where()
    if not address.is_local:
        raise Failed(f"the daemon at {address.text} is on another machine: restore it there")
    pid = holder(paths.database(config))
    if dry_run and pid is not None:
        code = subprocess.run([*PYTHON, "segued", "verify", str(file.absolute())], check=False).returncode
        note(f"a daemon runs (pid {pid}): it would have to be stopped before a restore")
        return code
    if pid is not None or launch.is_ready(address):
        process = f" (pid {pid})" if pid is not None else ""
        raise Failed(
            f"a daemon{process} runs at {address.text}: stop it first (`segue server stop`; under systemd"
            " `systemctl --user stop segued.socket segued.service`). Nothing was changed"
        )
    options = [*(["--dry-run"] if dry_run else []), *(["--config", str(config.absolute())] if config else [])]
    command = [*PYTHON, "segued", "restore", str(file.absolute()), *options]
    code = subprocess.run(command, check=False).returncode
    if code == 0 and not dry_run:
        note("start it again: segue server start")
    return code
