"""discord.py as it is, with its two addresses on the local server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
import yarl

from tests.discord_server import DiscordServer, Guild, TextChannel, User
from tests.discord_server.listener import Listener, dpy

Run = Callable[[Listener], AbstractAsyncContextManager[None]]


@pytest.fixture
async def discord(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        server.world.answer_seconds = 30  # a slow machine is no bot that does not answer
        monkeypatch.setattr(dpy.http.Route, "BASE", server.api_url)
        monkeypatch.setattr(dpy.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
        yield server


@pytest.fixture
def guild(discord: DiscordServer) -> Guild:
    return discord.add_guild()


@pytest.fixture
def general(guild: Guild) -> TextChannel:
    return guild.add_channel("general")


@pytest.fixture
def alice(discord: DiscordServer, guild: Guild) -> User:
    return discord.add_user("alice")


@pytest.fixture
def run(discord: DiscordServer) -> Run:
    """Run a client until the block is left."""

    @contextlib.asynccontextmanager
    async def running(bot: Listener) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(bot.start(discord.token), name="bot")
            await bot.hears("ready")
            try:
                yield
            finally:
                await bot.close()

    return running


@pytest.fixture
async def bot(run: Run, general: TextChannel, alice: User) -> AsyncIterator[Listener]:
    """A client that is online, in a guild with #general and alice."""
    listener = Listener()
    async with run(listener):
        yield listener
