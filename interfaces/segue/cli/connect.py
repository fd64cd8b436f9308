"""`segue` and `segue connect …`: attach a front-end, starting the daemon where none runs."""

from __future__ import annotations

import os
import shutil
import sys

import click

from segue import routes
from segue.cli.console import Failed
from segue.cli.keys import hold_keys
from segue.cli.launch import ensure_running
from segue.cli.naming import PAGE, find_session, session_option
from segue.cli.wire import daemon

_IN_BROWSER = bool(os.environ.get("TEXTUAL_DRIVER"))  # the chat is a child of `--serve`, and the browser its terminal
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
@click.option("--serve", is_flag=True, help="Show it in a browser on this machine instead of here.")
@click.option("--port", type=click.IntRange(1, 65535), default=7349, show_default=True, help="Where to serve it.")
def tui(session: str | None, serve: bool, port: int) -> None:
    """Open the terminal chat."""
    if serve:
        serve_chat(session, port)
    else:
        open_chat(session, last_used=False)


def serve_chat(session: str | None, port: int) -> None:
    """Serve the terminal chat to a browser until interrupted."""
    ensure_running()
    chosen = find_session(session)["id"] if session else None
    from segue.tui.serve import HOST, ChatServer

    try:
        ChatServer(port, chosen).serve()
    except OSError as exc:
        raise Failed(f"{HOST}:{port} cannot be listened on ({exc.strerror}): --port takes another") from exc


@connect.command()
def discord() -> None:
    """Run the Discord bot here, until Ctrl-C."""
    from segue.cli.discord import run_bot

    run_bot(start=True)


def open_chat(session: str | None, *, last_used: bool) -> None:
    """Open the terminal chat on `session`, on the one last used anywhere, or on the terminal's own. Without a terminal
    send one message there and say how to attach."""

    def prepare() -> str | None:
        ensure_running()
        return find_session(session)["id"] if session else _last_used() if last_used else None

    if not _IN_BROWSER:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            _introduce(prepare() or find_session(None)["id"])
            return
        hold_keys()
    from segue.tui.app import run

    sys.exit(run(prepare))


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
