"""What people changed and took away at a place while nobody listened, found by comparing its newest messages with what
the daemon has of them."""

from __future__ import annotations

import discord

from segue.client import Client
from segue.discord_bot.acknowledgements import Acknowledgements
from segue.discord_bot.outlet import INTERFACE
from segue.discord_bot.reception import Reception
from segue.models import BindingState, Message

_LOOKED_AT = 100  # messages: one page of Discord's history
_MOST_PAGES = 2  # of what was known before a gap, and as many of what is new
_UNKNOWN_MESSAGE = 10008  # Discord's code for what does not stand where one may read


class Revision:
    """Looks back at places. What it raises passes: try again."""

    def __init__(self, client: Client, reception: Reception, acknowledgements: Acknowledgements) -> None:
        self._client = client
        self._reception = reception
        self._acknowledgements = acknowledgements

    async def look_back(self, place: int, before: dict[int, Message]) -> None:
        """Bring changes and deletions to the session, of what it had `before` the gap and of the newest, and give
        messages the reaction that the bot died before."""
        binding, channel = await self._reception.binding(place), await self._reception.channel(place)
        if binding is None or channel is None:
            return
        newest = await self.known(binding)
        for known in (before, {one: newest[one] for one in newest if one not in before}):
            await self._look_through(place, channel, known)

    async def known(self, binding: BindingState) -> dict[int, Message]:
        """Return what came from the place lately, by its ids there, but for commands, which are no messages."""
        session = await self._client.session(binding.session_id, limit=_LOOKED_AT)
        here = (INTERFACE, binding.place)
        mine = [m for m in session.messages if (m.interface, m.place) == here and (m.external_id or "").isdigit()]
        return {int(message.external_id or 0): message for message in mine}

    async def _look_through(self, place: int, channel: discord.abc.Messageable, known: dict[int, Message]) -> None:
        for _ in range(_MOST_PAGES):
            if known:
                known = await self._look_at(place, channel, known)

    async def _look_at(
        self, place: int, channel: discord.abc.Messageable, known: dict[int, Message]
    ) -> dict[int, Message]:
        """Compare a page of the history, from the newest of the known messages on; return what is older than it."""
        until = discord.Object(max(known) + 1)
        page = [message async for message in channel.history(before=until, limit=_LOOKED_AT)]
        for message in page:
            if message.id in known:
                await self._compare(message, known[message.id])
        shown = [message.id for message in page]
        if _shows_all(channel) and (shown or await _is_gone(channel, max(known))):
            for one in gone(set(known), shown):
                await self._reception.delete(place, one)
        return {one: message for one, message in known.items() if one < _oldest(shown)}

    async def _compare(self, message: discord.Message, known: Message) -> None:
        if not any(reaction.me for reaction in message.reactions):
            self._acknowledgements.taken(message)
        if message.edited_at and (known.edited_at is None or message.edited_at > known.edited_at):
            await self._reception.edit(message)


def gone(known: set[int], page: list[int]) -> list[int]:
    """Return what should stand in a page of the history, newest first, and does not."""
    oldest = _oldest(page)
    return sorted(one for one in known - set(page) if one >= oldest)


def _oldest(page: list[int]) -> int:
    """Return how far back a page tells all: one that is not full, to the beginning."""
    return page[-1] if len(page) >= _LOOKED_AT else 0


async def _is_gone(channel: discord.abc.Messageable, message_id: int) -> bool:
    """Tell whether Discord says so itself, for an empty page proves nothing; raise `Forbidden` where it may not."""
    try:
        await channel.fetch_message(message_id)
    except discord.NotFound as exc:
        return exc.code == _UNKNOWN_MESSAGE
    return False


def _shows_all(channel: object) -> bool:
    """Tell whether what is not in the history does not stand there: who may not read it is shown an empty one."""
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return False
    if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return channel.permissions_for(channel.guild.me).read_message_history
    return isinstance(channel, discord.DMChannel)
