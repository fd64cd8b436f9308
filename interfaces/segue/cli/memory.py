"""`segue memory …`: what a project remembers, for all of its sessions."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from segue import routes
from segue.cli.console import Failed, clean, json_option, line, note, print_json, print_table, short, when
from segue.cli.files import output_option, read_json, read_text, write
from segue.cli.naming import complete_session, find_session, terminal_session
from segue.cli.search import Time
from segue.cli.wire import daemon
from segue.errors import SegueError
from segue.routes import path

F = TypeVar("F", bound=Callable[..., Any])

_CHUNK = 500  # memories brought in with one request
_LONGEST_VALUE = 60  # characters in a table
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


def project_option(command: F) -> F:
    option = click.option(
        "--project", "-p", metavar="ID", help="Which project; else that of the session in the terminal."
    )
    return option(command)


def project_of(name: str | None) -> str:
    """Return the project that is meant; fail if the terminal's session has none."""
    if name:
        return name
    session = terminal_session(daemon())
    if not session["project_id"]:
        into = f"segue sessions project {short(session['id'])} NAME"
        raise Failed(f"say which project with --project, or run `{into}`: the session in the terminal belongs to none")
    return str(session["project_id"])


@click.group()
def memory() -> None:
    """Save, find, restore or delete what a project remembers."""


@memory.command("set")
@click.argument("key")
@click.argument("value", required=False)
@project_option
@click.option("--ttl", metavar="TIME", help="Forget it after so long: seconds, or like 30m, 12h, 7d.")
@click.option("--metadata", metavar="JSON", help='What else is to be known of it, like \'{"source": "wiki"}\'.')
@click.option("--session", "-s", metavar="SESSION", help="The session that it comes from.")
@json_option
def set_(
    key: str,
    value: str | None,
    project: str | None,
    ttl: str | None,
    metadata: str | None,
    session: str | None,
    as_json: bool,
) -> None:
    """Remember VALUE under KEY, as the next version where there is one.

    VALUE is read from standard input if it is '-' or left out."""
    if value is None and sys.stdin.isatty():
        raise click.UsageError("say what to remember: give VALUE, or '-' to read it from standard input")
    body: dict[str, Any] = {"key": key, "value": read_text("-").removesuffix("\n") if value in (None, "-") else value}
    if ttl is not None:
        body["ttl_seconds"] = _seconds(ttl)
    if metadata is not None:
        body["metadata"] = _object(metadata)
    if session is not None:
        body["session_id"] = find_session(session)["id"]
    saved = daemon().post(path(routes.MEMORIES, project_id=project_of(project)), body)
    if as_json:
        print_json(saved)
    else:
        note(f"{line(saved['project_id'])} remembers {line(saved['key'])} (version {saved['version']})")


@memory.command()
@click.argument("key")
@project_option
@json_option
def get(key: str, project: str | None, as_json: bool) -> None:
    """Print what is remembered under KEY."""
    found = daemon().get(path(routes.MEMORIES, project_id=project_of(project)), key=key)["memory"]
    if as_json:
        print_json(found)
    else:
        click.echo(clean(found["value"]))


@memory.command("list")
@project_option
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@click.option("--offset", type=click.IntRange(0, 10_000), default=0, help="Leave out so many at the beginning.")
@json_option
def list_(project: str | None, limit: int, offset: int, as_json: bool) -> None:
    """List what is remembered, read last first."""
    where = path(routes.MEMORIES, project_id=project_of(project))
    found = daemon().get(where, limit=limit, offset=offset)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            line(m["key"]),
            str(m["version"]),
            when(m["saved_at"]),
            line(m["saved_by"]),
            str(m["accessed_count"]),
            when(m["expires_at"]) if m["expires_at"] else "never",
            _cut(m["value"]),
        )
        for m in found["memories"]
    ]
    if rows:
        print_table(("KEY", "VERSION", "SAVED", "BY", "READ", "EXPIRES", "VALUE"), rows)
    else:
        note(f"{line(found['project_id'])} remembers nothing" + (" more" if offset else ""))


@memory.command()
@click.argument("words", nargs=-1, required=True)
@project_option
@click.option(
    "--session",
    "-s",
    metavar="SESSION",
    shell_complete=complete_session,
    help="Only what was saved from this session: an id, part of it, or its title.",
)
@click.option("--user", metavar="NAME", help="Only what this person or program saved.")
@click.option("--interface", "--from", metavar="INTERFACE", help="Only what was saved there: tui, discord, http, …")
@click.option("--since", metavar="TIME", type=Time(), help="Only from then on: a day like 2026-11-21, or RFC 3339.")
@click.option("--until", metavar="TIME", type=Time(whole_day=True), help="Only up to then; a day is meant whole.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--offset", type=click.IntRange(0, 500), default=0, help="Leave out so many at the beginning.")
@json_option
def search(
    words: tuple[str, ...],
    project: str | None,
    session: str | None,
    user: str | None,
    interface: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    offset: int,
    as_json: bool,
) -> None:
    """Search keys and values, best match first; narrowed down by who saved what they say now, where and when."""
    found = daemon().get(
        path(routes.MEMORY_SEARCH, project_id=project_of(project)),
        q=" ".join(words),
        session_id=find_session(session)["id"] if session else None,
        user=user,
        interface=interface,
        since=since,
        until=until,
        limit=limit,
        offset=offset,
    )
    if as_json:
        print_json(found)
        return
    for hit in found["memories"]:
        about = click.style(f"{when(hit['saved_at'])} {line(hit['saved_by'])}", dim=True)
        click.echo(f"{click.style(line(hit['key']), bold=True)} {about}")
        click.echo(f"  {line(hit['snippet'])}")
    if found["note"]:
        note(line(found["note"]))
    if found["more"]:
        note(f"more with --offset {offset + found['count']}")
    if not found["memories"]:
        note(f"nothing {'more ' if offset else ''}was found")


