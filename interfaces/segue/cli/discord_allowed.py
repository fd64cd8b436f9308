"""The lists of who may use the bot, as a person changes them: shown by name, added to, taken from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import click

from segue.cli.console import line, note
from segue.cli.discord_rest import DiscordRest, Guild
from segue.discord_settings import DiscordSettings

LISTS = {
    "allow_guilds": "guilds",
    "allow_users": "people",
    "allow_channels": "channels",
    "admin_users": "admins",
}
_NUMBERS = re.compile(r"\s*([+-]?[0-9]{1,19}([\s,]+|$))+")


class Lists:
    """Those lists of the settings. What is changed in them is what `changes` returns."""

    def __init__(self, settings: DiscordSettings, rest: DiscordRest, joined: Iterable[Guild]) -> None:
        self._before: dict[str, tuple[int, ...]] = {key: getattr(settings, key) for key in LISTS}
        self._now = dict(self._before)
        self._rest = rest
        self._guilds = {guild.id: guild.name for guild in joined}

    def changes(self) -> Iterator[tuple[str, list[int]]]:
        """Yield the lists that are not any more as they were."""
        for key, ids in self._now.items():
            if ids != self._before[key]:
                yield key, list(ids)

    def show(self) -> None:
        """Show who is in them; nothing where all are empty."""
        if any(self._now.values()):
            click.echo("Who may use it now:")
        for key, ids in self._now.items():
            if ids:
                named = ", ".join(f"{line(self._name(key, i))} ({i})" for i in ids)
                click.echo(f"  {LISTS[key]:<10} {named}")

    def add(self, key: str, ids: Iterable[int]) -> None:
        self._now[key] = tuple(dict.fromkeys((*self._now[key], *ids)))

    def remove(self, key: str, ids: Iterable[int]) -> None:
        """Take ids out; those that are not in it are told."""
        for missing in [i for i in ids if i not in self._now[key]]:
            note(f"{missing} is not among the {LISTS[key]}")
        self._now[key] = tuple(i for i in self._now[key] if i not in set(ids))

    def ask(self) -> None:
        """Ask what is to be changed, if there is anything in them yet."""
        if not any(self._now.values()) or not click.confirm("Change any of that?", default=False):
            return
        for key, what in LISTS.items():
            added, removed = _ask(what)
            self.add(key, added)
            self.remove(key, removed)

    def _name(self, key: str, number: int) -> str:
        if key == "allow_guilds":
            return self._guilds.get(number, "without the bot")
        if key == "allow_channels":
            name = self._rest.channel_name(number)
            return f"#{name}" if name else "out of the bot's sight"
        return self._rest.user_name(number) or "nobody whom Discord knows"


def _ask(what: str) -> tuple[list[int], list[int]]:
    """Return the ids to be added and those to be taken out."""
    while True:
        text = click.prompt(
            f"{what.capitalize()}: ID adds one, -ID takes one out, Enter leaves them", default="", show_default=False
        )
        if not text or _NUMBERS.fullmatch(text):
            break
        note("ids are numbers: in Discord, Copy ID in the menu of a guild, a channel or a person (Developer Mode on)")
    said = text.replace(",", " ").split()
    return [int(i) for i in said if not i.startswith("-")], [-int(i) for i in said if i.startswith("-")]
