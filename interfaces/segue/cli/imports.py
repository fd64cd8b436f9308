"""`segue import`: conversations from elsewhere, brought in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from segue import routes
from segue.cli import memory
from segue.cli.collection import MEMORIES, is_collection, parts
from segue.cli.console import Failed, counted, json_option, line, note, print_json, short
from segue.cli.naming import find_session
from segue.cli.progress import Show, last, progress
from segue.cli.wire import PIECE_BYTES, daemon
from segue.errors import SegueError

_STAGES = {"sending": "Sending", "checking": "Checking", "storing": "Bringing in"}
_MOST_SESSIONS = 10  # named in the report


@click.command("import")
@click.argument("file", type=click.Path())
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
@click.option("--again", is_flag=True, help="Bring in what was taken out of a session that is here, too.")
@click.option("--dry-run", is_flag=True, help="Only look at the file: nothing is stored.")
@json_option
def import_(
    file: str,
    form: str,
    title: str | None,
    project: str | None,
    session: str | None,
    again: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring in conversations from elsewhere, each as a session, with their times and names.

    What was brought in before is not added again: after whatever went wrong, the same command goes on where it stopped.
    A file that cannot be read to its end is refused before anything is stored. FILE may be what `segue export --all`
    wrote."""
    query = {"format": form, "title": title, "project_id": project, "skip_present": not again, "dry_run": dry_run}
    if is_collection(file):
        if session or title or form != "auto":
            raise click.UsageError("--session, --title and --format are for a file with one conversation")
        _bring_in_all(file, query, as_json)
        return
    into = find_session(session)["id"] if session else None
    with _opened(file) as (content, size), progress(as_json, _STAGES) as show:
        report = _bring_in(Path(file).name, content, size, show, query | {"session_id": into})
    if as_json:
        print_json(report)
    else:
        _tell(report)


def _bring_in(name: str, content: BinaryIO, size: int, show: Show, query: dict[str, Any]) -> dict[str, Any]:
    steps = daemon().upload(routes.IMPORT, _shown(content, size, show), size, name=name[:255], **query)
    return last(steps, "report", show)


def _bring_in_all(file: str, query: dict[str, Any], as_json: bool) -> None:
    """Bring in each file of a collection: what was brought in is known the next time, so it may be done again."""
    if os.path.isdir(file) and not any(Path(file).glob("*.json")):
        raise Failed(
            f"there is nothing to be brought in in the folder {line(file)}: it is to have .json files in it, like those"
            " that `segue export --all` writes. Logs of IRC and archives are brought in each by its own name"
        )
    done = dict.fromkeys(("sessions", "messages", "context", "known", "left_out", "memories", "present"), 0)
    with parts(file) as found, progress(as_json, {"storing": "Bringing in"}) as show:
        for number, (name, content, size) in enumerate(found, 1):
            try:
                _bring_in_part(name, content, size, query, done)
            except SegueError as exc:
                exc.message = f"{line(name)}: {exc.message}. What comes before it is in: correct it and do it again"
                raise
            show("storing", number, 0)
    if as_json:
        print_json(done)
        return
    would = "would be " if query["dry_run"] else ""
    known = f", {done['known']} there already" if done["known"] else ""
    note(f"{counted(done['messages'], 'message')} {would}brought into {counted(done['sessions'], 'session')}{known}")
    if done["memories"]:
        note(f"{counted(done['memories'], 'memory', 'memories')} saved")
    if done["left_out"]:
        note(f"{done['left_out']} left out: `segue import` of each file says what")
    _tell_present(done["present"])


def _bring_in_part(name: str, content: BinaryIO, size: int, query: dict[str, Any], done: dict[str, int]) -> None:
    if name.startswith(MEMORIES):
        if not query["dry_run"]:
            done["memories"] += memory.bring_in(json.load(content), name, query["project_id"])["saved"]
        return
    report = _bring_in(name, content, size, lambda stage, so_far, total: None, query)
    done["sessions"] += report["session_count"]
    done["left_out"] += sum(remark["count"] for remark in report["left_out"])
    for count in ("messages", "context", "known", "present"):
        done[count] += report[count]


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


def _tell(report: dict[str, Any]) -> None:
    would = "would be " if report["dry_run"] else ""
    context = f" and {counted(report['context'], 'entry', 'entries')} of context" if report["context"] else ""
    known = f", {report['known']} there already" if report["known"] else ""
    where = counted(report["session_count"], "session")
    note(f"{counted(report['messages'], 'message')}{context} {would}brought into {where}{known} ({report['format']})")
    _tell_present(report["present"])
    for session in report["sessions"][:_MOST_SESSIONS]:
        name = short(session["id"]) if session["id"] else "new"
        note(f"  {name}  {counted(session['messages'], 'message')}  {line(session['title'])}")
    if (more := report["session_count"] - _MOST_SESSIONS) > 0:
        note(f"  and {more} more")
    for what, remarks in (("left out", report["left_out"]), ("changed", report["changed"])):
        for remark in remarks:
            note(f"{remark['count']} {what}: {line(remark['reason'])} ({line(', '.join(remark['examples']))})")


def _tell_present(present: int) -> None:
    if present:
        note(f"{counted(present, 'session')} skipped, for being here: --again brings them in, too, as others")
