"""Who may stop, repeat or allow what a turn does: who asked for it, and who manages the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from segue.discord_bot.commands.answers import user_of
from segue.discord_bot.commands.tree import Refusal, is_manager
from segue.discord_bot.outlet import INTERFACE
from segue.models import Message, Turn

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot


async def check_may_steer(bot: SegueBot, interaction: discord.Interaction, turn: Turn, place: str) -> None:
    """Raise `Refusal` unless the turn's answer goes here, and who presses asked for it or manages the place."""
    if all((p.interface, p.place) != (INTERFACE, place) for p in turn.route):
        raise Refusal("That answer does not belong to this channel.")
    if await is_manager(interaction):
        return
    me = await user_of(interaction)
    if turn.user_id is not None and me is not None and me.id == turn.user_id:
        return
    question = await bot.turns.question(turn)
    if turn.user_id is None and question is not None and await _wrote(interaction, question, place):
        return
    raise Refusal("Only who asked may do that, or who manages this server.")


async def _wrote(interaction: discord.Interaction, question: Message, place: str) -> bool:
    """Tell whether a guest's question is theirs: its author at Discord says so, a name does not."""
    said = question.external_id or ""
    if (question.interface, question.place) != (INTERFACE, place) or not said.isdigit():
        return False
    channel = interaction.channel
    if not isinstance(channel, discord.abc.Messageable):
        return False
    try:
        message = await channel.fetch_message(int(said))
    except discord.HTTPException:
        return False
    return message.author.id == interaction.user.id
