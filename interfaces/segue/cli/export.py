"""`segue export`: a session taken out, to be kept or read elsewhere; or all of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import click

from segue import routes
from segue.cli import collection
from segue.cli.console import counted, line, note
from segue.cli.files import output_option, write
from segue.cli.naming import find_session, session_argument
from segue.cli.progress import progress
from segue.cli.wire import daemon
from segue.errors import NotFound

_PAGE = 100


@click.command()
@session_argument(required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "markdown"]),
    help="For programs, or to be read; else as the file is called, and JSON where that does not tell.",
)
@output_option
@click.option(
    "--all",
    "target",
    metavar="FOLDER",
    help="Take out all sessions and what projects remember: into a folder, or an archive if it ends in .zip.",
)
def export(session: str | None, form: str | None, output: str | None, target: str | None) -> None:
    """Take out a session (else the terminal's) with all its messages and its context.

    With --all, the same command again goes on where it stopped: it writes what is new or has changed."""
    if target:
        if session or form or output:
            raise click.UsageError("--all takes out everything, as JSON: give it no session, --format or --output")
        export_all(target)
        return
    form = form or ("markdown" if output and output.endswith((".md", ".markdown")) else "json")
    found = find_session(session)
    where = routes.path(routes.SESSION_EXPORT, session_id=found["id"])
    write(daemon().download(where, format=form), output)


def export_all(target: str) -> None:
    """Write a file for each session that the caller sees, and for the memories of each project; what is deleted
    meanwhile is left out."""
    sessions, projects = list(_sessions()), [p["project_id"] for p in _projects() if p["memory_count"]]
    written = unchanged = remembering = 0
    with collection.collecting(target) as collected, progress(False, {"exporting": "Taking out"}) as show:
        for number, session in enumerate(sessions, 1):
            name = collection.session_file(session["id"])
            if collected.has(name, session["updated_at"]):
                unchanged += 1
            elif pieces := _begun(routes.path(routes.SESSION_EXPORT, session_id=session["id"])):
                collected.add(name, pieces, session["updated_at"])
                written += 1
            show("exporting", number, len(sessions))
        for project in projects:
            if pieces := _begun(routes.path(routes.MEMORY_EXPORT, project_id=project)):
                collected.add(collection.memories_file(project), pieces)
                remembering += 1
        collected.add(collection.INDEX, [collection.index(written + unchanged, remembering)])
    same = f", {unchanged} of them as they were" if unchanged else ""
    remembered = f", and what {counted(remembering, 'project remembers', 'projects remember')}" if remembering else ""
    note(f"{counted(written + unchanged, 'session')}{same}{remembered}: {line(target)}")


def _begun(where: str) -> Iterator[bytes] | None:
    """Return the pieces of a download whose first one has come; None if it is gone by now."""
    pieces = daemon().download(where)
    try:
        return chain([next(pieces, b"")], pieces)
    except NotFound:
        return None


def _sessions() -> Iterator[dict[str, Any]]:
    """Yield every session, each once. They are listed by their last change: what changes meanwhile moves to the front,
    and what is deleted moves the others up, so pages overlap where that happens."""
    seen: set[str] = set()
    page = daemon().get(routes.SESSIONS, limit=_PAGE)
    offset, total = 0, page["total"]
    while page["sessions"]:
        yield from (session for session in page["sessions"] if session["id"] not in seen)
        seen.update(session["id"] for session in page["sessions"])
        offset = max(0, offset + len(page["sessions"]) - max(0, total - page["total"]))
        total = page["total"]
        page = daemon().get(routes.SESSIONS, limit=_PAGE, offset=offset)


def _projects() -> Iterator[dict[str, Any]]:
    offset = 0
    while page := daemon().get(routes.PROJECTS, limit=_PAGE, offset=offset)["projects"]:
        yield from page
        offset += _PAGE
