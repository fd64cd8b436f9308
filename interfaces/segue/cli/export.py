"""`segue export`: a session taken out, to be kept or read elsewhere."""

from __future__ import annotations

import click

from segue import routes
from segue.cli.files import output_option, write
from segue.cli.naming import find_session
from segue.cli.wire import daemon


@click.command()
@click.argument("session", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "markdown"]),
    help="For programs, or to be read; else as the file is called, and JSON where that does not tell.",
)
@output_option
def export(session: str | None, form: str | None, output: str | None) -> None:
    """Take out a session (else the terminal's) with all its messages and its context."""
    form = form or ("markdown" if output and output.endswith((".md", ".markdown")) else "json")
    found = find_session(session)
    where = routes.path(routes.SESSION_EXPORT, session_id=found["id"])
    write(daemon().download(where, format=form), output)
