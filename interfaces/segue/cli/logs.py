"""`segue logs`: what the daemon wrote down, from its file or the journal."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import click

from segue import paths
from segue.cli import systemd
from segue.cli.console import Failed, clean

FOLLOW_SECONDS = 0.2
_LEVELS = ("debug", "info", "warning", "error", "critical")
_LINE = re.compile(r"\d{4}-\d\d-\d\d \S+ ([A-Z]+) ")


@click.command()
@click.option("--number", "-n", type=click.IntRange(0), default=50, show_default=True, help="How many lines.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what is added; Ctrl-C ends it.")
@click.option("--level", type=click.Choice(_LEVELS[:4]), help="Only what is at least as severe.")
@click.option("--about", metavar="TEXT", help="Only lines with this in them: the id of a request, a session, a turn.")
def logs(number: int, follow: bool, level: str | None, about: str | None) -> None:
    """Print the end of the log of a daemon that runs in the background, and of the files put aside before it.

    Each line ends with the request, the session and the turn that it is about. What was said is never in it."""
    manager = systemd.installed()
    if manager or follow:
        wanted = _wanted(_journal(manager, number, follow) if manager else _file(follow), level, about)
    else:
        wanted = _wanted_of_all(number, level, about)
    if follow:
        _print_live(wanted, number)
        return
    for text in deque(wanted, maxlen=number):
        click.echo(clean(text), nl=False)


def _wanted_of_all(number: int, level: str | None, about: str | None) -> Iterator[str]:
    """Yield the lines that are asked for, from so many of the files put aside as it takes to have enough of them."""
    found = list(_wanted(_file(follow=False), level, about))
    for file in _put_aside():
        if len(found) >= number:
            break
        with file.open(encoding="utf-8", errors="replace") as lines:
            found = [*_wanted(lines, level, about), *found]
    yield from found


def _put_aside() -> Iterator[Path]:
    """Yield the files that the log went on from, the newest first."""
    log_file = paths.log_file()
    for count in itertools.count(1):
        file = log_file.with_name(f"{log_file.name}.{count}")
        if not file.exists():
            return
        yield file


def _print_live(wanted: Iterator[str], number: int) -> None:
    """Print the last `number` of what is there, then what comes; an empty text says that nothing more is there yet."""
    last: deque[str] | None = deque(maxlen=number)
    for text in wanted:
        if text and last is not None:
            last.append(text)
        elif text:
            click.echo(clean(text), nl=False)
        else:
            for known in last or ():
                click.echo(clean(known), nl=False)
            last = None
            sys.stdout.flush()


def _wanted(lines: Iterable[str], level: str | None, about: str | None) -> Iterator[str]:
    """Yield the lines that are asked for; one without a beginning of its own belongs to the line before it."""
    least = _LEVELS.index(level) if level else 0
    take = False
    for text in lines:
        severity = _severity(text)
        if severity is not None:
            take = severity >= least and (about is None or about in text)
        if take or not text:
            yield text


def _severity(text: str) -> int | None:
    """Return the line's level, as a place in the list of them; None where it begins no entry."""
    name = ""
    if match := _LINE.match(text):
        name = match[1].lower()
    elif text.startswith('{"at"'):
        try:
            name = json.loads(text)["level"]
        except (ValueError, KeyError):
            return None
    return _LEVELS.index(name) if name in _LEVELS else None


def _file(follow: bool) -> Iterator[str]:
    file = _open()
    while True:
        if text := file.readline():
            yield text
        elif not follow:
            break
        elif _was_put_aside(file):
            file.close()
            file = _open()
        else:
            yield ""
            time.sleep(FOLLOW_SECONDS)
    file.close()


def _open() -> TextIO:
    log_file = paths.log_file()
    try:
        return log_file.open(encoding="utf-8", errors="replace")
    except OSError as exc:
        raise Failed(f"there is no log at {log_file} ({exc.strerror}): `segue server start` begins one") from exc


def _was_put_aside(file: TextIO) -> bool:
    """Whether the log went on in a new file."""
    try:
        return not os.path.samestat(paths.log_file().stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _journal(manager: systemd.Manager, number: int, follow: bool) -> Iterator[str]:
    """Yield what the journal has of the daemon; filters see the newest ten thousand lines."""
    command = manager.journal("-o", "cat", "-n", str(max(number, 10_000)), "--no-pager", *(["-f"] if follow else []))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        assert process.stdout
        if follow:
            yield ""
        yield from process.stdout
