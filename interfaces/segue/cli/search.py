"""`segue search`: everything ever said, by its words."""

from __future__ import annotations

import click

from segue import routes
from segue.cli.console import json_option, line, note, print_json, short, when
from segue.cli.naming import find_session, session_option
from segue.cli.wire import daemon


@click.command()
@click.argument("words", nargs=-1, required=True)
@session_option
@click.option("--project", metavar="ID", help="Only in sessions of this project.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@json_option
def search(words: tuple[str, ...], session: str | None, project: str | None, limit: int, as_json: bool) -> None:
    """Search the messages of all sessions, best match first."""
    inside = find_session(session)["id"] if session else None
    page = daemon().get(routes.SEARCH, q=" ".join(words), session_id=inside, project_id=project, limit=limit)
    if as_json:
        print_json(page)
        return
    for hit in page["hits"]:
        message = hit["message"]
        place = click.style(f"{line(hit['session_title'])} ({short(message['session_id'])})", dim=True)
        click.echo(f"{when(message['created_at'])} {line(message['sender'])} in {place}")
        click.echo(f"  {line(hit['snippet'])}")
    if not page["hits"]:
        note("nothing was found")
