"""How the bot is while it is not at Discord: it runs, and says so before its first connection and between two."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import aiohttp
import discord

from segue.client import Client
from segue.discord_settings import DiscordSettings
from segue.errors import SegueError

log = logging.getLogger(__name__)

LOCAL_EVERY_SECONDS, EVERY_SECONDS = 0.5, 10.0
_REASON_LENGTH = 500


class Absence:
    """Reports to the daemon for a bot that has no connection. `run` it as long as the bot is to be there."""

    def __init__(self, daemon: Client, settings: DiscordSettings) -> None:
        self._daemon = daemon
        self._every = LOCAL_EVERY_SECONDS if settings.gateway_url else EVERY_SECONDS
        self._reason: str | None = "on its way to Discord"
        self._begun = asyncio.Event()
        self._reporting = asyncio.Lock()

    def begin(self, reason: str) -> None:
        """Take note that there is no connection, and why; it is tried again."""
        self._reason = reason[:_REASON_LENGTH]
        self._begun.set()

    async def end(self) -> None:
        """Say nothing any more, and return once nothing is being said: from now on the bot reports by itself."""
        async with self._reporting:
            self._reason = None

    async def run(self) -> None:
        """Report, at once where it begins and then again and again, until cancelled."""
        while True:
            self._begun.clear()
            await self._report()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._begun.wait()

    async def _report(self) -> None:
        async with self._reporting:
            if self._reason is None:
                return
            try:
                await self._daemon.report_health("discord", "connecting", detail=self._reason)
            except SegueError as exc:
                log.info("the daemon does not hear that the bot has no connection: %s", exc)


def reason_of(exc: Exception, settings: DiscordSettings) -> str:
    """Return in words why there is no connection to Discord."""
    if isinstance(exc, discord.NotFound):
        where = f"at {settings.api_url}: see api_url in the settings" if settings.api_url else "there"
        return f"Discord's API is not {where} (404)"
    if isinstance(exc, discord.HTTPException):
        return f"Discord answered {exc.status} ({exc.text or 'no reason given'})"
    if isinstance(exc, aiohttp.ClientError | OSError | TimeoutError):
        return f"Discord does not answer ({exc or type(exc).__name__})"
    return str(exc) or type(exc).__name__
