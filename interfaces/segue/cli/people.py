"""`segue token …`, `segue link`, `links`, `unlink`: who may come in, and under which name."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import click

from segue import routes
from segue.cli.console import Failed, json_option, line, note, print_json, print_table, short, when
from segue.cli.durations import Duration
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
@click.option("--expires", type=Duration(), help="Refuse it after so long: 12h, 30d, 2w.  [default: never]")
@json_option
def create(name: str, user: str | None, scopes: tuple[str, ...], expires: int | None, as_json: bool) -> None:
    """Make a token and print it, this once."""
    body: dict[str, object] = {"name": name}
    if user is not None:
        body["user"] = user
    if scopes:
        body["scopes"] = list(scopes)
    if expires is not None:
        body["expires_in_seconds"] = expires
    _show_secret(daemon().post(routes.TOKENS, body), as_json)


def _show_secret(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    click.echo(made["token"])
    until = f", until {when(made['expires_at'])}" if made["expires_at"] else ""
    scopes = ", ".join(made["scopes"])
    note(f"keep it: it is shown only this once. It belongs to {line(made['user'])}, for {scopes}{until}")


@token.command()
@click.argument("token")
@json_option
def rotate(token: str, as_json: bool) -> None:
    """Give a token another secret, and print that, this once. The old one is refused from now on."""
    found = _find_token(token)
    _show_secret(daemon().post(routes.path(routes.TOKEN_ROTATE, token_id=found["id"])), as_json)


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
            _until(t),
            line(t["name"]),
        )
        for t in tokens
    ]
    if rows:
        print_table(("ID", "USER", "SCOPES", "MADE", "USED", "UNTIL", "NAME"), rows)
    else:
        note("there are none")


@token.command()
@click.argument("token")
def delete(token: str) -> None:
    """Revoke a token, given by its id (or its end) or its name; it is refused from now on."""
    found = _find_token(token)
    daemon().delete(routes.path(routes.TOKEN, token_id=found["id"]))
    note(f"revoked: {line(found['name'])} ({short(found['id'])})")


def _until(token: dict[str, Any]) -> str:
    if token["disabled"]:
        return "disabled"
    if token["expires_at"] is None:
        return "-"
    expired = datetime.fromisoformat(token["expires_at"]) <= datetime.now(UTC)
    return "expired" if expired else when(token["expires_at"])


def _find_token(token: str) -> dict[str, Any]:
    """Return the token that is meant by its id, or the end of it, or its name."""
    tokens: list[dict[str, Any]] = daemon().get(routes.TOKENS)
    matches = [t for t in tokens if t["name"] == token or (len(token) >= 4 and t["id"].endswith(token))]
    if len(matches) != 1:
        problem = f"'{token}' could be any of {len(matches)} tokens" if matches else f"there is no token '{token}'"
        raise Failed(f"{problem}: see `segue token list`")
    return matches[0]


@click.command()
@click.argument("code", required=False)
@click.option("--yes", "-y", is_flag=True, help="Do not ask before an account becomes yours.")
@json_option
def link(code: str | None, yes: bool, as_json: bool) -> None:
    """Make an account on another interface yours: your messages there carry your name, your sessions can be had there.

    Without CODE print one, to be entered there (in Discord: /link CODE). With CODE, one that was shown there (in
    Discord: /link), use it up."""
    if code is not None:
        _claim(code, yes, as_json)
        return
    made = daemon().post(routes.LINKS)
    if as_json:
        print_json(made)
        return
    click.echo(made["code"])
    note(f"enter it on the other interface before {when(made['expires_at'])}; it works once")


def _claim(code: str, yes: bool, as_json: bool) -> None:
    where = routes.path(routes.LINK, code=code)
    offer = daemon().get(where)
    account = offer["account"]
    if account is not None and not yes:
        _confirm(account, offer["name"])
    user = daemon().post(where)
    if as_json:
        print_json(user)
    else:
        who = f"{account['interface']} {offer['name'] or account['external_id']} is {user['name']} now"
        note(line(who))


def _confirm(account: dict[str, str], name: str | None) -> None:
    """Ask: somebody may have talked the reader into entering a code that is not theirs. Raises `Failed` where nobody
    can be asked."""
    who = f"{line(account['interface'])} account {line(name or 'without a name')} ({line(account['external_id'])})"
    if not sys.stdin.isatty():
        raise Failed(f"the {who} would be you, and nobody can be asked here whether it is yours: if so, add --yes")
    click.confirm(f"The {who} will be you, with all your sessions. Is it yours?", abort=True, err=True)


@click.command()
@json_option
def links(as_json: bool) -> None:
    """List the accounts on other interfaces, and whose they are."""
    users = daemon().get(routes.LINKS)
    if as_json:
        print_json(users)
        return
    rows = [
        (line(user["name"]), line(i["interface"]), line(i["name"] or "-"), line(i["external_id"]), when(i["linked_at"]))
        for user in users
        for i in user["identities"]
    ]
    if rows:
        print_table(("USER", "INTERFACE", "ACCOUNT", "ID", "LINKED"), rows)
    else:
        note("none is linked: `segue link` changes that")


@click.command()
@click.argument("interface")
@click.argument("account")
def unlink(interface: str, account: str) -> None:
    """Take an account, by its id or its name, from its user: segue unlink discord 1234567. See `segue links`."""
    found = _find_account(interface, account)
    daemon().delete(routes.path(routes.IDENTITY, interface=interface, external_id=found))
    note(line(f"{interface} {account} is nobody's now"))


def _find_account(interface: str, wanted: str) -> str:
    """Return the id of the linked account that is meant; what is no name of one is taken as an id."""
    known = [i for user in daemon().get(routes.LINKS) for i in user["identities"] if i["interface"] == interface]
    named = [i["external_id"] for i in known if i["name"] == wanted]
    if any(i["external_id"] == wanted for i in known) or not named:
        return wanted
    if len(named) > 1:
        raise Failed(f"{len(named)} accounts are called '{line(wanted)}': name one by its id\n  {', '.join(named)}")
    return str(named[0])
