"""`segue users …`: who has an account here, kept by an admin."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import urlencode

import click

from segue import routes
from segue.cli.console import Failed, counted, json_option, line, note, print_json, print_table, short, when
from segue.cli.wire import daemon
from segue.routes import path


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def users(ctx: click.Context, as_json: bool) -> None:
    """List, add, show, rename, disable, enable or remove users."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, as_json=as_json)
    elif as_json:
        raise click.UsageError(f"--json stands behind '{ctx.invoked_subcommand}', if it has it")


@users.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the users, their accounts, and how much is theirs."""
    found = daemon().get(routes.USERS)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            line(user["name"]),
            "disabled" if user["disabled_at"] else "active",
            f"{user['sessions_owned']}+{user['sessions_joined']}",
            str(user["tokens"]),
            when(user["last_used_at"]) if user["last_used_at"] else "-",
            ", ".join(_account(i) for i in user["identities"]) or "-",
        )
        for user in found
    ]
    print_table(("USER", "STATE", "SESSIONS", "TOKENS", "TOKEN USED", "ACCOUNTS"), rows)
    note("sessions: owned + joined")


def _account(identity: dict[str, Any]) -> str:
    return line(f"{identity['interface']} {identity['name'] or identity['external_id']}")


@users.command()
@click.argument("name")
@json_option
def add(name: str, as_json: bool) -> None:
    """Make a user. They come in with a token (`segue token create --user NAME`), or an account that they link."""
    made = daemon().post(routes.USERS, {"name": name})
    if as_json:
        print_json(made)
    else:
        note(f"made: {line(made['name'])}; they need a token: segue token create --name NAME --user '{line(name)}'")


@users.command()
@click.argument("user")
@json_option
def show(user: str, as_json: bool) -> None:
    """Show a user with their accounts and tokens."""
    found = _find(user)
    tokens = [token for token in daemon().get(routes.TOKENS) if token["user_id"] == found["id"]]
    if as_json:
        print_json(found | {"tokens": tokens})
        return
    state = f"disabled {when(found['disabled_at'])}" if found["disabled_at"] else "active"
    click.echo(f"{line(found['name'])} · {found['id']} · {state} · since {when(found['created_at'])}")
    click.echo(f"owns {counted(found['sessions_owned'], 'session')}, member of {found['sessions_joined']} others")
    for identity in found["identities"]:
        click.echo(f"account  {_account(identity)} ({line(identity['external_id'])})")
    for token in tokens:
        used = when(token["last_used_at"]) if token["last_used_at"] else "never"
        scopes = ",".join(token["scopes"])
        click.echo(f"token    {short(token['id'])}  {scopes}  used {used}  {line(token['name'])}")


@users.command()
@click.argument("user")
@click.argument("name")
@json_option
def rename(user: str, name: str, as_json: bool) -> None:
    """Give a user another name. What they said before stays under the old one."""
    _change(user, {"name": name}, as_json, f"{line(user)} is {line(name)} now")


@users.command()
@click.argument("user")
@json_option
def disable(user: str, as_json: bool) -> None:
    """Refuse a user from now on, whichever way they come; nothing of theirs is lost."""
    _change(user, {"disabled": True}, as_json, f"disabled: {line(user)}; what they had open was cut off")


@users.command()
@click.argument("user")
@json_option
def enable(user: str, as_json: bool) -> None:
    """Let a disabled user in again."""
    _change(user, {"disabled": False}, as_json, f"enabled: {line(user)}")


@users.command()
@click.argument("user")
@click.option("--to", metavar="USER", help="Who gets their sessions and projects.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def remove(user: str, to: str | None, yes: bool) -> None:
    """Remove a user for good, with their tokens and links. What they said stays, under their name.

    Sessions that they own must go to somebody (--to), or be deleted before. What they had scheduled goes along where
    the new owner may write, and else ends."""
    found = _find(user)
    heir = _find(to) if to is not None else None
    if not yes:
        _confirm(found, heir)
    where = path(routes.USER, user=found["id"])
    gone = daemon().delete(f"{where}?{urlencode({'to': heir['id']})}" if heir else where)
    note(f"removed: {line(found['name'])}" + (f"; what was theirs is {line(heir['name'])}'s now" if heir else ""))
    if heir and gone["schedules_kept"]:
        note(f"{counted(gone['schedules_kept'], 'schedule')} of theirs post in the name of {line(heir['name'])} now")
    if gone["schedules_removed"]:
        note(f"{counted(gone['schedules_removed'], 'schedule')} of theirs went too: nobody else posts in their place")


def _confirm(user: dict[str, Any], heir: dict[str, Any] | None) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is there to ask: give --yes to remove without asking")
    what = f"{counted(user['sessions_owned'], 'session')} to {line(heir['name'])}" if heir else "no session to anybody"
    if not click.confirm(f"Remove {line(user['name'])} for good, and give {what}?", err=True):
        raise Failed("nobody was removed")


def _find(user: str) -> dict[str, Any]:
    """Return the user of that name or id."""
    known: list[dict[str, Any]] = daemon().get(routes.USERS)
    for found in [u for u in known if u["id"] == user] + [u for u in known if u["name"] == user]:
        return found
    raise Failed(f"there is no user '{line(user)}': see `segue users`")


def _change(user: str, changes: dict[str, Any], as_json: bool, done: str) -> None:
    changed = daemon().patch(path(routes.USER, user=user), changes)
    if as_json:
        print_json(changed)
    else:
        note(done)
