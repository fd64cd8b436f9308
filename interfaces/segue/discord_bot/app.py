"""The bot as a process: settings, token, and one connection after another until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import sys
import time

import aiohttp
import discord
import yarl
from pydantic import SecretStr

from segue.client import Client
from segue.discord_bot.absence import Absence, reason_of
from segue.discord_bot.bot import SegueBot
from segue.discord_settings import DiscordSettings, SettingsProblem, find_token, load
from segue.errors import SegueError

log = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 60.0
_STEADY_SECONDS = 60.0  # a connection that lasted so long was a good one
_LAST_WORD_SECONDS = 5.0
MISCONFIGURED = 2
"""The exit code after which nobody should start the bot again: systemd's RestartPreventExitStatus."""
_PAGE = "https://discord.com/developers/applications"


class Hopeless(Exception):
    """Trying again would not help; the text says what would."""


def run() -> int:
    """Run the bot in the foreground until a signal comes; return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("discord.client", "discord.gateway", "discord.http"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        settings = load()
        token, _ = find_token(settings)
        asyncio.run(_serve(settings, token))
    except (SettingsProblem, Hopeless) as exc:
        print(f"segue discord: {exc}", file=sys.stderr)  # noqa: T201
        return MISCONFIGURED
    return 0


async def _serve(settings: DiscordSettings, token: SecretStr) -> None:
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # there is no voice here
    _point_at(settings)
    serving = asyncio.current_task()
    assert serving is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    try:
        async with Client(interface="discord") as daemon:
            try:
                await _be_there(daemon, settings, token)
            except (Hopeless, asyncio.CancelledError) as exc:
                await _report_end(daemon, str(exc) or "the bot was stopped")
                raise
    except asyncio.CancelledError:
        log.info("stopped")


async def _be_there(daemon: Client, settings: DiscordSettings, token: SecretStr) -> None:
    absence = Absence(daemon, settings)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(absence.run(), name="absence")
            await _again_and_again(daemon, settings, token, absence)
    except ExceptionGroup as group:
        raise _first(group) from group


async def _again_and_again(daemon: Client, settings: DiscordSettings, token: SecretStr, absence: Absence) -> None:
    pause = _FIRST_PAUSE_SECONDS
    while True:
        started = time.monotonic()
        try:
            await _connect(daemon, settings, token, absence)
        except (discord.LoginFailure, discord.PrivilegedIntentsRequired, discord.ConnectionClosed) as exc:
            _check_hope(exc)
            log.warning("the connection to Discord ended: %s", exc)
            absence.begin(f"the connection to Discord ended: {exc}")
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, SegueError) as exc:
            reason = reason_of(exc, settings)
            log.warning("no connection to Discord: %s", reason)
            absence.begin(reason)
        except Exception as exc:  # discord.py's own, where the very first connection fails, and ours
            log.exception("the bot broke")
            absence.begin(f"the bot broke, and starts again: {exc or type(exc).__name__}")
        pause = _FIRST_PAUSE_SECONDS if time.monotonic() - started > _STEADY_SECONDS else pause
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


async def _report_end(daemon: Client, reason: str) -> None:
    """Tell the daemon why the bot is not there any more, and will not come back by itself."""
    try:
        async with asyncio.timeout(_LAST_WORD_SECONDS):
            await daemon.report_health("discord", "stopped", detail=reason)
    except (SegueError, TimeoutError) as exc:
        log.info("the daemon does not hear why the bot ends: %s", exc or type(exc).__name__)


async def _connect(daemon: Client, settings: DiscordSettings, token: SecretStr, absence: Absence) -> None:
    """Be at Discord until the connection is beyond repair; raise why."""
    async with SegueBot(daemon, settings, absence) as bot:
        try:
            async with asyncio.TaskGroup() as bot.tasks:
                await bot.start(token.get_secret_value())
                raise ConnectionError("Discord closed the connection")
        except ExceptionGroup as group:
            raise _first(group) from group


def _first(group: ExceptionGroup[Exception]) -> Exception:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, ExceptionGroup) else inner


def _check_hope(exc: discord.DiscordException) -> None:
    """Raise `Hopeless` for what only a person can change."""
    if isinstance(exc, discord.LoginFailure) or (isinstance(exc, discord.ConnectionClosed) and exc.code == 4004):
        raise Hopeless(f"Discord does not accept the token: get a new one at {_PAGE} (Bot, Reset Token)") from exc
    if isinstance(exc, discord.PrivilegedIntentsRequired):
        text = f"Discord refuses: switch on the Message Content Intent at {_PAGE} (Bot, Privileged Gateway Intents)"
        raise Hopeless(text) from exc


def _point_at(settings: DiscordSettings) -> None:
    """Let discord.py speak to another server than Discord's, where the settings name one."""
    if settings.api_url:
        discord.http.Route.BASE = settings.api_url.rstrip("/")
    if settings.gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url)
