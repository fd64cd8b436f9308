"""`segue token …` and `segue link`: who may come in, and under which name."""

from __future__ import annotations

import click

from segue import routes
from segue.cli.console import Failed, json_option, line, note, print_json, print_table, short, when
from segue.cli.wire import daemon


@click.group()
def token() -> None:
    """Make, list or revoke tokens: what programs show to come in over HTTP."""


@token.command()
@click.option("--name", required=True, metavar="NAME", help="What it is for.")
@click.option("--user", metavar="USER", help="Whose it is; made where new. Else yours.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(["read", "write", "run", "admin"]),
    help="What it allows; may be given again.  [default: read, write, run]",
)
@json_option
def create(name: str, user: str | None, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a token and print it, this once."""
    body: dict[str, object] = {"name": name}
    if user is not None:
        body["user"] = user
    if scopes:
        body["scopes"] = list(scopes)
    made = daemon().post(routes.TOKENS, body)
    if as_json:
        print_json(made)
        return
    click.echo(made["token"])
    note(f"keep it: it is shown only this once. It belongs to {line(made['user'])}, for {', '.join(made['scopes'])}")


@token.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the tokens, without their secrets."""
    tokens = daemon().get(routes.TOKENS)
    if as_json:
        print_json(tokens)
        return
    rows = [
        (
            short(t["id"]),
            line(t["user"]),
            ",".join(t["scopes"]),
            when(t["created_at"]),
            when(t["last_used_at"]) if t["last_used_at"] else "never",
            line(t["name"]),
        )
        for t in tokens
    ]
    if rows:
        print_table(("ID", "USER", "SCOPES", "MADE", "USED", "NAME"), rows)
    else:
        note("there are none")


@token.command()
@click.argument("token")
def delete(token: str) -> None:
    """Revoke a token, given by its id (or its end) or its name; it is refused from now on."""
    tokens = daemon().get(routes.TOKENS)
    matches = [t for t in tokens if t["name"] == token or (len(token) >= 4 and t["id"].endswith(token))]
    if len(matches) != 1:
        problem = f"'{token}' could be any of {len(matches)} tokens" if matches else f"there is no token '{token}'"
        raise Failed(f"{problem}: see `segue token list`")
    daemon().delete(routes.path(routes.TOKEN, token_id=matches[0]["id"]))
    note(f"revoked: {line(matches[0]['name'])} ({short(matches[0]['id'])})")


@click.command()
@json_option
def link(as_json: bool) -> None:
    """Print a code that joins your account on another interface to you, when it is entered there."""
    made = daemon().post(routes.LINKS)
    if as_json:
        print_json(made)
        return
    click.echo(made["code"])
    note(f"enter it on the other interface before {when(made['expires_at'])}; it works once")
