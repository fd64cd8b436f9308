"""The bot as a process of its own, for tests: started, killed, restarted, between a daemon and the local Discord."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Iterable
from typing import Any

from tests.daemons import Daemon
from tests.discord_server import DiscordServer

_START_SECONDS = 60.0
_STOP_SECONDS = 60.0


class Bot:
    """One bot. `settings` are those of `[discord]`."""

    def __init__(self, daemon: Daemon, discord: DiscordServer, **settings: Any) -> None:
        self._daemon = daemon
        self._discord = discord
        known = {"api_url": discord.api_url, "gateway_url": discord.gateway_url, "reply": "always", "edit_seconds": 0.2}
        self._env = {f"SEGUE_DISCORD__{k.upper()}": _value(v) for k, v in (known | settings).items()}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> str:
        return (self._daemon.home / "bot.log").read_text()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it, and return once it is online."""
        await self.launch()
        try:
            await self._discord.wait_until_online(_START_SECONDS)
        except AssertionError as exc:
            raise AssertionError(f"the bot did not come online:\n{self.log}") from exc

    async def launch(self, token: str | None = None) -> None:
        """Start it, with another token than the right one where given."""
        env = self._daemon.env | self._env | {"PYTHONWARNINGS": "ignore"}
        env["DISCORD_TOKEN"] = token or self._discord.token
        with (self._daemon.home / "bot.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "segue.discord_bot", env=env, stdout=log, stderr=log
            )

    async def kill(self) -> None:
        """End it as a crash would."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        return await self._end(signal.SIGTERM)

    async def restart(self) -> None:
        await self.kill()
        await self.start()

    async def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(number)
        code = await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)
        self._process = None
        await self._discord.wait_until_offline()
        return code

    async def wait(self) -> int:
        """Return its exit code, once it has ended on its own."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(list(value) if isinstance(value, Iterable) and not isinstance(value, dict) else value)
