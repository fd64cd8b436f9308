"""`segue` and `segue connect …`: attach a front-end, starting the daemon where none runs."""

from __future__ import annotations

import shutil
import sys

import click

from segue import routes
from segue.cli.console import Failed
from segue.cli.launch import ensure_running
from segue.cli.naming import PAGE, find_session, session_option
from segue.cli.wire import daemon

GREETING = "What can you do?"
HOW_TO_ATTACH = """
That was one message, for want of a terminal. The daemon goes on running; attach to this conversation with
  {segue}                the terminal chat
  {segue} tail           watch it live
  {segue} send "…"       say something
  {segue} server stop    end the daemon"""


@click.group()
def connect() -> None:
    """Attach a front-end."""


@connect.command()
@session_option
def tui(session: str | None) -> None:
    """Open the terminal chat."""
    open_chat(session, last_used=False)


def open_chat(session: str | None, *, last_used: bool) -> None:
    """Open the terminal chat on `session`, on the one last used anywhere, or on the terminal's own. Without a terminal
    send one message there and say how to attach."""
    ensure_running()
    session_id = find_session(session)["id"] if session else _last_used() if last_used else None
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        _introduce(session_id or find_session(None)["id"])
        return
    from segue.tui.app import run

    sys.exit(run(session_id))


def _last_used() -> str:
    page = daemon().get(routes.SESSIONS, archived=False, limit=PAGE)
    if not page["sessions"]:
        raise Failed("there is no session to continue yet: `segue` begins one")
    newest = max(page["sessions"], key=lambda s: str(s["updated_at"]))  # pinned ones come first in the list
    return str(newest["id"])


def _introduce(session_id: str) -> None:
    from segue.cli.ask import question

    click.echo(f"> {GREETING}")
    question(session_id, GREETING)
    click.echo(HOW_TO_ATTACH.format(segue="segue" if shutil.which("segue") else sys.argv[0]))
