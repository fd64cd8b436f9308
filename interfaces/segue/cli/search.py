"""`segue search`: everything ever said, by its words; `segue reindex`: its index, made anew."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

from segue import routes
from segue.cli.console import counted, json_option, line, note, print_json, short, when
from segue.cli.naming import find_session, session_option
from segue.cli.wire import daemon

_RANKED = 500  # of the matches, at most
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Time(click.ParamType[str]):
    """A day on the reader's calendar, or a time as RFC 3339 writes it. `whole_day`: a day is meant up to its end."""

    name = "time"

    def __init__(self, *, whole_day: bool = False) -> None:
        self._whole_day = whole_day

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            at = datetime.fromisoformat(value.strip())
            if self._whole_day and _DAY.fullmatch(value.strip()):
                at += timedelta(days=1)
            return at.astimezone(UTC).isoformat()
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no time: write it like 2026-11-21, or 2026-11-21T09:30:00+02:00", param, ctx)


@click.command()
@click.argument("words", nargs=-1, required=True)
@session_option
@click.option("--project", metavar="ID", help="Only in sessions of this project.")
@click.option("--user", metavar="NAME", help="Only what this person or program said.")
@click.option("--from", "interface", metavar="INTERFACE", help="Only what was said there: tui, discord, cli, http, …")
@click.option("--role", type=click.Choice(("user", "assistant", "system", "tool")), help="Only messages of this role.")
@click.option("--since", metavar="TIME", type=Time(), help="Only from then on: a day like 2026-11-21, or RFC 3339.")
@click.option("--until", metavar="TIME", type=Time(whole_day=True), help="Only up to then; a day is meant whole.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--offset", type=click.IntRange(0, 500), default=0, help="Leave out so many at the beginning.")
@json_option
def search(
    words: tuple[str, ...],
    session: str | None,
    project: str | None,
    user: str | None,
    interface: str | None,
    role: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    offset: int,
    as_json: bool,
) -> None:
    """Search the messages of all sessions, best match first.

    Words are found in every form, by their parts, and where nothing has them, with another spelling."""
    page = daemon().get(
        routes.SEARCH,
        q=" ".join(words),
        session_id=find_session(session)["id"] if session else None,
        project_id=project,
        user=user,
        interface=interface,
        role=role,
        since=since,
        until=until,
        limit=limit,
        offset=offset,
    )
    if as_json:
        print_json(page)
        return
    for hit in page["hits"]:
        message = hit["message"]
        place = click.style(f"{line(hit['session_title'])} ({short(message['session_id'])})", dim=True)
        click.echo(f"{when(message['created_at'])} {line(message['sender'])} in {place}")
        click.echo(f"  {line(hit['snippet'])}")
    shown = offset + len(page["hits"])
    if not page["hits"]:
        note("nothing was found" if not page["total"] else f"there are only {page['total']}")
    elif shown < page["total"]:
        total = f"{page['total']} or more" if page["total"] == _RANKED else page["total"]
        note(f"{offset + 1} to {shown} of {total}; more with --offset {shown}")
    if page["note"]:
        note(line(page["note"]))


@click.command()
@json_option
def reindex(as_json: bool) -> None:
    """Build the search index anew from what is stored, where searching fails or does not find what is there."""
    found = daemon().post(routes.SEARCH_REINDEX)
    if as_json:
        print_json(found)
        return
    what = f"{counted(found['messages'], 'message')} and {counted(found['memories'], 'memory', 'memories')}"
    note(f"{what} are being indexed anew; `segue status` says how far it is")
    if found["vectors_dropped"]:
        note(f"{counted(found['vectors_dropped'], 'vector')} of what is gone were dropped")
