"""Which session is meant: its id, either end of it, its title; without a word the terminal's."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import click
from click.shell_completion import CompletionItem

from segue import routes
from segue.cli.console import Failed, line, short
from segue.cli.wire import Wire, daemon, where
from segue.errors import NotFound, SegueError
from segue.naming import called

PAGE = 100
WHOLE_ID_LENGTH = 32
COMPLETION_SECONDS = 2.0
_ONE_WORD = re.compile(r"\w[\w.-]*")


def complete_session(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return what stands for the sessions whose titles or short ids begin so, for the shell; nothing where the daemon
    does not answer at once."""
    try:
        with Wire(where(), os.environ.get("SEGUE_TOKEN"), retry_seconds=0, timeout_seconds=COMPLETION_SECONDS) as wire:
            sessions = wire.get(routes.SESSIONS, limit=PAGE)["sessions"]
    except SegueError:
        return []
    known = [(session["id"], session["title"]) for session in sessions]
    words = [(_word(key, title, known), title) for key, title in known]
    meant = [(word, title) for word, title in words if _begins(begun, word, title)]
    return [CompletionItem(word, help=_printable(title) if word != title else None) for word, title in sorted(meant)]


def _word(key: str, title: str, known: list[tuple[str, str]]) -> str:
    """Return the title, where that is one word that no shell takes for anything else and means this session alone;
    else the short id. Shells put into the command line what they are given, unquoted, and titles are by anybody."""
    for word in (title, title.lstrip("#")):
        if _ONE_WORD.fullmatch(word) and called(word, known) == [key]:
            return word
    return short(key)


def _begins(begun: str, *words: str) -> bool:
    return any(word.lower().startswith(begun.lower()) for word in words)


def _printable(title: str) -> str:
    return "".join(character if character.isprintable() else " " for character in title)


session_argument = partial(click.argument, "session", shell_complete=complete_session)
session_option = click.option(
    "--session",
    "-s",
    metavar="SESSION",
    shell_complete=complete_session,
    help="Which session: an id, part of it, or its title; else the terminal's.",
)


def find_session(name: str | None) -> dict[str, Any]:
    """Return the summary of the session that `name` means; of the one last open in the terminal if it is None.

    A title's leading punctuation may be left out (general: "#general") where nothing is called exactly so."""
    wire = daemon()
    if name is None:
        return terminal_session(wire)
    if len(name) >= WHOLE_ID_LENGTH and (found := _by_id(wire, name)):
        return found
    everything = list(all_sessions(wire))
    meant = set(called(name, [(s["id"], s["title"]) for s in everything]))
    matches = [session for session in everything if session["id"] in meant]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise Failed(_ambiguous(name, matches))
    raise Failed(f"no session is called '{name}': see `segue sessions list`")


def terminal_session(wire: Wire) -> dict[str, Any]:
    """Return the session that the terminal chat shows, made if there is none."""
    try:
        binding = wire.get(routes.path(routes.BINDING, interface="tui", place="main"))
        session: dict[str, Any] = wire.get(routes.path(routes.SESSION, session_id=binding["session_id"]), limit=1)
    except NotFound:
        session = wire.post(routes.SESSIONS, {"place": {"interface": "tui", "place": "main"}})
    return session


def all_sessions(wire: Wire, **where: Any) -> Iterator[dict[str, Any]]:
    """Yield the summaries of all sessions that the caller may see."""
    offset = 0
    while True:
        page = wire.get(routes.SESSIONS, limit=PAGE, offset=offset, **where)
        yield from page["sessions"]
        offset += PAGE
        if offset >= page["total"]:
            return


def _by_id(wire: Wire, identifier: str) -> dict[str, Any] | None:
    try:
        session: dict[str, Any] = wire.get(routes.path(routes.SESSION, session_id=identifier), limit=1)
    except NotFound:
        return None
    return session


def _ambiguous(name: str, matches: list[dict[str, Any]]) -> str:
    candidates = "\n".join(f"  {short(s['id'])}  {line(s['title'])}" for s in matches[:10])
    return f"'{name}' could be any of {len(matches)} sessions: name one by its id\n{candidates}"
