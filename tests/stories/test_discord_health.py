"""The bot says honestly how it is, notices that it is deaf, and stops when it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import pytest_asyncio

from tests.daemons import Daemon
from tests.discord_server.intents import Intent
from tests.segue.discord_bot.bots import Bot
from tests.stories.discord_house import House, housed

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared_house: House) -> House:
    await shared_house.general.say(shared_house.alice, "hello")
    await shared_house.general.wait_for("ok")
    return shared_house


async def front_end(house: House, state: str) -> Any:
    """Return what the daemon knows of the bot, once it is so."""
    async with asyncio.timeout(60):
        while True:
            for known in (await house.client.status()).front_ends:
                if (known.name, known.state) == ("discord", state):
                    return known
            await asyncio.sleep(0.05)


async def test_status_knows_that_the_bot_is_online_and_that_it_was_stopped(house: House) -> None:
    known = await front_end(house, "online")
    assert known.account.startswith("segue")
    assert known.last_event_at is not None
    assert await house.bot.stop() == 0
    await front_end(house, "stopped")


async def test_status_does_not_say_online_while_the_gateway_is_away(house: House) -> None:
    await front_end(house, "online")
    with house.discord.hold_gateway():
        await house.discord.drop_gateway()
        await front_end(house, "connecting")
    await front_end(house, "online")


async def test_deaf_gateway_is_noticed_and_what_it_did_not_tell_is_read(house: House) -> None:
    await front_end(house, "online")
    house.discord.deaf()
    await house.general.say(house.alice, "do you hear me?")
    await house.until(house.general, "do you hear me?")
    await house.discord.until(lambda: len(house.answers(house.general)) == 2)
    await front_end(house, "online")
    await house.general.say(house.alice, "and now?")
    await house.until(house.general, "and now?")


async def test_two_bots_with_one_token_are_noticed(house: House) -> None:
    second = Bot(house.daemon, house.discord, allow_guilds=[house.guild.id])
    await second.launch()
    async with asyncio.timeout(60):
        while "another bot with this token" not in (await front_end(house, "online")).detail:
            await asyncio.sleep(0.05)
        while "another bot with this token runs beside this one: stop one of them" not in house.bot.log:
            await asyncio.sleep(0.05)
    await asyncio.gather(second.kill(), house.bot.kill())


async def test_bot_waits_for_a_daemon_and_a_gateway_that_are_not_there_yet(
    make_daemon: Callable[..., Daemon],
) -> None:
    async with housed(make_daemon, start=False) as house:
        await asyncio.to_thread(house.daemon.kill)
        with house.discord.refuse_gateway():
            starting = asyncio.get_running_loop().create_task(house.bot.start())
            await house.discord.requests.wait_for("GET", "/users/@me", 1)
            await asyncio.to_thread(house.daemon.start)
            await house.discord.requests.wait_for("GET", "/users/@me", 2)
        await starting
        await house.general.say(house.alice, "hello")
        await house.general.wait_for("ok")


async def test_bot_that_cannot_reach_discord_says_so_as_soon_as_it_runs(make_daemon: Callable[..., Daemon]) -> None:
    async with housed(make_daemon, start=False) as house:
        nowhere = f"{house.discord.api_url}/nowhere"
        house.bot = Bot(house.daemon, house.discord, api_url=nowhere)
        await house.client.report_health("discord", "stopped")
        await house.bot.launch()
        async with asyncio.timeout(60):
            while "(404)" not in (detail := (await front_end(house, "connecting")).detail):
                await asyncio.sleep(0.05)
        assert f"not at {nowhere}: see api_url" in detail
        assert await house.bot.stop() == 0
        assert (await front_end(house, "stopped")).detail == "the bot was stopped"


async def test_wrong_token_ends_the_bot_with_what_to_do(make_daemon: Callable[..., Daemon]) -> None:
    async with housed(make_daemon, start=False) as house:
        await house.bot.launch(token="wrong")
        assert await house.bot.wait() == 2
        assert "Discord does not accept the token" in house.bot.log
        assert "Discord does not accept the token" in (await front_end(house, "stopped")).detail


async def test_missing_intent_ends_the_bot_with_what_to_do(make_daemon: Callable[..., Daemon]) -> None:
    async with housed(make_daemon, start=False) as house:
        house.discord.switch_off(Intent.MESSAGE_CONTENT)
        await house.bot.launch()
        assert await house.bot.wait() == 2
        assert "switch on the Message Content Intent" in house.bot.log
        assert "switch on the Message Content Intent" in (await front_end(house, "stopped")).detail
