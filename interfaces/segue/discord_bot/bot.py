"""The bot: discord.py's client with the daemon's beside it, and a cog for each feature."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord.ext import commands

from segue.client import Client
from segue.discord_bot.acknowledgements import Acknowledgements
from segue.discord_bot.inbound import Inbound
from segue.discord_bot.outbound import Outbound
from segue.discord_bot.places import Places
from segue.discord_bot.reception import Reception
from segue.discord_bot.turns import Turns
from segue.discord_settings import DiscordSettings
from segue.errors import SegueError

log = logging.getLogger(__name__)

_TRY_AGAIN_SECONDS = 1.0
_LOCAL_READY_SECONDS = 0.05

INTENTS = discord.Intents(guilds=True, messages=True, message_content=True)


class SegueBot(commands.Bot):
    """One connection to Discord. Whatever it does besides belongs to `tasks`, and ends with it."""

    def __init__(self, daemon: Client, settings: DiscordSettings, tasks: asyncio.TaskGroup) -> None:
        options: dict[str, Any] = {"guild_ready_timeout": _LOCAL_READY_SECONDS} if settings.gateway_url else {}
        nobody = discord.AllowedMentions.none()
        super().__init__(
            commands.when_mentioned, help_command=None, intents=INTENTS, allowed_mentions=nobody, max_messages=None,
            **options,
        )  # fmt: skip
        self.daemon = daemon
        self.settings = settings
        self.tasks = tasks
        self.places = Places(daemon)
        self.turns = Turns(daemon)
        self.acknowledgements = Acknowledgements(self)
        self.reception = Reception(self, daemon, self.places, settings, self.acknowledgements)
        self.daemon_is_there = False

    async def setup_hook(self) -> None:
        """Learn what is bound before the gateway tells anything."""
        await self.patiently(self.places.load)
        self.tasks.create_task(self.acknowledgements.run(), name="acknowledgements")
        for cog in (Inbound, Outbound):
            await self.add_cog(cog(self))

    async def on_message(self, message: discord.Message, /) -> None:
        """Look for no commands in what is said: the cogs listen."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait as Discord wants it between two logins; another server has no such limit."""
        if not self.settings.gateway_url:
            await super().before_identify_hook(shard_id, initial=initial)

    def daemon_connected(self, there: bool) -> None:
        """Take note that the daemon's stream is up, or was lost."""
        self.daemon_is_there = there
        log.info("the daemon is %s", "there" if there else "away")

    async def patiently(self, call: Callable[[], Awaitable[None]]) -> None:
        """Call until the daemon answers."""
        while True:
            try:
                return await call()
            except SegueError as exc:
                log.warning("waiting for the daemon: %s", exc)
                await asyncio.sleep(_TRY_AGAIN_SECONDS)
