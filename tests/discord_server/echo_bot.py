"""A bot in its own process that answers everything once: `python -m … API_URL GATEWAY_URL TOKEN`."""

from __future__ import annotations

import sys

import discord
import yarl


class EchoBot(discord.Client):
    """Answers what is said now and what was said while it was away; a nonce prevents a second answer."""

    async def on_ready(self) -> None:
        for guild in self.guilds:
            for channel in guild.text_channels:
                async for message in channel.history(oldest_first=True):
                    await self.on_message(message)

    async def on_message(self, message: discord.Message) -> None:
        if not message.author.bot:
            await message.channel.send(f"{message.content}!", nonce=str(message.id))


def main(api_url: str, gateway_url: str, token: str) -> None:
    discord.http.Route.BASE = api_url
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    intents = discord.Intents(guilds=True, messages=True, message_content=True)
    EchoBot(intents=intents, guild_ready_timeout=0.01).run(token, log_handler=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
