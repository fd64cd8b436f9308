"""`segue import`: conversations from elsewhere, brought in."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from segue import routes
from segue.cli.console import Failed, counted, json_option, line, note, print_json, short
from segue.cli.naming import find_session
from segue.cli.wire import PIECE_BYTES, daemon
from segue.errors import SegueError, from_wire

Show = Callable[[str, int, int], object]
"""Shows how far it is: in which stage, how much is done, and of how much."""

_STAGES = {"sending": "Sending", "checking": "Checking", "storing": "Bringing in"}
_MOST_SESSIONS = 10  # named in the report


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option(
    "--format",
    "form",
    type=click.Choice(["auto", "segue", "chatgpt", "discord", "irc"]),
    default="auto",
    show_default=True,
    help="What wrote it: `segue export`, ChatGPT (the zip or conversations.json), DiscordChatExporter, an IRC client.",
)
@click.option("--title", metavar="TITLE", help="Another title, for a file with one conversation.")
@click.option("--project", metavar="ID", help="The project of the new sessions.")
@click.option("--session", "-s", metavar="SESSION", help="Bring it into this session, a file with one conversation.")
@click.option("--dry-run", is_flag=True, help="Only look at the file: nothing is stored.")
@json_option
def import_(
    file: str, form: str, title: str | None, project: str | None, session: str | None, dry_run: bool, as_json: bool
) -> None:
    """Bring in conversations from elsewhere, each as a session, with their times and names.

    What was brought in before is not added again: after whatever went wrong, the same command goes on where it stopped.
    A file that cannot be read to its end is refused before anything is stored."""
    query = {"format": form, "name": Path(file).name[:255], "title": title, "project_id": project}
    into = find_session(session)["id"] if session else None
    with _opened(file) as (content, size), _progress(as_json) as show:
        pieces = _shown(content, size, show)
        report = _last(daemon().upload(routes.IMPORT, pieces, size, **query, session_id=into, dry_run=dry_run), show)
    if as_json:
        print_json(report)
    else:
        _tell(report)


@contextmanager
def _opened(file: str) -> Iterator[tuple[BinaryIO, int]]:
    try:
        with open(file, "rb") as content:
            yield content, os.fstat(content.fileno()).st_size
    except OSError as exc:
        raise Failed(f"cannot read {line(file)}: {exc.strerror}") from exc


def _shown(content: BinaryIO, size: int, show: Show) -> Iterator[bytes]:
    sent = 0
    while piece := content.read(PIECE_BYTES):
        yield piece
        sent += len(piece)
        show("sending", sent, size)


def _last(steps: Iterator[dict[str, Any]], show: Show) -> dict[str, Any]:
    for step in steps:
        if error := step.get("error"):
            raise from_wire(500, {"error": error})
        if progress := step.get("progress"):
            show(progress["stage"], progress["done"], progress["total"])
        if report := step.get("report"):
            return dict(report)
    raise SegueError("the answer ended without a report: run it again, it goes on where it stopped")


@contextmanager
def _progress(quiet: bool) -> Iterator[Show]:
    """Give what shows how far it is: a bar where there is a terminal, else nothing."""
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
                tasks[stage] = bar.add_task(_STAGES[stage], total=total)
            bar.update(tasks[stage], completed=done)

        yield show


def _tell(report: dict[str, Any]) -> None:
    would = "would be " if report["dry_run"] else ""
    context = f" and {counted(report['context'], 'entry', 'entries')} of context" if report["context"] else ""
    known = f", {report['known']} there already" if report["known"] else ""
    where = counted(report["session_count"], "session")
    note(f"{counted(report['messages'], 'message')}{context} {would}brought into {where}{known} ({report['format']})")
    for session in report["sessions"][:_MOST_SESSIONS]:
        name = short(session["id"]) if session["id"] else "new"
        note(f"  {name}  {counted(session['messages'], 'message')}  {line(session['title'])}")
    if (more := report["session_count"] - _MOST_SESSIONS) > 0:
        note(f"  and {more} more")
    for what, remarks in (("left out", report["left_out"]), ("changed", report["changed"])):
        for remark in remarks:
            note(f"{remark['count']} {what}: {line(remark['reason'])} ({line(', '.join(remark['examples']))})")
