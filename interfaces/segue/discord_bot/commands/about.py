"""What the bot is and how it is: /help and /status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from segue.discord_bot.commands.answers import bound_here, say
from segue.discord_bot.health import distance_ms
from segue.discord_bot.render import plain
from segue.discord_bot.visitors import channels_of

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot

_HELP = """\
This is one conversation, here and in the terminal: whoever is attached sees it live, wherever they are.
- **Talk**: {how}, or use /chat. 👀 says that it is stored. /stop ends an answer, /retry asks again.
- **Your sessions**: /sessions, /attach to show one here, /handoff to go on here with what you do in your terminal.
- **Tools** that must be allowed ask here: Allow, Always here, Deny.
- **This channel**: /new, /detach, /policy, /model, /who.
- **You**: /link joins this account to you, /unlink parts it.
- **Find**: /search, /memory, /export. /status says how everything is."""


class About(commands.Cog):
    def __init__(self, bot: SegueBot) -> None:
        self.bot = bot

    @app_commands.command(description="Show what you can do here")
    async def help(self, interaction: discord.Interaction) -> None:
        reply = self.bot.settings.service(*channels_of(interaction.channel)).reply
        asks = "just write" if reply == "always" or interaction.guild is None else "mention me, or reply to me"
        await say(interaction, _HELP.format(how=asks))

    @app_commands.command(description="Show how the daemon and this channel are")
    async def status(self, interaction: discord.Interaction) -> None:
        daemon = await self.bot.daemon.status()
        distance = distance_ms(self.bot.latency)
        far = "" if distance is None else f" ({distance:.0f} ms to Discord)"
        lines = [
            f"The daemon runs (version {daemon.version}, {daemon.turns_running} answers being written,"
            f" {daemon.turns_queued} waiting), and so do I{far}."
        ]
        binding = bound_here(interaction)
        if binding is None:
            lines.append("Nothing is bound here.")
        else:
            session = await self.bot.daemon.session(binding.session_id, limit=1)
            lines.append(
                f"Here is **{plain(session.title)}**, {session.message_count} messages, served {binding.policy}."
            )
        await say(interaction, "\n".join(lines))
