"""Everybody talks at once while the bot is killed and the gateway is dropped, again and again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from tests.daemons import Daemon
from tests.stories.discord_house import House, housed

ROUNDS = 5
THE_END = "that was all"


async def talk_at_discord(house: House, stop: asyncio.Event) -> list[str]:
    said = []
    while not stop.is_set():
        said.append(f"discord {len(said)}")
        await house.general.say(random.choice([house.alice, house.bob]), said[-1])
        await asyncio.sleep(random.uniform(0.05, 0.4))
    return said


async def talk_in_the_terminal(house: House, session_id: str, stop: asyncio.Event) -> list[str]:
    said = []
    while not stop.is_set():
        said.append(f"terminal {len(said)}")
        await house.client.post(session_id, said[-1], respond=len(said) % 3 == 0)
        await asyncio.sleep(random.uniform(0.05, 0.4))
    return said


async def disturb(house: House) -> None:
    for _ in range(ROUNDS):
        await asyncio.sleep(random.uniform(0.3, 1.5))
        match random.randrange(4):
            case 0:
                await house.discord.drop_gateway(resume=random.random() < 0.5, abrupt=random.random() < 0.5)
                await house.discord.wait_until_online()
            case 1:
                await house.bot.kill()
                house.discord.forget_nonces()
                await house.bot.start()
            case _:
                await house.bot.restart()


@pytest.mark.timeout(300)
async def test_nothing_is_lost_or_doubled_and_all_see_the_same_order(make_daemon: Callable[..., Daemon]) -> None:
    async with housed(make_daemon) as house, asyncio.timeout(280):
        await house.general.say(house.alice, "hello")
        await house.general.wait_for("ok")
        await house.until_count(house.general, 2)
        session_id = (await house.binding(house.general)).session_id
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            at_discord = tasks.create_task(talk_at_discord(house, stop))
            in_terminal = tasks.create_task(talk_in_the_terminal(house, session_id, stop))
            await disturb(house)
            stop.set()
        await house.general.say(house.alice, THE_END)
        await house.general.wait_for(lambda m: m.reply_to is not None and m.reply_to.content == THE_END, 60)
        while (await house.client.snapshot(session_id)).turns:
            await asyncio.sleep(0.05)
        transcript = (await house.client.session(session_id)).messages
        asked = [m.content for m in transcript if m.interface == "discord"]
        assert asked == ["hello", *at_discord.result(), THE_END]
        assert [m.content for m in transcript if m.interface == "tui"] == in_terminal.result()
        me = (await house.client.me()).user.name
        brought = [m for m in transcript if m.interface != "discord"]
        wanted = [m.content if m.role == "assistant" else f"**{me}** (terminal): {m.content}" for m in brought]
        await house.discord.until(lambda: len(house.answers(house.general)) >= len(wanted))
        assert sorted(house.answers(house.general)) == sorted(wanted)
        lines = [text for text in house.answers(house.general) if "terminal" in text]
        assert lines == [text for text in wanted if "terminal" in text]
