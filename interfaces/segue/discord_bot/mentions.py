"""Whom a person at the terminal calls: a mention that they wrote pings exactly that one, and nothing else pings."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from itertools import chain

import discord

from segue.client import Client
from segue.discord_bot.outlet import INTERFACE, channel_id
from segue.models import Message

log = logging.getLogger(__name__)

_BY_HAND = ("tui", "cli")
_MOST = 10  # mentions in one message
_LONGEST_NAME = 32
_NOT_SAID = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`|^[ \t]*>[^\n]*", re.DOTALL | re.MULTILINE)  # code, and quotes
_ID = re.compile(r"<@!?(\d{1,19})>")
_NAME = re.compile(r"(?<![\w@<])@(?!everyone\b|here\b)(?=\w)")
_WORD = re.compile(r"\w+")

Names = dict[int, tuple[str, ...]]
"""What people are called, by their ids."""


class Mentions:
    """The mentions in what is brought to one place."""

    def __init__(self, bot: discord.Client, client: Client, place: str) -> None:
        self._bot = bot
        self._client = client
        self._id = channel_id(place) or 0

    async def find(self, message: Message) -> tuple[str, tuple[int, ...]]:
        """Return the text with the names of people as mentions, and the ids of those whom it pings."""
        if "@" not in message.content or not await self._is_by_hand(message):
            return message.content, ()
        names = await self._names(set(first_words(message.content)))
        text = with_mentions(message.content, names)
        return text, mentioned(text)

    async def _is_by_hand(self, message: Message) -> bool:
        """Tell whether somebody wrote it at a terminal who is known at Discord, too."""
        if message.role != "user" or message.interface not in _BY_HAND or message.user_id is None:
            return False
        users = await self._client.users()
        accounts = chain.from_iterable(user.identities for user in users if user.id == message.user_id)
        return any(account.interface == INTERFACE for account in accounts)

    async def _names(self, words: set[str]) -> Names:
        """Return the members of the place's guild whose names begin with one of the words."""
        channel = self._bot.get_channel(self._id)
        guild = channel.guild if isinstance(channel, discord.abc.GuildChannel | discord.Thread) else None
        found: Names = {}
        if guild is None:
            return found
        for word in sorted(words)[:_MOST]:
            try:
                members = await guild.query_members(word, limit=20, cache=False)
            except (discord.DiscordException, TimeoutError, OSError) as exc:
                log.info("nobody is found who is called %r: %s", word, exc or type(exc).__name__)
                continue
            found |= {m.id: tuple(name for name in (m.nick, m.global_name, m.name) if name) for m in members}
        return found


def first_words(text: str) -> Iterator[str]:
    """Yield the first word of everything that may be a name."""
    for start in _places_of_names(text):
        if word := _WORD.match(text, start):
            yield word.group()


def with_mentions(text: str, names: Names) -> str:
    """Return the text with mentions instead of the names; a name that two people bear stays a name."""
    done, parts = 0, []
    for start in _places_of_names(text):
        if start > done and (hit := _longest(text[start : start + _LONGEST_NAME + 1], names)):
            who, length = hit
            parts += [text[done : start - 1], f"<@{who}>"]
            done = start + length
    return "".join([*parts, text[done:]])


def mentioned(text: str) -> tuple[int, ...]:
    """Return whom a text mentions outside of code and quotes, each once."""
    return tuple(dict.fromkeys(int(found) for found in _ID.findall(_NOT_SAID.sub(" ", text))))[:_MOST]


def _places_of_names(text: str) -> list[int]:
    silent = [found.span() for found in _NOT_SAID.finditer(text)]
    starts = [found.end() for found in _NAME.finditer(text)]
    return [at for at in starts if not any(begin <= at < end for begin, end in silent)]


def _longest(text: str, names: Names) -> tuple[int, int] | None:
    """Return who is called as the text begins, and how long the name is."""
    hits = {(len(name), who) for who, called in names.items() for name in called if _begins_with(text, name)}
    longest = max((length for length, _ in hits), default=0)
    who = [one for length, one in hits if length == longest]
    return (who[0], longest) if len(who) == 1 else None


def _begins_with(text: str, name: str) -> bool:
    return text[: len(name)].casefold() == name.casefold() and not text[len(name) : len(name) + 1].isalnum()
