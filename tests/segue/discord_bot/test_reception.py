from __future__ import annotations

import asyncio

import discord
import pytest

from segue.discord_bot.reception import read_file
from tests.discord_server import DiscordServer


async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()
    await writer.wait_closed()


async def test_file_is_not_waited_for_where_its_server_accepts_and_never_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with DiscordServer() as server, discord.Client(intents=discord.Intents.none()) as client:
        monkeypatch.setattr(discord.http.Route, "BASE", server.api_url)
        await client.login(server.token)
        silent = await asyncio.start_server(listen, "127.0.0.1", 0)
        host, port = silent.sockets[0].getsockname()
        url = f"http://{host}:{port}/notes.txt"
        file = discord.Attachment(
            data={"id": "1", "filename": "notes.txt", "size": 5, "url": url, "proxy_url": url},
            state=client._connection,
        )
        async with silent, asyncio.timeout(30):
            assert await read_file(file, seconds=0.1) is None
