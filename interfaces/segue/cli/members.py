"""`segue sessions members …`, `invite`, `invitations`, `join`: who belongs to a session."""

from __future__ import annotations

import os
from typing import Any

import click

from segue import routes
from segue.cli.console import Failed, json_option, line, note, print_json, print_table, short, when
from segue.cli.durations import Duration
from segue.cli.naming import find_session, session_argument
from segue.cli.wire import Wire, daemon, where
from segue.routes import path

_ROLES = click.Choice(["writer", "reader"])
_Pair = tuple[str | None, click.Command | None, list[str]]


class _ListsByDefault(click.Group):
    """A group whose first word may also be the session that is to be listed."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> _Pair:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["list", *args])


@click.group(cls=_ListsByDefault)
def members() -> None:
    """List the members of a session (`segue sessions members SESSION`), add or remove them."""


@members.command("list")
@session_argument()
@json_option
def list_(session: str, as_json: bool) -> None:
    """List who belongs to a session, and as what."""
    found = find_session(session)
    if as_json:
        print_json(found["members"])
        return
    print_table(("MEMBER", "ROLE"), [(line(m["name"]), m["role"]) for m in found["members"]])


@members.command()
@session_argument()
@click.argument("user")
@click.option("--role", type=_ROLES, default="reader", show_default=True)
@json_option
def add(session: str, user: str, role: str, as_json: bool) -> None:
    """Let a user into a session, or give a member another role."""
    _put(find_session(session), user, role, as_json, f"{line(user)} is a {role} of")


@members.command("hand-over")
@session_argument()
@click.argument("user")
@json_option
def hand_over(session: str, user: str, as_json: bool) -> None:
    """Let another user own a session; you stay as a writer."""
    _put(find_session(session), user, "owner", as_json, f"{line(user)} owns")


@members.command()
@session_argument()
@click.argument("user")
def remove(session: str, user: str) -> None:
    """Take a member out of a session; what they follow of it ends at once."""
    found = find_session(session)
    daemon().delete(path(routes.SESSION_MEMBER, session_id=found["id"], user=user))
    note(f"{line(user)} is no member any more: {_titled(found)}")


@members.command()
@session_argument()
def leave(session: str) -> None:
    """Leave a session that is somebody else's."""
    found = find_session(session)
    me = daemon().get(routes.ME)["user"]["id"]
    daemon().delete(path(routes.SESSION_MEMBER, session_id=found["id"], user=me))
    note(f"left: {_titled(found)}")


def _put(found: dict[str, Any], user: str, role: str, as_json: bool, done: str) -> None:
    changed = daemon().put(path(routes.SESSION_MEMBER, session_id=found["id"], user=user), {"role": role})
    if as_json:
        print_json(changed["members"])
    else:
        note(f"{done} {_titled(found)} now")


@click.command()
@session_argument()
@click.option("--role", type=_ROLES, default="reader", show_default=True, help="As what they come in.")
@click.option("--uses", type=click.IntRange(1, 10_000), default=1, show_default=True, help="For how many people.")
@click.option("--expires", type=Duration(), default="7d", show_default=True, help="For how long: 12h, 30d, 2w.")
@click.option("--new-user", is_flag=True, help="For people without an account, who are given one (admins only).")
@json_option
def invite(session: str, role: str, uses: int, expires: int, new_user: bool, as_json: bool) -> None:
    """Make a code that lets somebody into a session; they enter it with `segue join CODE`."""
    found = find_session(session)
    body = {"role": role, "uses": uses, "expires_in_seconds": expires, "new_user": new_user}
    made = daemon().post(path(routes.SESSION_INVITATIONS, session_id=found["id"]), body)
    if as_json:
        print_json(made)
        return
    click.echo(made["code"])
    how = "segue join CODE --name THEIR-NAME" if new_user else "segue join CODE"
    note(f"it makes who enters it ({how}) a {role} of {_titled(found)}; good until {when(made['expires_at'])}")


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def invitations(ctx: click.Context, as_json: bool) -> None:
    """List the invitations into your sessions, or take one back."""
    if ctx.invoked_subcommand is None:
        _list_invitations(as_json)


def _list_invitations(as_json: bool) -> None:
    found = daemon().get(routes.INVITATIONS)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            short(i["id"]),
            i["role"] + (", new user" if i["new_user"] else ""),
            f"{i['uses_left']} of {i['uses']}",
            when(i["expires_at"]),
            line(i["created_by"]),
            line(i["title"]),
        )
        for i in found
    ]
    if rows:
        print_table(("ID", "ROLE", "LEFT", "UNTIL", "BY", "SESSION"), rows)
    else:
        note("there are none")


@invitations.command()
@click.argument("invitation")
def delete(invitation: str) -> None:
    """Take an invitation back, given by its id or its end."""
    matches = [i for i in daemon().get(routes.INVITATIONS) if len(invitation) >= 4 and i["id"].endswith(invitation)]
    if len(matches) != 1:
        raise Failed(f"'{line(invitation)}' could be any of {len(matches)}: see `segue invitations`")
    daemon().delete(path(routes.INVITATION, invitation_id=matches[0]["id"]))
    note(f"taken back: {short(matches[0]['id'])}")


@click.command()
@click.argument("code")
@click.option("--name", metavar="NAME", help="You have no account here: what you want to be called.")
@json_option
def join(code: str, name: str | None, as_json: bool) -> None:
    """Enter a code that somebody gave you, and be a member of the session that it leads into."""
    if name is None:
        joined = daemon().post(routes.JOIN, {"code": code})
    else:
        joined = Wire(where(), None).post(routes.JOIN_AS_NEW_USER, {"code": code, "name": name})
    if as_json:
        print_json(joined)
        return
    note(f"you are a member of {_titled(joined['session'])} now")
    if name is not None:
        click.echo(joined["token"]["token"])
        note(f"that is your token, shown only this once: export SEGUE_TOKEN=… {_address()}")


def _address() -> str:
    return f"SEGUE_URL={os.environ['SEGUE_URL']}" if "SEGUE_URL" in os.environ else ""


def _titled(session: dict[str, Any]) -> str:
    return f"{line(session['title'])} ({short(session['id'])})"
