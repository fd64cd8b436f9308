"""A daemon with a scripted model, the bot as a process, and a Discord where alice and bob talk in #general."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from segue.client import Client
from segue.models import BindingState, Message, SessionDetail
from tests.daemons import Daemon
from tests.discord_server import DiscordServer, Guild, TextChannel, User
from tests.discord_server.conversation import Channel
from tests.model_server import ModelServer
from tests.segue.discord_bot.bots import Bot

MESSAGES = "/channels/*/messages"
MESSAGE = "/channels/*/messages/*"


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


@contextlib.asynccontextmanager
async def housed(make_daemon: Callable[..., Daemon], *, start: bool = True, **settings: Any) -> AsyncIterator[House]:
    """Open the house; `settings` are the bot's, by default everybody in the guild may talk and is always answered."""
    async with ModelServer() as model, DiscordServer() as discord:
        discord.rate_limits.speed = 20
        guild = discord.add_guild("Segue")
        general = guild.add_channel("general")
        alice, bob = discord.add_user("alice"), discord.add_user("bob")
        daemon = make_daemon(AGENTS__CHAT__MODEL="openai-compatible:scripted", AGENTS__CHAT__BASE_URL=model.url)
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
