from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import aiohttp
import pytest

from tests.discord_server import DiscordServer, TextChannel
from tests.discord_server.listener import Listener, dpy


async def test_discord_py_waits_for_its_turn(bot: Listener, discord: DiscordServer, general: TextChannel) -> None:
    discord.rate_limits.speed = 20
    started = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        for number in range(12):
            tasks.create_task(bot.channel(general.id).send(str(number)))
    assert time.monotonic() - started > 2 * 5 / 20
    assert len(general.messages) == 12
    assert discord.rate_limits.refusals == discord.rate_limits.violations == []


async def test_client_that_does_not_wait_is_refused_and_noted(discord: DiscordServer, general: TextChannel) -> None:
    discord.rate_limits.set("POST", "/channels/*/messages", 2, 3.0)
    url = f"{discord.api_url}/channels/{general.id}/messages"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {discord.token}"}) as http:
        for remaining in ("1", "0"):
            async with http.post(url, json={"content": "hi"}) as response:
                assert response.headers["X-RateLimit-Remaining"] == remaining
                assert response.headers["X-RateLimit-Limit"] == "2"
        async with http.post(url, json={"content": "hi"}) as response:
            body = await response.json()
            assert (response.status, response.headers["X-RateLimit-Scope"]) == (429, "user")
        assert (len(discord.rate_limits.refusals), len(discord.rate_limits.violations)) == (1, 1)
        await asyncio.sleep(body["retry_after"])
        async with http.post(url, json={"content": "hi"}) as response:
            assert response.status == 200
    assert len(general.messages) == 3


async def test_429_that_was_not_announced_is_waited_for(
    bot: Listener, discord: DiscordServer, general: TextChannel
) -> None:
    discord.fail("POST", "/channels/*/messages", 429, retry_after=0.05)
    await bot.channel(general.id).send("hi")
    assert [seen.status for seen in discord.requests.find("POST", "/channels/*/messages")] == [429, 200]
    assert general.lines == ["segue: hi"]


async def test_global_limit_stops_everything(bot: Listener, discord: DiscordServer, general: TextChannel) -> None:
    discord.rate_limits.set_global(3, 3.0)
    for _ in range(5):
        await bot.fetch_channel(general.id)
    assert len(discord.rate_limits.refusals) == 1
    assert discord.rate_limits.violations == []


async def test_old_messages_are_edited_a_few_times_only(
    bot: Listener, discord: DiscordServer, general: TextChannel
) -> None:
    discord.rate_limits.lift()
    discord.rate_limits.speed = 8
    sent = await bot.channel(general.id).send("0")
    general.messages[0].sent_at -= timedelta(hours=2)
    for number in range(1, 4):
        await sent.edit(content=str(number))
    await sent.edit(content="4")
    assert general.messages[0].versions == ["0", "1", "2", "3", "4"]
    statuses = [seen.status for seen in discord.requests.find("PATCH", "/channels/*/messages/*")]
    assert statuses == [200, 200, 200, 429, 200]


@pytest.mark.parametrize("route", ["reactions", "edits"])
async def test_other_routes_have_limits_of_their_own(
    bot: Listener, discord: DiscordServer, general: TextChannel, route: str
) -> None:
    discord.rate_limits.speed = 20
    sent = await bot.channel(general.id).send("0")
    for number in range(6):
        if route == "edits":
            await sent.edit(content=str(number))
        else:
            await sent.add_reaction("1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣"[number * 3 : number * 3 + 3])
    assert discord.rate_limits.refusals == []
    assert isinstance(sent, dpy.Message)
