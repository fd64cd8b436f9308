"""What the project of this conversation remembers: /memory set, get, list, search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from segue.discord_bot.commands.answers import NOT_BOUND, bound_here, choices, is_linked, person, say
from segue.discord_bot.commands.tree import Refusal
from segue.discord_bot.render import one_line, plain
from segue.errors import MemoryNotFound, SegueError, SessionNotFound

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot

_LISTED = 20


class Memories(commands.GroupCog, name="memory", description="What the project of this conversation remembers"):
    def __init__(self, bot: SegueBot) -> None:
        self.bot = bot

    @app_commands.command(name="set", description="Let the project remember something")
    @app_commands.describe(key="What it is called", value="What it says")
    async def save(self, interaction: discord.Interaction, key: app_commands.Range[str, 1, 255], value: str) -> None:
        session_id, project = await _project(interaction)
        saved = await person(interaction).save_memory(project, key, value, session_id=session_id)
        again = f", in its version {saved.version}" if saved.version > 1 else ""
        await say(interaction, f"Remembered as **{plain(key)}**{again}.")

    @app_commands.command(description="Show what it remembers under a key")
    async def get(self, interaction: discord.Interaction, key: str) -> None:
        _, project = await _project(interaction)
        try:
            memory = await person(interaction).memory(project, key)
        except MemoryNotFound:
            raise Refusal(f"Nothing is remembered as {plain(key)}: /memory list shows what is.") from None
        said = f"-# {plain(memory.saved_by)}, {discord.utils.format_dt(memory.saved_at, 'R')}"
        await say(interaction, f"**{plain(memory.memory_key)}**: {memory.memory_value}\n{said}")

    @get.autocomplete("key")
    async def _offer(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            _, project = await _project(interaction)
            known = await person(interaction).memories(project, limit=100)
        except (Refusal, SegueError):
            return []
        return choices([(m.memory_key, m.memory_key) for m in known if typed.casefold() in m.memory_key.casefold()])

    @app_commands.command(name="list", description="Show what it remembers")
    async def show(self, interaction: discord.Interaction) -> None:
        _, project = await _project(interaction)
        memories = await person(interaction).memories(project, limit=_LISTED)
        lines = [f"- **{plain(m.memory_key)}**: {plain(one_line(m.memory_value, 120))}" for m in memories]
        await say(interaction, "\n".join(lines) or "It remembers nothing yet: /memory set begins.")

    @app_commands.command(description="Search what it remembers")
    async def search(self, interaction: discord.Interaction, query: str) -> None:
        _, project = await _project(interaction)
        hits = await person(interaction).search_memories(project, query, limit=_LISTED)
        lines = [f"- **{plain(hit.memory_key)}**: {plain(one_line(hit.memory_value, 120))}" for hit in hits]
        await say(interaction, "\n".join(lines) or "It remembers nothing like that.")


async def _project(interaction: discord.Interaction) -> tuple[str, str]:
    """Return the session here and its project, for somebody who may see it."""
    binding = bound_here(interaction)
    if binding is None:
        raise Refusal(NOT_BOUND)
    try:
        session = await person(interaction).session(binding.session_id, limit=1)
    except SessionNotFound:
        unknown = not await is_linked(interaction)
        raise Refusal(
            "Use /link first: memories belong to people whom Segue knows." if unknown else _NOT_YOURS
        ) from None
    if session.project_id is None:
        raise Refusal("This session belongs to no project, and only a project remembers: give it one in the terminal.")
    return session.id, session.project_id


_NOT_YOURS = "This session is not shared with you: whoever it belongs to can add you to it."
