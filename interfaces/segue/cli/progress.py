"""How far something is: the lines of the daemon's answer, and a bar where there is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from segue.errors import SegueError, from_wire

Show = Callable[[str, int, int], object]
"""Shows how far it is: in which stage, how much is done, and of how much (0: nobody knows)."""


def last(steps: Iterator[dict[str, Any]], result: str, show: Show) -> dict[str, Any]:
    """Return the result that the last line holds; raise the error that one holds, or `SegueError` where it broke off.

    All is read: the connection is used again."""
    found = None
    for step in steps:
        if error := step.get("error"):
            raise from_wire(500, {"error": error})
        if progress := step.get("progress"):
            show(progress["stage"], progress["done"], progress["total"])
        found = step.get(result) or found
    if found:
        return dict(found)
    raise SegueError(f"the connection was lost before the {result} was there: does the daemon run? Then try again")


@contextmanager
def progress(quiet: bool, stages: Mapping[str, str]) -> Iterator[Show]:
    """Give what shows how far it is: a bar for each stage where there is a terminal, else nothing."""
    if quiet or not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stages[stage], total=total or None)
            bar.update(tasks[stage], completed=done, total=total or None)

        yield show
