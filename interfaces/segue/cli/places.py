"""`segue bind`, `bindings`, `unbind`: which place shows which session."""

from __future__ import annotations

import re

import click

from segue import routes
from segue.cli.console import json_option, line, note, print_json, print_table, short
from segue.cli.naming import find_session
from segue.cli.wire import daemon

_DISCORD_CHANNEL = re.compile(r"(?:<#|https://(?:\w+\.)?discord(?:app)?\.com/channels/(?:\d+|@me)/)(\d+)(?:>|/\d+|/)?")
_CHANNEL_ID = re.compile(r"[1-9][0-9]{0,18}")
_SERVED = ("tui", "discord", "cli", "http", "mcp")  # interfaces that come with Segue


def find_place(interface: str, place: str) -> str:
    """Return the place's name: of a Discord channel its id, also out of a link to it or a mention of it."""
    found = _DISCORD_CHANNEL.fullmatch(place) if interface == "discord" else None
    return found.group(1) if found else place


def place_to_bind(interface: str, place: str) -> str:
    """Return the place's name as `find_place` does. Raises `click.UsageError` if no Discord channel can be called so;
    of an interface that nothing is known to serve it warns only, for a program of the user's own may."""
    place = find_place(interface, place)
    if interface == "discord" and not _CHANNEL_ID.fullmatch(place):
        raise click.UsageError(
            f"'{line(place)}' is no Discord channel: give its id or its link (Discord copies both from the channel's"
            " menu), or a mention like <#123456>"
        )
    if interface not in _SERVED:
        note(
            f"nothing of Segue's serves '{line(interface)}', only a program of your own would: Segue has"
            f" {', '.join(_SERVED)}"
        )
    return place


@click.command()
@click.argument("interface")
@click.argument("place")
@click.argument("session")
@click.option(
    "--policy",
    type=click.Choice(["live", "final", "mention", "muted"]),
    default="live",
    show_default=True,
    help="What the place is shown: answers as they grow, when done, only what mentions it, nothing.",
)
@json_option
def bind(interface: str, place: str, session: str, policy: str, as_json: bool) -> None:
    """Show SESSION at a place of an interface, like: segue bind discord 123456 "Release plan".

    A Discord channel is named by its id, by the link to it or by a mention."""
    place = place_to_bind(interface, place)
    found = find_session(session)
    where = routes.path(routes.BINDING, interface=interface, place=place)
    binding = daemon().put(where, {"session_id": found["id"], "policy": policy})
    if as_json:
        print_json(binding)
    else:
        note(f"{interface} {place} now shows {line(found['title'])} ({short(found['id'])})")


@click.command()
@click.argument("interface")
@click.argument("place")
def unbind(interface: str, place: str) -> None:
    """Show nothing at a place any more; the session stays."""
    place = find_place(interface, place)
    daemon().delete(routes.path(routes.BINDING, interface=interface, place=place))
    note(f"{interface} {place} shows no session now")


@click.command()
@json_option
def bindings(as_json: bool) -> None:
    """List the places and what they show."""
    found = daemon().get(routes.BINDINGS)
    if as_json:
        print_json(found)
        return
    rows = [
        (line(b["interface"]), line(b["place"]), short(b["session_id"]), b["policy"], str(b["cursor"]))
        for b in found["bindings"]
    ]
    if rows:
        print_table(("INTERFACE", "PLACE", "SESSION", "POLICY", "SERVED"), rows)
    else:
        note("no place shows a session: `segue bind` changes that")
