"""Who may stop, repeat or allow what a turn does: who asked for it, whose session it is, and who manages the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from segue.discord_bot.commands.answers import user_of
from segue.discord_bot.commands.tree import Refusal, is_manager
from segue.discord_bot.outlet import INTERFACE
from segue.discord_bot.reception import commander
from segue.models import Message, Turn, User

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot


async def check_may_steer(bot: SegueBot, interaction: discord.Interaction, turn: Turn, place: str) -> None:
    """Raise `Refusal` unless the session is of who presses, or the turn's answer goes here and they asked for it or
    manage the place."""
    me = await user_of(interaction)
    if me is not None and await _owns(bot, me, turn):
        return
    if all((p.interface, p.place) != (INTERFACE, place) for p in turn.route):
        raise Refusal("That answer does not belong to this channel.")
    if await is_manager(interaction):
        return
    if turn.user_id is not None and me is not None and me.id == turn.user_id:
        return
    question = await bot.turns.question(turn)
    if turn.user_id is None and question is not None and await _wrote(interaction, question, place):
        return
    raise Refusal("Only who asked may do that, or who manages this server.")


async def _owns(bot: SegueBot, user: User, turn: Turn) -> bool:
    """Tell whether the turn's session is the user's own."""
    session = await bot.daemon.session(turn.session_id, limit=1)
    return any(member.user_id == user.id and member.role == "owner" for member in session.members)


async def _wrote(interaction: discord.Interaction, question: Message, place: str) -> bool:
    """Tell whether a guest's question is theirs: its author at Discord says so, a name does not."""
    said = question.external_id or ""
    if (question.interface, question.place) != (INTERFACE, place):
        return False
    if not said.isdigit():
        return commander(said) == interaction.user.id
    channel = interaction.channel
    if not isinstance(channel, discord.abc.Messageable):
        return False
    try:
        message = await channel.fetch_message(int(said))
    except discord.HTTPException:
        return False
    return message.author.id == interaction.user.id
