"""A small Discord to try a bot by hand: `python -m tests.discord_server --port 9000`, then see control.py."""

from __future__ import annotations

import asyncio
import signal

import click

from tests.discord_server.server import TOKEN, DiscordServer


async def serve(port: int, token: str) -> None:
    """Serve one guild with #general, #random, alice and bob, until a signal comes."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with DiscordServer(port, token=token) as discord:
        guild = discord.add_guild("Segue")
        for name in ("general", "random"):
            guild.add_channel(name)
        for name in ("alice", "bob"):
            discord.add_user(name)
        click.echo(f"api_url     = {discord.api_url}")
        click.echo(f"gateway_url = {discord.gateway_url}")
        click.echo(f"token       = {discord.token}")
        click.echo(f"guild       = {guild.id}")
        click.echo(f"control     = {discord.world.base_url}/control/")
        await stopped.wait()


@click.command()
@click.option("--port", default=0, help="0 takes a free one.")
@click.option("--token", default=TOKEN)
def main(port: int, token: str) -> None:
    asyncio.run(serve(port, token))


main()
