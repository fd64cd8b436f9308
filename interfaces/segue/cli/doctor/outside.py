"""What the daemon needs of others: models, MCP servers, Discord."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from segue import routes
from segue.cli.console import counted
from segue.cli.doctor.here import Settings
from segue.cli.doctor.talk import answer, thrown_away
from segue.cli.findings import Finding
from segue.cli.wire import daemon
from segue.errors import SegueError

_MODEL_SECONDS = 90.0
_MCP_SECONDS = 120.0  # some download themselves first
_REACH_SECONDS = 5.0
_OPEN = ("idle", "busy")
_QUESTION = "This is a test of the connection. Answer with the single word: ok"


def check_models(settings: Settings) -> Iterator[Finding]:
    """Ask each agent's model a question."""
    agents = settings.values.get("agents", {})
    if all(agent["model"] == "offline" for agent in agents.values()):
        text = "none is set up: the built-in agent answers, which is no language model ([agents.chat] model)"
        yield Finding("model", "unknown", text)
    for name, agent in agents.items():
        if agent["model"] != "offline":
            yield asyncio.run(_ask(name, agent["model"]))


async def _ask(agent: str, model: str) -> Finding:
    began = time.monotonic()
    try:
        async with asyncio.timeout(_MODEL_SECONDS), thrown_away(agent, None) as (client, session):
            turn, _, _ = await answer(client, session, _QUESTION)
    except TimeoutError:
        return Finding("model", "wrong", f"{agent}: {model} did not answer within {_MODEL_SECONDS:g} s")
    except SegueError as exc:
        return Finding("model", "wrong", f"{agent}: {exc.message}")
    if turn.state != "completed":
        return Finding("model", "wrong", f"{agent}: {turn.error.message if turn.error else turn.state}")
    return Finding("model", "right", f"{agent}: {model} answered after {time.monotonic() - began:.1f} s")


def check_mcp(_: Settings) -> Iterator[Finding]:
    """Say which servers are well; those that are not open are opened for it."""
    for server in daemon().get(routes.MCP_SERVERS)["servers"]:
        yield _mcp(server)


def _mcp(server: dict[str, Any]) -> Finding:
    name = server["name"]
    if server["state"] not in _OPEN or server["connected_at"] is None:  # one that is being started counts as busy
        try:
            server = daemon(_MCP_SECONDS).post(routes.path(routes.MCP_RESTART, server=name))
        except SegueError as exc:
            return Finding("mcp", "wrong", f"{name}: {exc.message}")
    if server["state"] not in _OPEN:
        return Finding("mcp", "wrong", f"{name}: {server['detail']}")
    return Finding("mcp", "right", f"{name}: {counted(server['tools'], 'tool')}")


def check_servers(settings: Settings) -> Iterator[Finding]:
    """Say which of the servers that only the settings name do not answer: the embedder's, and the traces'."""
    search, tracing = settings.values.get("search", {}), settings.values.get("tracing", {})
    if search.get("embedder") == "openai-compatible" and (why := _unreached(search["base_url"])):
        text = f"the embedder at {search['base_url']} is not reached ({why}): only words are found"
        yield Finding("search", "wrong", text)
    if (endpoint := tracing.get("endpoint")) and (why := _unreached(endpoint)):
        yield Finding("tracing", "warning", f"{endpoint} is not reached ({why}): traces are lost")


def _unreached(url: str) -> str:
    """Return why nothing can be sent to the server of the URL; nothing where it can."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((parts.hostname or "", port), _REACH_SECONDS).close()
    except (OSError, ValueError) as exc:
        return getattr(exc, "strerror", None) or str(exc)
    return ""


def check_discord(settings: Settings) -> Iterator[Finding]:
    """Check the bot where one is set up."""
    discord = settings.values.get("discord", {})
    wanted = discord.get("allow_guilds") or discord.get("allow_users") or discord.get("token_file")
    if not wanted and not os.environ.get(discord.get("token_env") or ""):
        return
    from segue.cli.discord import settings as load
    from segue.cli.discord_check import checks

    for finding in checks(load()):
        yield replace(finding, check="discord", detail=f"{finding.check}: {finding.detail}")
