"""A plain discord.py client for tests: it keeps what it hears."""

from __future__ import annotations

import warnings
from typing import Any

with warnings.catch_warnings():
    # Python 3.11 and 3.12 say so of audioop, which discord.py imports for its voice part.
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord as dpy
    from discord import app_commands

from tests.discord_server.changes import Changes

__all__ = ["Listener", "app_commands", "dpy", "intents"]

_WAIT_SECONDS = 40.0


def intents(**without: bool) -> dpy.Intents:
    """Return all that the bot of this project would ask for, but for those that are given as False."""
    chosen = dict.fromkeys(("guilds", "messages", "message_content", "reactions", "typing"), True) | without
    return dpy.Intents(**chosen)


class Listener(dpy.Client):
    def __init__(self, asked: dpy.Intents | None = None, **options: Any) -> None:
        super().__init__(intents=asked or intents(), guild_ready_timeout=0.01, **options)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[tuple[str, Any]] = []
        self._changes = Changes()

    @property
    def texts(self) -> list[str]:
        return [message.content for message in self.all("message")]

    def all(self, event: str) -> list[Any]:
        """Return what came with an event: what its handler would be given, the last of several."""
        return [value for name, value in self.heard if name == event]

    async def hears(self, event: str, count: int = 1) -> list[Any]:
        """Return what came with an event once it came so many times."""
        await self._changes.until(lambda: len(self.all(event)) >= count, _WAIT_SECONDS, lambda: self.heard)
        return self.all(event)

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        self.heard.append((event, args[-1] if args else None))
        self._changes.notify()
        super().dispatch(event, *args, **kwargs)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait the five seconds that discord.py waits before a second IDENTIFY."""

    def channel(self, channel_id: int) -> dpy.TextChannel:
        found = self.get_channel(channel_id)
        assert isinstance(found, dpy.TextChannel)
        return found
