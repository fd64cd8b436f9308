"""Answers to tool calls that wait: as the person who pressed, and only where they might have allowed it elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import discord

from segue.discord_bot.commands.answers import bound_here, person, place_of
from segue.discord_bot.commands.tree import Refusal, is_manager
from segue.discord_bot.controls import ALWAYS, DENY
from segue.discord_bot.outlet import INTERFACE
from segue.discord_bot.render import one_line, plain
from segue.discord_bot.steering import check_may_steer
from segue.discord_bot.tools import outcome
from segue.errors import ApprovalNotFound
from segue.models import Approval

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot

_NO_MEMBER = (
    "You may deny that, but only members of this session may allow it, and who manages this server."
    " Are you a member in the terminal? Then use /link first."
)
_NOT_HERE = "That does not wait here any more."
_LOOKED_THROUGH = 500
_NAME_LENGTH = 200


async def answer(bot: SegueBot, interaction: discord.Interaction, approval_id: str, pressed: str) -> None:
    """Allow or deny a tool call, for whoever pressed the button. Raises `Refusal` for who may not, and where somebody
    has answered before: the message says so then."""
    approval = await _approval_here(bot, interaction, approval_id)
    await check_may_steer(bot, interaction, await bot.daemon.turn(approval.turn_id), place_of(interaction))
    if approval.state != "pending":
        await interaction.edit_original_response(content=outcome(approval).text, attachments=[], view=None)
        who = f"{plain(approval.decided_by)} has answered this already." if approval.decided_by else _NOT_HERE
        raise Refusal(who)
    await _decide(bot, interaction, approval, pressed)


async def _approval_here(bot: SegueBot, interaction: discord.Interaction, approval_id: str) -> Approval:
    bound = bound_here(interaction)
    known = await bot.daemon.approvals(bound.session_id, limit=_LOOKED_THROUGH) if bound else []
    found = next((approval for approval in known if approval.id == approval_id), None)
    if found is None:
        raise Refusal(_NOT_HERE)
    return found


async def _decide(bot: SegueBot, interaction: discord.Interaction, approval: Approval, pressed: str) -> None:
    """Let the daemon say whether it is theirs to answer; of who is no member it hears it from the bot, if at all."""
    decision: Literal["allow", "deny"] = "deny" if pressed == DENY else "allow"
    always, user = pressed == ALWAYS, interaction.user
    try:
        await person(interaction).decide(approval.id, decision, remember=always)
    except ApprovalNotFound:
        if decision == "allow" and not await is_manager(interaction):
            raise Refusal(_NO_MEMBER) from None
        name = one_line(user.display_name, _NAME_LENGTH)
        author = (INTERFACE, str(user.id))
        await bot.daemon.decide(approval.id, decision, remember=always, author=author, name=name)
