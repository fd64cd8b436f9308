"""The bot: discord.py's client with the daemon's beside it, and a cog for each feature."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord.ext import commands

from segue.client import Client
from segue.discord_bot.absence import Absence
from segue.discord_bot.acknowledgements import Acknowledgements
from segue.discord_bot.buttons import Buttons
from segue.discord_bot.commands.about import About
from segue.discord_bot.commands.finding import Finding
from segue.discord_bot.commands.memories import Memories
from segue.discord_bot.commands.people import People
from segue.discord_bot.commands.sessions import Sessions
from segue.discord_bot.commands.talk import Talk
from segue.discord_bot.commands.tree import Tree
from segue.discord_bot.doors import Doors
from segue.discord_bot.farewell import Farewell
from segue.discord_bot.health import Health
from segue.discord_bot.inbound import Inbound
from segue.discord_bot.names import Names
from segue.discord_bot.outbound import Outbound
from segue.discord_bot.places import Places
from segue.discord_bot.reception import Reception
from segue.discord_bot.registration import Registration
from segue.discord_bot.turns import Turns
from segue.discord_settings import DiscordSettings
from segue.errors import SegueError

log = logging.getLogger(__name__)

_TRY_AGAIN_SECONDS = 1.0
_LOCAL_READY_SECONDS = 0.05

INTENTS = discord.Intents(guilds=True, messages=True, message_content=True)


class SegueBot(commands.Bot):
    """One connection to Discord. What it does besides belongs to `tasks`, which have to be there before it starts."""

    tasks: asyncio.TaskGroup

    def __init__(self, daemon: Client, settings: DiscordSettings, absence: Absence) -> None:
        options: dict[str, Any] = {"guild_ready_timeout": _LOCAL_READY_SECONDS} if settings.gateway_url else {}
        nobody = discord.AllowedMentions.none()
        super().__init__(
            commands.when_mentioned, help_command=None, intents=INTENTS, allowed_mentions=nobody, max_messages=None,
            tree_cls=Tree, **options,
        )  # fmt: skip
        self.daemon = daemon
        self.settings = settings
        self.absence = absence
        self.places = Places(daemon)
        self.turns = Turns(daemon)
        self.doors = Doors(self)
        self.acknowledgements = Acknowledgements(self)
        self.farewell = Farewell(self)
        settle = self.farewell.settle
        self.reception = Reception(self, daemon, self.places, settings, self.acknowledgements, settle)
        self.daemon_is_there = False
        self.inbound, self.outbound = Inbound(self), Outbound(self)

    async def setup_hook(self) -> None:
        """Learn what is bound before the gateway tells anything."""
        await self.patiently(self.places.load)
        self.tasks.create_task(self.acknowledgements.run(), name="acknowledgements")
        features = (Buttons, Talk, Sessions, People, Memories, Finding, About, Names, Registration, Health)
        for cog in (self.inbound, self.outbound, self.farewell, *(feature(self) for feature in features)):
            await self.add_cog(cog)

    @property
    def waiting(self) -> int:
        """How many messages are on their way, in and out."""
        return self.inbound.waiting + self.outbound.waiting

    async def on_ready(self) -> None:
        """Say in the log that all is well."""
        log.info("online as %s, in %s", self.user, ", ".join(guild.name for guild in self.guilds) or "no guild yet")

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
