from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.discord_server import DiscordServer, TextChannel
from tests.discord_server.faults import Hold
from tests.discord_server.listener import Listener, dpy

MESSAGES = "/channels/*/messages"


async def test_request_that_fails_is_not_carried_out(
    bot: Listener, discord: DiscordServer, general: TextChannel
) -> None:
    discord.fail("POST", MESSAGES, 503)
    with pytest.raises(dpy.DiscordServerError):
        await bot.channel(general.id).send("lost")
    assert general.lines == []
    await bot.channel(general.id).send("found")
    assert general.lines == ["segue: found"]


async def test_request_can_be_carried_out_before_it_fails(
    bot: Listener, discord: DiscordServer, general: TextChannel
) -> None:
    discord.fail("POST", MESSAGES, 503, after_doing=True)
    with pytest.raises(dpy.DiscordServerError):
        await bot.channel(general.id).send("sent", nonce="1")
    assert general.lines == ["segue: sent"]
    assert (await bot.channel(general.id).send("sent", nonce="1")).content == "sent"
    assert general.lines == ["segue: sent"]


async def test_discord_py_repeats_a_500_so_that_only_a_nonce_prevents_a_double(
    bot: Listener, discord: DiscordServer, general: TextChannel
) -> None:
    webhook = await bot.channel(general.id).create_webhook(name="Segue")
    for pattern in (MESSAGES, "/webhooks/*/*"):
        discord.fail("POST", pattern, 500, after_doing=True)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bot.channel(general.id).send("with nonce", nonce="1"))
        tasks.create_task(webhook.send("from a webhook"))
    assert general.lines == ["segue: with nonce", "Segue: from a webhook", "Segue: from a webhook"]


async def test_connection_can_be_lost_on_the_way_back(
    bot: Listener, discord: DiscordServer, general: TextChannel
) -> None:
    discord.fail("POST", MESSAGES, None, after_doing=True)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await bot.channel(general.id).send("sent")
    assert general.lines == ["segue: sent"]


async def test_answer_is_held_back_after_the_message_was_accepted(
    bot: Listener, discord: DiscordServer, general: TextChannel
) -> None:
    async with asyncio.TaskGroup() as tasks:
        async with discord.hold("POST", MESSAGES) as held:
            sending = tasks.create_task(bot.channel(general.id).send("accepted"))
            await held.arrived()
            assert general.lines == ["segue: accepted"]
            assert not sending.done()
        assert (await sending).content == "accepted"


async def test_request_that_is_held_before_it_is_done_can_be_dropped(
    bot: Listener, discord: DiscordServer, general: TextChannel
) -> None:
    async def drop(held: Hold) -> None:
        await held.arrived()
        held.drop()

    async with discord.hold("POST", MESSAGES, after_doing=False) as held, asyncio.TaskGroup() as tasks:
        tasks.create_task(drop(held))
        with pytest.raises((aiohttp.ClientError, OSError)):
            await bot.channel(general.id).send("never")
    assert general.lines == []


async def test_held_request_of_a_bot_that_died_was_still_accepted(
    bot: Listener, discord: DiscordServer, general: TextChannel
) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {discord.token}"}) as http:
        url = f"{discord.api_url}/channels/{general.id}/messages"
        async with discord.hold("POST", MESSAGES, after_doing=False) as held, asyncio.TaskGroup() as tasks:
            dying = tasks.create_task(http.post(url, json={"content": "last words"}))
            await held.arrived()
            dying.cancel()
    assert (await general.wait_for("last words")).author is discord.bot


async def test_answers_can_be_delayed(bot: Listener, discord: DiscordServer, general: TextChannel) -> None:
    discord.delay("GET", "/channels/*", 0.05, times=1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bot.fetch_channel(general.id), 0.02)
    await asyncio.wait_for(bot.fetch_channel(general.id), 30)


async def test_every_request_is_remembered(bot: Listener, discord: DiscordServer, general: TextChannel) -> None:
    await bot.channel(general.id).send("hi")
    (seen,) = await discord.requests.wait_for("POST", MESSAGES)
    assert (seen.path, seen.status) == (f"/channels/{general.id}/messages", 200)
    assert [seen.path for seen in discord.requests.seen[:2]] == ["/users/@me", "/oauth2/applications/@me"]
