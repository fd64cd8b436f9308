from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

import aiohttp

from tests.discord_server import DiscordServer, TextChannel
from tests.discord_server.listener import Listener


async def test_people_can_be_played_over_http(bot: Listener, discord: DiscordServer, general: TextChannel) -> None:
    async with aiohttp.ClientSession(f"{discord.world.base_url}/control/") as http:

        async def post(path: str, **body: Any) -> Any:
            async with http.post(path, json=body) as response:
                assert response.status == 200, await response.text()
                return await response.json()

        said = await post("say", channel="general", user="carol", content="hi")
        (heard,) = await bot.hears("message")
        await heard.reply("hello carol")
        async with http.get("channels/general/messages") as response:
            first, second = await response.json()
        assert (first["content"], second["content"], second["reply_to"]) == ("hi", "hello carol", said["id"])
        await post("edit", channel="general", message=said["id"], content="hi there")
        await post("react", channel="general", message=said["id"], user="carol", emoji="👍")
        await post("delete", channel="general", message=said["id"])
        await bot.hears("raw_message_delete")
        await post("say", channel="@carol", user="carol", content="psst")
        assert (await bot.hears("message", 3))[2].guild is None
        await post("drop", resume=True)
        await bot.hears("resumed")


async def test_it_runs_as_a_process_of_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.discord_server", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode().split("=", 1) for _ in range(5)]
    printed = {name.strip(): value.strip() for name, value in lines}
    async with aiohttp.ClientSession() as http, http.get(printed["control"]) as response:
        overview = await response.json()
    assert overview["api_url"] == printed["api_url"]
    assert overview["guilds"][0]["channels"].keys() == {"general", "random"}
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
