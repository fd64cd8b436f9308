"""What the daemon needs of others: models, MCP servers, Discord."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import replace

from segue import routes
from segue.cli.doctor.here import Settings
from segue.cli.doctor.talk import answer, thrown_away
from segue.cli.findings import Finding
from segue.cli.wire import daemon
from segue.errors import SegueError

_MODEL_SECONDS = 90.0
_MCP_SECONDS = 45.0
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
    """Start what is not started, and say which servers are well."""
    servers = daemon().get(routes.MCP_SERVERS)["servers"]
    give_up_at = time.monotonic() + _MCP_SECONDS
    while servers and any(server["state"] not in ("idle", "busy", "error") for server in servers):
        daemon(_MCP_SECONDS).get(routes.MCP_TOOLS)
        servers = daemon().get(routes.MCP_SERVERS)["servers"]
        if time.monotonic() > give_up_at:
            break
    for server in servers:
        if server["state"] in ("idle", "busy"):
            yield Finding("mcp", "right", f"{server['name']}: {server['tools']} tools")
        else:
            why = server["detail"] or f"it did not start within {_MCP_SECONDS:g} s"
            yield Finding("mcp", "wrong", f"{server['name']}: {why}")


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
