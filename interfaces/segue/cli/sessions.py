"""`segue sessions …`: the conversations, listed and kept in order."""

from __future__ import annotations

import sys
from typing import Any

import click

from segue import routes
from segue.cli.console import Failed, counted, json_option, line, note, print_json, print_table, short, when
from segue.cli.members import members
from segue.cli.naming import find_session, session_argument
from segue.cli.transcript import print_message
from segue.cli.wire import daemon
from segue.routes import path


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def sessions(ctx: click.Context, as_json: bool) -> None:
    """List, make, show, rename, archive or delete sessions."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, as_json=as_json)
    elif as_json:
        raise click.UsageError(f"--json stands behind '{ctx.invoked_subcommand}', if it has it")


sessions.add_command(members)


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
@click.argument("title", required=False)
@click.option("--agent", metavar="NAME", help="Who answers; by default chat.")
@click.option("--model", metavar="MODEL", help="Another model than the agent's.")
@click.option("--project", metavar="NAME", help="The project that it belongs to.")
@click.option("--reply", type=click.Choice(["always", "mention", "never"]), help="When the agent answers.")
@json_option
def new(
    title: str | None, agent: str | None, model: str | None, project: str | None, reply: str | None, as_json: bool
) -> None:
    """Make a session. The agent answers in it as it does in the terminal, unless --reply says otherwise."""
    asked = {"title": title, "agent_name": agent, "model_id": model, "project_id": project, "reply": reply}
    made = daemon().post(routes.SESSIONS, {name: value for name, value in asked.items() if value is not None})
    if as_json:
        print_json(made)
    else:
        click.echo(made["id"])


@sessions.command()
@session_argument(required=False)
@click.option("--number", "-n", type=click.IntRange(1), help="Only the last messages.")
@click.option("--context", is_flag=True, help="Instead, what happened besides talk: files, searches, decisions …")
@json_option
def show(session: str | None, number: int | None, context: bool, as_json: bool) -> None:
    """Print a session's messages, or its context."""
    if context:
        _show_context(find_session(session), number, as_json)
        return
    found = daemon().get(path(routes.SESSION, session_id=find_session(session)["id"]), limit=number)
    if as_json:
        print_json(found)
        return
    note(f"{line(found['title'])} · {found['id']} · {found['message_count']} messages · agent {found['agent_name']}")
    if origin := found["forked_from"]:
        note(f"forked from {line(origin['title'])} ({short(origin['session_id'])}) at event {origin['seq']}")
    for message in found["messages"]:
        remark = "" if message["status"] == "complete" else message["status"]
        print_message(message["created_at"], message["sender"], message["content"], remark)


def _show_context(session: dict[str, Any], number: int | None, as_json: bool) -> None:
    found = daemon().get(path(routes.CONTEXT, session_id=session["id"]), limit=number)
    if as_json:
        print_json(found)
        return
    context = found["context"]
    scores = context["file_importance_scores"]
    left_out = " · older entries left out" if found["left_out"] else ""
    note(f"{line(session['title'])} · {session['id']} · context of {found['size_bytes']} bytes{left_out}")
    lists = {
        "Files": [(f["timestamp"], _with_score(f["path"], scores)) for f in context["files_accessed"]],
        "Searches": [(s["timestamp"], s["query"]) for s in context["recent_searches"]],
        "Decisions": [(d["timestamp"], d["decision"]) for d in context["decisions"]],
        "Memories": [(m["timestamp"], m["memory_key"] or m["memory_id"]) for m in context["saved_memories"]],
    }
    for title, entries in lists.items():
        if entries:
            click.echo(click.style(title, bold=True))
        for at, text in entries:
            click.echo(f"  {click.style(when(at), dim=True)} {line(text)}")
    if not any(lists.values()):
        note("nothing happened there besides talk")
    tokens = daemon().get(path(routes.SESSION, session_id=session["id"]), limit=1)["tokens"]
    counted = "as the provider counted" if tokens["source"] == "provider" else "estimated"
    note(f"the model is given {tokens['count']} tokens of the conversation ({counted})")
    if summary := found["compressed_context"]:
        heading = f"Summary of the first {summary['message_count']} messages, up to {when(summary['upto_at'])}"
        click.echo(click.style(f"{heading} (the transcript is whole)", bold=True))
        click.echo("\n".join(line(text) for text in summary["text"].splitlines()))


def _with_score(file_path: str, scores: dict[str, float]) -> str:
    return f"{file_path} ({scores[file_path]:g})" if file_path in scores else file_path


@sessions.command()
@session_argument(required=False)
@json_option
def compact(session: str | None, as_json: bool) -> None:
    """Summarise a session's earlier messages for its model, now. The transcript keeps them."""
    found = find_session(session)
    done = daemon().post(path(routes.COMPRESS, session_id=found["id"]))
    if as_json:
        print_json(done)
        return
    summary = done["summary"]
    tokens = f": {summary['tokens_after']} tokens instead of {summary['tokens_before']}" if done["changed"] else ""
    note(f"{done['message']}{tokens} · {line(found['title'])} ({short(found['id'])})")


@sessions.command()
@session_argument()
@click.argument("project")
@json_option
def project(session: str, project: str, as_json: bool) -> None:
    """Put a session into a project: its sessions share what the project remembers. '' takes it out."""
    _change(session, {"project_id": project or None}, as_json, f"now of {project}" if project else "of no project now")


@sessions.command()
@session_argument()
@click.option("--upto", metavar="SEQ", type=click.IntRange(0), help="Only up to and with this event.")
@click.option("--title", metavar="TITLE", help="What the copy is to be called.")
@json_option
def fork(session: str, upto: int | None, title: str | None, as_json: bool) -> None:
    """Copy a session into a new one of yours, to go on differently: messages and context."""
    body = {name: value for name, value in (("upto_seq", upto), ("title", title)) if value is not None}
    made = daemon().post(path(routes.SESSION_FORK, session_id=find_session(session)["id"]), body)
    if as_json:
        print_json(made)
    else:
        note(f"{counted(made['message_count'], 'message')} copied: {line(made['title'])} ({short(made['id'])})")


@sessions.command()
@session_argument()
@click.argument("title")
@json_option
def rename(session: str, title: str, as_json: bool) -> None:
    """Give a session another title."""
    _change(session, {"title": title}, as_json, "renamed")


@sessions.command()
@session_argument()
@click.option("--undo", is_flag=True, help="Take it back out of the archive.")
@json_option
def archive(session: str, undo: bool, as_json: bool) -> None:
    """Put a session away; nothing of it is lost."""
    _change(session, {"archived": not undo}, as_json, "out of the archive again" if undo else "archived")


@sessions.command()
@session_argument()
@click.option("--undo", is_flag=True, help="Let it be like the others again.")
@json_option
def pin(session: str, undo: bool, as_json: bool) -> None:
    """Keep a session at the top of the list, and from expiring."""
    _change(session, {"pinned": not undo}, as_json, "no longer pinned" if undo else "pinned")


@sessions.command()
@session_argument()
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
