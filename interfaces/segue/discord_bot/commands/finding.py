"""Finding and taking out: /search and /export, for those who may see the session anyhow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from segue.discord_bot.commands.answers import NOT_BOUND, bound_here, is_linked, person, say
from segue.discord_bot.commands.tree import Refusal
from segue.discord_bot.render import one_line, plain
from segue.errors import SessionNotFound

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot

_HITS = 8
_MOST_BYTES = 8 * 1024 * 1024


class Finding(commands.Cog):
    def __init__(self, bot: SegueBot) -> None:
        self.bot = bot

    @app_commands.command(description="Search all that was said in your sessions")
    @app_commands.describe(query="Words", here="Only in the session of this channel")
    async def search(self, interaction: discord.Interaction, query: str, here: bool = False) -> None:
        binding = bound_here(interaction) if here else None
        if here and binding is None:
            raise Refusal(NOT_BOUND)
        found = await person(interaction).search(query, session_id=binding.session_id if binding else None, limit=_HITS)
        lines = [
            f"- **{plain(hit.session_title)}**, {plain(hit.message.sender)}: {_snippet(hit.snippet)}"
            for hit in found.hits
        ]
        nothing = (
            "Nothing was found." if await is_linked(interaction) else "Use /link first: I search your own sessions."
        )
        await say(interaction, "\n".join(lines) or nothing)

    @app_commands.command(description="Take this conversation out as a file that only you see")
    @app_commands.describe(format="What the file is to be")
    @app_commands.choices(
        format=[app_commands.Choice(name="Markdown", value="markdown"), app_commands.Choice(name="JSON", value="json")]
    )
    async def export(self, interaction: discord.Interaction, format: str = "markdown") -> None:
        binding = bound_here(interaction)
        if binding is None:
            raise Refusal(NOT_BOUND)
        whole = bytearray()
        try:
            async for piece in person(interaction).export(
                binding.session_id, "json" if format == "json" else "markdown"
            ):
                whole += piece
                if len(whole) > _MOST_BYTES:
                    raise Refusal("It is too large for Discord: `segue export` in the terminal has no limit.")
        except SessionNotFound:
            raise Refusal("You may not take out the whole of it: it is not yours. Linked already? /link") from None
        name = f"conversation.{'json' if format == 'json' else 'md'}"
        await say(interaction, "Here it is.", (name, bytes(whole)))


def _snippet(snippet: str) -> str:
    """Return a snippet with its hits in bold."""
    return plain(one_line(snippet, 200)).replace("⟦", "**").replace("⟧", "**")
