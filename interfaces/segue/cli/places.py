"""`segue bind`, `bindings`, `unbind`: which place shows which session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

import click

from segue import routes
from segue.cli.console import Failed, json_option, line, note, print_json, print_table, short
from segue.cli.naming import find_session, session_argument
from segue.cli.wire import daemon

if TYPE_CHECKING:
    from segue.cli.discord_rest import DiscordRest

_DISCORD_CHANNEL = re.compile(r"(?:<#|https://(?:\w+\.)?discord(?:app)?\.com/channels/(?:\d+|@me)/)(\d+)(?:>|/\d+|/)?")
_CHANNEL_ID = re.compile(r"[1-9][0-9]{0,18}")
_SERVED = ("tui", "discord", "cli", "http", "mcp")  # interfaces that come with Segue

Named = tuple[str, str | None]
"""A place and what people call it, where that is known."""


def find_place(interface: str, place: str) -> Named:
    """Return the place that is meant: of a Discord channel its id, also out of a link to it, a mention of it, or its
    name where one is bound that is called so. Raises `Failed` if several are."""
    found = _DISCORD_CHANNEL.fullmatch(place) if interface == "discord" else None
    if found or (interface == "discord" and _CHANNEL_ID.fullmatch(place)):
        return (found.group(1) if found else place), None
    bound = [b for b in daemon().get(routes.BINDINGS)["bindings"] if b["interface"] == interface]
    if any(b["place"] == place for b in bound):
        return place, None
    return _only(place, [(b["place"], b["name"]) for b in bound if b["name"]]) or (place, None)


def _only(wanted: str, known: list[Named]) -> Named | None:
    """Return the one place that is called so, in whichever guild: "#general" is also "#general @ The Pub"."""
    plain = wanted.casefold()
    named = [(place, name) for place, name in known if name and plain in (name.casefold(), _short(name).casefold())]
    if len(named) > 1:
        candidates = "\n".join(f"  {place}  {line(name or '')}" for place, name in named)
        raise Failed(f"'{line(wanted)}' could be any of {len(named)} places: name one by its id\n{candidates}")
    return named[0] if named else None


def _short(name: str) -> str:
    return name.rpartition(" @ ")[0] or name


def place_to_bind(interface: str, place: str) -> Named:
    """Return the place as `find_place` does; of a Discord channel that shows nothing yet, Discord knows the name.
    Raises `click.UsageError` if no Discord channel can be called so, and `Failed` if Discord has none with this id for
    the bot; of an interface that nothing is known to serve it warns only, for a program of the user's own may."""
    found, name = find_place(interface, place)
    if interface == "discord" and not _CHANNEL_ID.fullmatch(found):
        found, name = _only(place, _channels(place)) or _no_channel(place)
    elif interface == "discord":
        _check_channel(found)
    if interface not in _SERVED:
        note(
            f"nothing of Segue's serves '{line(interface)}', only a program of your own would: Segue has"
            f" {', '.join(_SERVED)}"
        )
    return found, name


def _channels(wanted: str) -> list[Named]:
    """Return the channels that the bot sees, if something like a channel's name is wanted and its token is here."""
    if not wanted.startswith("#"):
        return []
    try:
        return [*_discord().channels()]
    except Failed:
        return []


def _check_channel(channel_id: str) -> None:
    """Raise `Failed` if Discord has no such channel for the bot; without its token, or an answer, nobody knows."""
    try:
        unseen = _discord().channel_name(int(channel_id)) is None
    except Failed:
        return
    if unseen:
        raise Failed(
            f"Discord has no channel {channel_id} that the bot sees: is the id right (Copy Channel ID in the channel's"
            " menu), and may the bot's role View the Channel?"
        )


def _discord() -> DiscordRest:
    """Return the way to Discord with the bot's token; raises `Failed` where it is not on this machine."""
    from segue.cli.discord import settings, token_of
    from segue.cli.discord_rest import DiscordRest

    ours = settings()
    return DiscordRest(token_of(ours)[0], ours.api_url)


def _no_channel(place: str) -> NoReturn:
    raise click.UsageError(
        f"'{line(place)}' is no Discord channel: give its id or its link (Discord copies both from the channel's"
        " menu), a mention like <#123456>, or a name like '#general' of a channel that the bot sees"
    )


def describe(interface: str, place: str, name: str | None) -> str:
    """Return a place in words: "discord #general @ The Pub (123456)"."""
    return line(f"{interface} {name} ({place})" if name else f"{interface} {place}")


@click.command()
@click.argument("interface")
@click.argument("place")
@session_argument()
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

    A Discord channel is named by its id, by the link to it, by a mention, or as '#general'."""
    place, name = place_to_bind(interface, place)
    found = find_session(session)
    body = {"session_id": found["id"], "policy": policy} | ({"name": name} if name else {})
    binding = daemon().put(routes.path(routes.BINDING, interface=interface, place=place), body)
    if as_json:
        print_json(binding)
    else:
        where = describe(interface, place, binding["name"])
        note(f"{where} now shows {line(found['title'])} ({short(found['id'])})")


@click.command()
@click.argument("interface")
@click.argument("place")
def unbind(interface: str, place: str) -> None:
    """Show nothing at a place any more; the session stays."""
    place, name = find_place(interface, place)
    daemon().delete(routes.path(routes.BINDING, interface=interface, place=place))
    note(f"{describe(interface, place, name)} shows no session now")


@click.command()
@json_option
def bindings(as_json: bool) -> None:
    """List the places and what they show."""
    found = daemon().get(routes.BINDINGS)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            line(b["interface"]),
            line(b["name"] or "-"),
            line(b["place"]),
            b["policy"],
            short(b["session_id"]),
            line(b["session_title"]),
        )
        for b in found["bindings"]
    ]
    if rows:
        print_table(("INTERFACE", "NAME", "PLACE", "POLICY", "SESSION", "TITLE"), rows)
    else:
        note("no place shows a session: `segue bind` changes that")
