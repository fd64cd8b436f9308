"""A daemon with a scripted model, the bot as a process, and a Discord where alice and bob talk in #general."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.client import Client
from segue.errors import LinkNotFound
from segue.models import BindingState, Message, SessionDetail
from tests.daemons import Daemon
from tests.discord_server import DiscordServer, Guild, TextChannel, User
from tests.discord_server.conversation import Channel
from tests.model_server import ModelServer
from tests.segue.discord_bot.bots import Bot

MESSAGES = "/channels/*/messages"
MESSAGE = "/channels/*/messages/*"
_FLATS = 30  # tests that can share a house
_SPEED = 20  # times faster than Discord's rate limits are
_ANSWER_SECONDS = 30  # that a command may take; Discord gives three, which is not for a slow machine to be held to


@dataclass
class House:
    daemon: Daemon
    client: Client
    model: ModelServer
    discord: DiscordServer
    guild: Guild
    general: TextChannel
    alice: User
    bob: User
    bot: Bot

    async def change(self, **settings: Any) -> None:
        """Start the bot anew, with other settings: nobody may talk but whom they name."""
        await self.bot.kill()
        self.bot = Bot(self.daemon, self.discord, **settings)
        await self.bot.start()

    async def binding(self, channel: Channel) -> BindingState:
        return await self.client.binding("discord", str(channel.id))

    async def session(self, channel: Channel) -> SessionDetail:
        """Return the session of a channel, with all its messages."""
        return await self.client.session((await self.binding(channel)).session_id)

    async def texts(self, channel: Channel) -> list[str]:
        return [message.content for message in (await self.session(channel)).messages]

    async def until(self, channel: Channel, text: str) -> Message:
        """Return the message of the channel's session that says so, once it does."""
        session_id = (await self.binding(channel)).session_id
        async for event in self.client.follow(session_id, after=0):
            if event.type == "message.created" and event.data.content == text:
                return event.data
        raise AssertionError("the stream ended")

    async def until_count(self, channel: Channel, count: int) -> list[str]:
        """Return the texts of the channel's session once there are so many."""
        session_id = (await self.binding(channel)).session_id
        texts = []
        async for event in self.client.follow(session_id, after=0):
            if event.type == "message.created":
                texts.append(event.data.content)
                if len(texts) == count:
                    return texts
        raise AssertionError("the stream ended")

    def answers(self, channel: Channel) -> list[str]:
        """Return what the bot said in a channel and still stands there."""
        return [m.content for m in channel.messages if m.author is self.discord.bot]


class Building:
    """One daemon, one bot and one Discord for many tests, of which each gets a guild and people of its own."""

    def __init__(self, daemon: Daemon, client: Client, model: ModelServer, discord: DiscordServer) -> None:
        self._daemon = daemon
        self._client = client
        self._model = model
        self._discord = discord
        self._free = deque(_flat(discord, number) for number in range(_FLATS))
        everywhere = [guild.id for guild, _, _ in self._free]
        self._bot = Bot(daemon, discord, allow_guilds=everywhere, admin_users=[alice.id for _, alice, _ in self._free])

    @contextlib.asynccontextmanager
    async def house(self) -> AsyncIterator[House]:
        """Lend a part of it; alice is an admin there."""
        guild, alice, bob = self._free.popleft()
        self._discord.rate_limits.speed = _SPEED
        self._model.forget()
        await self._ready()
        general = guild.add_channel("general")
        house = House(self._daemon, self._client, self._model, self._discord, guild, general, alice, bob, self._bot)
        try:
            yield house
        finally:
            await self._clear(house)
        assert self._discord.rate_limits.violations == []

    async def close(self) -> None:
        await self._bot.kill()

    async def _ready(self) -> None:
        if self._daemon.process is None:
            await asyncio.to_thread(self._daemon.start)
        if not self._bot.is_running:
            await self._bot.start()

    async def _clear(self, house: House) -> None:
        """Leave nothing behind that the next test would see."""
        self._discord.faults.end_all()
        if house.bot is not self._bot:
            await house.bot.kill()
        if self._daemon.process is not None:
            for binding in await self._client.bindings():
                await self._client.unbind(binding.interface, binding.place)
            with contextlib.suppress(LinkNotFound):
                await self._client.unlink("discord", str(house.alice.id))


def _flat(discord: DiscordServer, number: int) -> tuple[Guild, User, User]:
    guild = discord.add_guild(f"Segue {number}", members=[])
    return guild, discord.add_user("alice", guilds=[guild]), discord.add_user("bob", guilds=[guild])


@contextlib.asynccontextmanager
async def building(home: Path, **settings: str) -> AsyncIterator[Building]:
    """Open one, with everything in it, for the tests of a module; `settings` are the daemon's."""
    async with ModelServer() as model, DiscordServer() as discord:
        discord.world.answer_seconds = _ANSWER_SECONDS
        daemon = Daemon(home, _with(model) | settings)
        await asyncio.to_thread(daemon.start)
        async with daemon.client(interface="tui", retry_seconds=30) as client:
            built = Building(daemon, client, model, discord)
            try:
                yield built
            finally:
                await built.close()
        daemon.kill()


def _with(model: ModelServer) -> dict[str, str]:
    return {"AGENTS__CHAT__MODEL": "openai-compatible:scripted", "AGENTS__CHAT__BASE_URL": model.url}


@contextlib.asynccontextmanager
async def housed(make_daemon: Callable[..., Daemon], *, start: bool = True, **settings: Any) -> AsyncIterator[House]:
    """Open the house; `settings` are the bot's, by default everybody in the guild may talk and is always answered."""
    async with ModelServer() as model, DiscordServer() as discord:
        discord.world.answer_seconds = _ANSWER_SECONDS
        discord.rate_limits.speed = _SPEED
        guild = discord.add_guild("Segue")
        general = guild.add_channel("general")
        alice, bob = discord.add_user("alice"), discord.add_user("bob")
        daemon = make_daemon(**_with(model))
        async with daemon.client(interface="tui", retry_seconds=30) as client:
            bot = Bot(daemon, discord, **({"allow_guilds": [guild.id]} | settings))
            house = House(daemon, client, model, discord, guild, general, alice, bob, bot)
            try:
                if start:
                    await bot.start()
                yield house
            finally:
                await house.bot.kill()
            assert discord.rate_limits.violations == []
