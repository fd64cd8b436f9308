"""`segue sessions …`: the conversations, listed and kept in order."""

from __future__ import annotations

import sys
from typing import Any

import click

from segue import routes
from segue.cli.console import Failed, json_option, line, note, print_json, print_table, short, when
from segue.cli.naming import find_session
from segue.cli.transcript import print_message
from segue.cli.wire import daemon
from segue.routes import path


@click.group(invoke_without_command=True)
@click.pass_context
def sessions(ctx: click.Context) -> None:
    """List, show, rename, archive or delete sessions."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@sessions.command("list")
@click.option("--search", metavar="TEXT", help="Only those with this in their title or last message.")
@click.option("--archived", is_flag=True, help="The archived ones instead.")
@click.option("--limit", type=click.IntRange(1, 100), default=50, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0, help="Leave out so many at the beginning.")
@json_option
def list_(search: str | None, archived: bool, limit: int, offset: int, as_json: bool) -> None:
    """List sessions: pinned ones first, then the latest changed."""
    page = daemon().get(routes.SESSIONS, search=search, archived=archived, limit=limit, offset=offset)
    if as_json:
        print_json(page)
        return
    rows = [
        (short(s["id"]), when(s["updated_at"]), str(s["message_count"]), ",".join(s["attached"]) or "-", _title(s))
        for s in page["sessions"]
    ]
    if rows:
        print_table(("ID", "CHANGED", "MESSAGES", "ATTACHED", "TITLE"), rows)
    if not page["total"]:
        note("there are none")
    elif offset + len(rows) < page["total"]:
        note(f"{page['total'] - offset - len(rows)} more: --offset {offset + len(rows)}")


@sessions.command()
@click.argument("session", required=False)
@click.option("--number", "-n", type=click.IntRange(1), help="Only the last messages.")
@json_option
def show(session: str | None, number: int | None, as_json: bool) -> None:
    """Print a session's messages."""
    found = daemon().get(path(routes.SESSION, session_id=find_session(session)["id"]), limit=number)
    if as_json:
        print_json(found)
        return
    note(f"{line(found['title'])} · {found['id']} · {found['message_count']} messages · agent {found['agent_name']}")
    for message in found["messages"]:
        remark = "" if message["status"] == "complete" else message["status"]
        print_message(message["created_at"], message["sender"], message["content"], remark)


@sessions.command()
@click.argument("session")
@click.argument("title")
@json_option
def rename(session: str, title: str, as_json: bool) -> None:
    """Give a session another title."""
    _change(session, {"title": title}, as_json, "renamed")


@sessions.command()
@click.argument("session")
@click.option("--undo", is_flag=True, help="Take it back out of the archive.")
@json_option
def archive(session: str, undo: bool, as_json: bool) -> None:
    """Put a session away; nothing of it is lost."""
    _change(session, {"archived": not undo}, as_json, "out of the archive again" if undo else "archived")


@sessions.command()
@click.argument("session")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(session: str, yes: bool) -> None:
    """Delete a session with everything in it, for good."""
    found = find_session(session)
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("nobody is there to ask: give --yes to delete without asking")
        question = (
            f"Delete '{line(found['title'])}' ({short(found['id'])}, {found['message_count']} messages) for good?"
        )
        if not click.confirm(question, err=True):
            raise Failed("nothing was deleted")
    daemon().delete(path(routes.SESSION, session_id=found["id"]))
    note(f"deleted: {line(found['title'])} ({short(found['id'])})")


def _change(session: str, changes: dict[str, Any], as_json: bool, done: str) -> None:
    found = daemon().patch(path(routes.SESSION, session_id=find_session(session)["id"]), changes)
    if as_json:
        print_json(found)
    else:
        note(f"{done}: {line(found['title'])} ({short(found['id'])})")


def _title(session: dict[str, Any]) -> str:
    return line(session["title"]) + (" (pinned)" if session["pinned"] else "")
