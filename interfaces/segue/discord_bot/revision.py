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


class Revision:
    """Looks back at places. What it raises passes: try again."""

    def __init__(self, client: Client, reception: Reception, acknowledgements: Acknowledgements) -> None:
        self._client = client
        self._reception = reception
        self._acknowledgements = acknowledgements

    async def look_back(self, place: int) -> None:
        """Bring changes and deletions to the session, and give messages the reaction that the bot died before."""
        binding, channel = await self._reception.binding(place), await self._reception.channel(place)
        known = await self._known(binding) if binding and channel else {}
        if channel is None or not known:
            return
        until = discord.Object(max(known) + 1)
        page = [message async for message in channel.history(before=until, limit=_LOOKED_AT)]
        for message in page:
            if message.id in known:
                await self._compare(message, known[message.id])
        if _shows_all(channel):
            for one in gone(set(known), [message.id for message in page]):
                await self._reception.delete(place, one)

    async def _known(self, binding: BindingState) -> dict[int, Message]:
        """Return what came from the place lately, by its ids there, but for commands, which are no messages."""
        session = await self._client.session(binding.session_id, limit=_LOOKED_AT)
        here = (INTERFACE, binding.place)
        mine = [m for m in session.messages if (m.interface, m.place) == here and (m.external_id or "").isdigit()]
        return {int(message.external_id or 0): message for message in mine}

    async def _compare(self, message: discord.Message, known: Message) -> None:
        if not any(reaction.me for reaction in message.reactions):
            self._acknowledgements.taken(message)
        if message.edited_at and (known.edited_at is None or message.edited_at > known.edited_at):
            await self._reception.edit(message)


def gone(known: set[int], page: list[int]) -> list[int]:
    """Return what should stand in a page of the history, newest first, and does not. An empty one proves nothing."""
    if not page:
        return []
    oldest = page[-1] if len(page) >= _LOOKED_AT else 0
    return sorted(one for one in known - set(page) if one >= oldest)


def _shows_all(channel: object) -> bool:
    """Tell whether what is not in the history does not stand there: who may not read it is shown an empty one."""
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return False
    if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return channel.permissions_for(channel.guild.me).read_message_history
    return isinstance(channel, discord.DMChannel)
