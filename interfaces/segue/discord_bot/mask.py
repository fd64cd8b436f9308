"""A webhook of the bot, under which a place shows what others said by their own names."""

from __future__ import annotations

import logging
import re

import discord

from segue.discord_bot.render import interface_name, one_line
from segue.models import Message

log = logging.getLogger(__name__)

_NAME = "Segue"
_LONGEST_NAME = 80
_NOT_ALLOWED = re.compile("discord|clyde", re.IGNORECASE)  # in the name of a webhook's message, says Discord


class Mask:
    """The webhook of one place: looked for when it is first needed, made where there is none."""

    def __init__(self, bot: discord.Client, place: int) -> None:
        self._bot = bot
        self._place = place
        self._webhook: discord.Webhook | None = None
        self._looked = False

    @property
    def thread(self) -> discord.abc.Snowflake:
        """Return the place, if it is a thread: its webhook is its parent's."""
        return discord.Object(self._place) if self._parent() is not None else discord.utils.MISSING

    async def webhook(self) -> discord.Webhook | None:
        """Return it; None where the bot may not have one."""
        if not self._looked:
            self._webhook = await self._find()
            self._looked = True
        return self._webhook

    def lose(self) -> None:
        """Take note that it is gone."""
        self._webhook, self._looked = None, False

    def _parent(self) -> discord.TextChannel | discord.ForumChannel | None:
        channel = self._bot.get_channel(self._place)
        return channel.parent if isinstance(channel, discord.Thread) else None

    async def _find(self) -> discord.Webhook | None:
        channel = self._parent() or self._bot.get_channel(self._place)
        if not isinstance(channel, discord.TextChannel | discord.ForumChannel):
            return None
        if not channel.permissions_for(channel.guild.me).manage_webhooks:
            return None
        try:
            ours = [hook for hook in await channel.webhooks() if hook.user == self._bot.user and hook.token]
            return ours[0] if ours else await channel.create_webhook(name=_NAME)
        except discord.HTTPException as exc:
            log.info("place %s has no webhook: %s", self._place, exc)
            return None


def mask_name(message: Message) -> str | None:
    """Return the name under which a message is shown; None for one that Discord would not have."""
    where = f" ({interface_name(message.interface)})" if message.interface != "discord" else ""
    name = f"{one_line(message.sender, _LONGEST_NAME - len(where))}{where}"
    return None if _NOT_ALLOWED.search(name) else name
