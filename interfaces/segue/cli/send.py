"""`segue send`: say something in a session, for everyone who is attached."""

from __future__ import annotations

import sys
from typing import Any

import click

from segue import routes
from segue.cli.console import json_option, line, note, print_json, short
from segue.cli.naming import find_session, session_option
from segue.cli.wire import daemon


def text_argument(words: tuple[str, ...]) -> str:
    """Return the TEXT of a command, its words joined; what is piped in if it is `-` or left out."""
    if words and words != ("-",):
        return " ".join(words)
    if not words and sys.stdin.isatty():
        raise click.UsageError("say what to send: give TEXT, or '-' to read it from standard input")
    piped = sys.stdin.buffer.read().decode(errors="replace").removesuffix("\n")
    if not piped.strip():
        raise click.UsageError("standard input was empty: there is nothing to send")
    return piped


@click.command()
@click.argument("text", nargs=-1)
@session_option
@click.option("--sender", metavar="NAME", help="The name shown with it; else yours.")
@click.option("--role", type=click.Choice(["user", "assistant", "system", "tool"]), default="user", show_default=True)
@click.option("--respond/--no-respond", default=None, help="Ask for an answer, or not; else as the session does.")
@json_option
def send(
    text: tuple[str, ...], session: str | None, sender: str | None, role: str, respond: bool | None, as_json: bool
) -> None:
    """Add a message to a session and return once it is on disk.

    TEXT, one word or many, is read from standard input if it is '-' or left out."""
    content = text_argument(text)
    found = find_session(session)
    body: dict[str, Any] = {"role": role, "content": content}
    if sender is not None:
        body["sender"] = sender
    if respond is not None:
        body["respond"] = respond
    message = daemon().post(routes.path(routes.MESSAGES, session_id=found["id"]), body)
    if as_json:
        print_json(message)
    else:
        note(f"sent to {line(found['title'])} ({short(found['id'])})")
