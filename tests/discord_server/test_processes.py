"""A bot that is killed at the worst moments: what this server is for."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import pytest

from tests.discord_server import DiscordServer, TextChannel, User

MESSAGES = "/channels/*/messages"


@contextlib.asynccontextmanager
async def echo_bot(discord: DiscordServer) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the bot until the block is left; that kills it."""
    arguments = (discord.api_url, discord.gateway_url, discord.token)
    module = "tests.discord_server.echo_bot"
    process = await asyncio.create_subprocess_exec(sys.executable, "-W", "ignore", "-m", module, *arguments)
    try:
        await discord.wait_until_online()
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await discord.wait_until_offline()


@pytest.mark.parametrize("after_doing", [True, False])
async def test_bot_killed_while_it_sends_answers_once_in_the_end(
    discord: DiscordServer, general: TextChannel, alice: User, after_doing: bool
) -> None:
    discord.rate_limits.speed = 50
    async with echo_bot(discord) as process:
        await general.say(alice, "one")
        await general.wait_for("one!")
        async with discord.hold("POST", MESSAGES, after_doing=after_doing) as held:
            await general.say(alice, "two")
            await held.arrived()
            process.kill()
            await discord.wait_until_offline()
            await general.say(alice, "three")
    async with echo_bot(discord):
        await general.wait_for("three!")
        await general.say(alice, "four")
        await general.wait_for("four!")
    answers = [message.content for message in general.messages if message.author is discord.bot]
    assert answers == ["one!", "two!", "three!", "four!"]
    assert discord.rate_limits.violations == []
