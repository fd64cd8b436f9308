"""`segued`: the daemon, in the foreground. `segued config` prints its effective settings."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import segue
from segued.errors import StartError


def main() -> None:
    """Run the daemon; exit with 1 if it cannot start, 2 if it was started wrongly."""
    parser = argparse.ArgumentParser(prog="segued", description="Own the conversations, and serve who attaches.")
    parser.add_argument("command", nargs="?", choices=["run", "config"], default="run", help="default: run")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the settings file (default: in the config folder)")
    parser.add_argument("--listen", action="append", metavar="URI", help="listen here instead; may be given again")
    parser.add_argument("--json", action="store_true", help="with config: print JSON")
    parser.add_argument("--version", action="version", version=f"segued {segue.__version__}")
    arguments = parser.parse_args()
    try:
        _run(arguments)
    except BaseExceptionGroup as group:
        reasons = list(_start_errors(group))
        if not reasons:
            raise
        _refuse(reasons[0])
    except StartError as exc:
        _refuse(exc)


def _run(arguments: argparse.Namespace) -> None:
    from segued.config import load

    settings = load(arguments.config, {"listen": arguments.listen} if arguments.listen else None)
    if arguments.command == "config":
        from segued.config import as_toml, unknown_variables

        for name in unknown_variables():
            sys.stderr.write(f"segued: the environment variable {name} sets nothing: is it a typing mistake?\n")

        sys.stdout.write(settings.model_dump_json(indent=2) + "\n" if arguments.json else as_toml(settings))
        return
    from segued import app, log

    log.configure(settings.log)
    asyncio.run(app.run(settings))


def _start_errors(group: BaseExceptionGroup[BaseException]) -> Iterator[StartError]:
    for exc in group.exceptions:
        if isinstance(exc, StartError):
            yield exc
        elif isinstance(exc, BaseExceptionGroup):
            yield from _start_errors(exc)


def _refuse(reason: StartError) -> None:
    sys.stderr.write(f"segued: {reason}\n")
    sys.exit(reason.exit_code)


if __name__ == "__main__":
    main()
