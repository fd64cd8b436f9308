"""`segued`: the daemon, in the foreground. `segued config` prints its effective settings; `segued verify FILE` looks
through a backup, and `segued restore FILE` puts one in the database's place."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import segue
from segue.errors import Unavailable
from segued.errors import StartError

if TYPE_CHECKING:
    from segued.config import Settings

_ON_BACKUPS = ("verify", "restore")
_COMMANDS = ("run", "config", *_ON_BACKUPS)


def main() -> None:
    """Run the daemon; exit with 1 if it cannot start, 2 if it was started wrongly."""
    parser = argparse.ArgumentParser(prog="segued", description="Own the conversations, and serve who attaches.")
    parser.add_argument("command", nargs="?", choices=_COMMANDS, default="run", help="default: run")
    parser.add_argument("file", nargs="?", type=Path, help="with verify and restore: the backup")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the settings file (default: in the config folder)")
    parser.add_argument("--listen", action="append", metavar="URI", help="listen here instead; may be given again")
    parser.add_argument("--log-file", metavar="FILE", help="write the log there, and begin a new file when it is long")
    parser.add_argument("--json", action="store_true", help="with config: print JSON")
    parser.add_argument("--dry-run", action="store_true", help="with restore: only look whether it could be done")
    parser.add_argument("--version", action="version", version=f"segued {segue.__version__}")
    arguments = parser.parse_args()
    if (arguments.file is None) == (arguments.command in _ON_BACKUPS):
        parser.error(f"'{arguments.command}' needs a FILE" if arguments.file is None else f"what is {arguments.file}?")
    try:
        _run(arguments)
    except BaseExceptionGroup as group:
        reasons = list(_start_errors(group))
        if not reasons:
            raise
        _refuse(reasons[0])
    except (StartError, Unavailable) as exc:
        _refuse(exc)


def _run(arguments: argparse.Namespace) -> None:
    from segued.config import load
    from segued.supervision import take_credentials

    take_credentials()
    flags: dict[str, Any] = {"listen": arguments.listen} if arguments.listen else {}
    if arguments.log_file:
        flags["log"] = {"file": arguments.log_file}
    read_settings = partial(load, arguments.config, flags)
    settings = read_settings()
    if arguments.command == "config":
        from segued.config import as_toml, unknown_variables

        for name in unknown_variables():
            sys.stderr.write(f"segued: the environment variable {name} sets nothing: is it a typing mistake?\n")

        sys.stdout.write(settings.model_dump_json(indent=2) + "\n" if arguments.json else as_toml(settings))
        return
    if arguments.command in _ON_BACKUPS:
        _on_backup(settings, arguments)
        return
    from segued import app, log

    log.configure(settings.log)
    asyncio.run(app.run(settings, read_settings))


def _on_backup(settings: Settings, arguments: argparse.Namespace) -> None:
    from segued import store

    def say(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    if arguments.command == "verify":
        store.verify(arguments.file, say)
    else:
        store.restore(settings, arguments.file, dry_run=arguments.dry_run, say=say)


def _start_errors(group: BaseExceptionGroup[BaseException]) -> Iterator[StartError | Unavailable]:
    """Yield what was meant to be told: why it cannot start, and where the store failed meanwhile."""
    for exc in group.exceptions:
        if isinstance(exc, (StartError, Unavailable)):
            yield exc
        elif isinstance(exc, BaseExceptionGroup):
            yield from _start_errors(exc)


def _refuse(reason: StartError | Unavailable) -> None:
    sys.stderr.write(f"segued: {reason}\n")
    sys.exit(reason.exit_code if isinstance(reason, StartError) else StartError.exit_code)


if __name__ == "__main__":
    main()