@memory.command()
@click.argument("key")
@project_option
@json_option
def history(key: str, project: str | None, as_json: bool) -> None:
    """List the versions of a memory, newest first: who said what, when, and where."""
    found = daemon().get(path(routes.MEMORY_VERSIONS, project_id=project_of(project), key=key))
    if as_json:
        print_json(found)
        return
    rows = [
        (
            str(v["version"]),
            when(v["saved_at"]),
            line(v["saved_by"]),
            line(v["interface"]),
            short(v["session_id"]) if v["session_id"] else "-",
            _cut(v["value"]),
        )
        for v in found["versions"]
    ]
    print_table(("VERSION", "SAVED", "BY", "FROM", "SESSION", "VALUE"), rows)


@memory.command()
@click.argument("key")
@click.argument("version", type=click.IntRange(1))
@project_option
@json_option
def restore(key: str, version: int, project: str | None, as_json: bool) -> None:
    """Let a memory say again what it said in VERSION."""
    where = path(routes.MEMORY_RESTORE, project_id=project_of(project), key=key)
    saved = daemon().post(where, {"version": version})
    if as_json:
        print_json(saved)
    else:
        note(f"{line(key)} says again what it said in version {version} (now version {saved['version']})")


@memory.command()
@click.argument("key")
@project_option
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(key: str, project: str | None, yes: bool) -> None:
    """Forget what is remembered under KEY, with all its versions."""
    known = project_of(project)
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("nobody is there to ask: give --yes to delete without asking")
        if not click.confirm(f"Forget '{line(key)}' of {line(known)} with all its versions?", err=True):
            raise Failed("nothing was deleted")
    daemon().delete(path(routes.MEMORY, project_id=known, key=key))
    note(f"forgotten: {line(key)}")


@memory.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0, help="Leave out so many at the beginning.")
@json_option
def projects(limit: int, offset: int, as_json: bool) -> None:
    """List the projects that there are for you."""
    found = daemon().get(routes.PROJECTS, limit=limit, offset=offset)
    if as_json:
        print_json(found)
        return
    rows = [(str(p["memory_count"]), str(p["session_count"]), line(p["project_id"])) for p in found["projects"]]
    if rows:
        print_table(("MEMORIES", "SESSIONS", "PROJECT"), rows)
    else:
        note("there are none: `segue sessions project` puts a session into one")


@memory.command()
@project_option
@output_option
def export(project: str | None, output: str | None) -> None:
    """Take out all that is remembered, as JSON."""
    write(daemon().download(path(routes.MEMORY_EXPORT, project_id=project_of(project))), output)


@memory.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--project", "-p", metavar="ID", help="Into which project; else the one that it was taken out of.")
@json_option
def import_(file: str, project: str | None, as_json: bool) -> None:
    """Bring in what was taken out. What is there already is not saved again, so it may be done twice."""
    report = bring_in(read_json(file), file, project)
    if as_json:
        print_json(report)
        return
    note(f"{report['saved']} saved, {report['unchanged']} there already, {len(report['skipped'])} left out")
    for skipped in report["skipped"]:
        note(f"  {line(skipped['key'])}: {line(skipped['reason'])}")


def bring_in(data: Any, file: str, project: str | None) -> dict[str, Any]:
    """Bring in memories that were taken out, and return what became of them."""
    memories = data.get("memories") if isinstance(data, dict) else data
    if not isinstance(memories, list):
        raise Failed(f"{line(file)} holds no memories: it should look like what `segue memory export` writes")
    into = project or (data.get("project_id") if isinstance(data, dict) else None)
    where = path(routes.MEMORY_IMPORT, project_id=project_of(into if isinstance(into, str) else None))
    report: dict[str, Any] = {"project_id": into, "saved": 0, "unchanged": 0, "skipped": []}
    for start in range(0, len(memories), _CHUNK):
        try:
            done = daemon().post(where, {"memories": memories[start : start + _CHUNK]})
        except SegueError as exc:
            if start:
                exc.message += f" (the first {start} are in; after that nothing is: correct it and import it again)"
            raise
        report["project_id"] = done["project_id"]
        for name in ("saved", "unchanged", "skipped"):
            report[name] += done[name]
    return report


def _cut(value: str) -> str:
    text = line(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _seconds(ttl: str) -> int:
    found = re.fullmatch(r"(\d{1,12})([smhdw]?)", ttl.strip().lower())
    if found is None:
        raise click.UsageError(f"--ttl '{ttl}' is no time: give seconds, or like 30m, 12h, 7d")
    return int(found[1]) * _UNITS[found[2] or "s"]


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as exc:
        raise click.UsageError(f'--metadata is not JSON ({exc}): write it like \'{{"source": "wiki"}}\'') from exc
    if not isinstance(found, dict):
        raise click.UsageError('--metadata must be an object, like \'{"source": "wiki"}\'')
    return found
