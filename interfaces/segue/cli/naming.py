"""Which session is meant: its id, either end of it, its title; without a word the terminal's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import click

from segue import routes
from segue.cli.console import Failed, line, short
from segue.cli.wire import Wire, daemon
from segue.errors import NotFound

PAGE = 100
WHOLE_ID_LENGTH = 32
SHORTEST_PART = 4
_LEADING = re.compile(r"^[\W_]+")

session_option = click.option(
    "--session", "-s", metavar="SESSION", help="Which session: an id, part of it, or its title; else the terminal's."
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
    for matches in (
        [s for s in everything if s["title"] == name],
        [s for s in everything if len(name) >= SHORTEST_PART and _has_end(s["id"], name)],
        [s for s in everything if (bare := _LEADING.sub("", name)) and _LEADING.sub("", s["title"]) == bare],
    ):
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


def _has_end(identifier: str, part: str) -> bool:
    return identifier.startswith(part.lower()) or identifier.endswith(part.lower())


def _ambiguous(name: str, matches: list[dict[str, Any]]) -> str:
    candidates = "\n".join(f"  {short(s['id'])}  {line(s['title'])}" for s in matches[:10])
    return f"'{name}' could be any of {len(matches)} sessions: name one by its id\n{candidates}"
