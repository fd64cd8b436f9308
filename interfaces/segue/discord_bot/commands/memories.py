"""What the project of this conversation remembers: /memory set, get, list, search.

It is for those who may see the session. What a place's own project remembers is also for everybody who may talk to the
bot at that place, guests too: the agent uses it there in its answers anyway, and it comes from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from segue.client import Client
from segue.discord_bot.commands.answers import NOT_BOUND, bot_of, bound_here, choices, is_linked, person, say
from segue.discord_bot.commands.tree import Refusal
from segue.discord_bot.projects import project_of
from segue.discord_bot.render import one_line, plain
from segue.errors import Forbidden, MemoryNotFound, SegueError, SessionNotFound
from segue.models import Memory, SessionDetail

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot

_LISTED = 20
_NAME_LENGTH = 200
_SAID_BY = "said_by"  # in the metadata of what the bot saved for somebody who is no member
_NOTHING = "It remembers nothing yet: /memory set begins."
_NOT_YOURS = "This session is not shared with you: whoever it belongs to can add you to it."


@dataclass(frozen=True)
class Shelf:
    """The memories of this place: as whom they are asked for, whose session it is, and its project, if it has one."""

    client: Client
    session: SessionDetail
    project: str | None
    said_by: str | None = None


class Memories(commands.GroupCog, name="memory", description="What the project of this conversation remembers"):
    def __init__(self, bot: SegueBot) -> None:
        self.bot = bot

    @app_commands.command(name="set", description="Let the project remember something")
    @app_commands.describe(key="What it is called", value="What it says")
    async def save(self, interaction: discord.Interaction, key: app_commands.Range[str, 1, 255], value: str) -> None:
        shelf = await _shelf(interaction)
        project = shelf.project or await _give_project(interaction, shelf)
        metadata = {_SAID_BY: shelf.said_by} if shelf.said_by else None
        try:
            saved = await shelf.client.save_memory(project, key, value, metadata=metadata, session_id=shelf.session.id)
        except Forbidden:
            text = f"The project {plain(project)} is somebody else's. {_choose(shelf.session)}"
            raise Refusal(text) from None
        again = f", in its version {saved.version}" if saved.version > 1 else ""
        await say(interaction, f"Remembered as **{plain(key)}**{again}.")

    @app_commands.command(description="Show what it remembers under a key")
    @app_commands.describe(key="What it is called")
    async def get(self, interaction: discord.Interaction, key: str) -> None:
        shelf = await _shelf(interaction)
        try:
            memory = await shelf.client.memory(_project(shelf), key)
        except MemoryNotFound:
            raise Refusal(f"Nothing is remembered as {plain(key)}: /memory list shows what is.") from None
        said = f"-# {plain(_author(memory))}, {discord.utils.format_dt(memory.saved_at, 'R')}"
        await say(interaction, f"**{plain(memory.memory_key)}**: {memory.memory_value}\n{said}")

    @get.autocomplete("key")
    async def _offer(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            shelf = await _shelf(interaction)
            known = await shelf.client.memories(_project(shelf), limit=100)
        except (Refusal, SegueError):
            return []
        return choices([(m.memory_key, m.memory_key) for m in known if typed.casefold() in m.memory_key.casefold()])

    @app_commands.command(name="list", description="Show what it remembers")
    async def show(self, interaction: discord.Interaction) -> None:
        shelf = await _shelf(interaction)
        memories = await shelf.client.memories(_project(shelf), limit=_LISTED)
        await say(interaction, "\n".join(map(_line, memories)) or _NOTHING)

    @app_commands.command(description="Search what it remembers")
    @app_commands.describe(query="Words that are in it")
    async def search(self, interaction: discord.Interaction, query: str) -> None:
        shelf = await _shelf(interaction)
        hits = await shelf.client.search_memories(_project(shelf), query, limit=_LISTED)
        await say(interaction, "\n".join(map(_line, hits)) or "It remembers nothing like that.")


def _line(memory: Memory) -> str:
    return f"- **{plain(memory.memory_key)}**: {plain(one_line(memory.memory_value, 120))}"


def _author(memory: Memory) -> str:
    return str((memory.metadata or {}).get(_SAID_BY) or memory.saved_by)


async def _shelf(interaction: discord.Interaction) -> Shelf:
    """Return the memories here, for somebody who may have them."""
    binding = bound_here(interaction)
    if binding is None:
        raise Refusal(NOT_BOUND)
    try:
        session = await person(interaction).session(binding.session_id, limit=1)
    except SessionNotFound:
        return await _shelf_of_place(interaction, binding.session_id)
    return Shelf(person(interaction), session, session.project_id)


async def _shelf_of_place(interaction: discord.Interaction, session_id: str) -> Shelf:
    """Return the memories of the place's own project, as far as the session here belongs to it."""
    bot = bot_of(interaction)
    session = await bot.daemon.session(session_id, limit=1)
    if session.project_id is None or session.project_id != project_of(bot.settings, interaction.channel):
        unknown = not await is_linked(interaction)
        raise Refusal("Use /link first: memories belong to people whom Segue knows." if unknown else _NOT_YOURS)
    said_by = one_line(interaction.user.display_name, _NAME_LENGTH)
    return Shelf(bot.daemon, session, session.project_id, said_by)


def _project(shelf: Shelf) -> str:
    if shelf.project is None:
        raise Refusal(_NOTHING)
    return shelf.project


async def _give_project(interaction: discord.Interaction, shelf: Shelf) -> str:
    """Let the session, which has no project, belong to that of the place, and return it."""
    project = project_of(bot_of(interaction).settings, interaction.channel)
    if project is None:
        raise Refusal(f"This session belongs to no project, and only a project remembers. {_choose(shelf.session)}")
    try:
        await shelf.client.update_session(shelf.session.id, project_id=project)
    except Forbidden:
        raise Refusal(f"Only the session's owner lets it belong to a project. {_choose(shelf.session)}") from None
    return project


def _choose(session: SessionDetail) -> str:
    return f"Choose one in a terminal: `segue sessions project {session.id[-8:]} NAME`."
