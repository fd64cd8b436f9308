"""Buttons below what the bot says. Their ids say what they are about, so they work after any restart."""

from __future__ import annotations

import re
from collections.abc import Iterable

import discord

STOP, RETRY = "stop", "retry"
ALLOW, ALWAYS, DENY = "allow", "always", "deny"
ANSWERS = frozenset({ALLOW, ALWAYS, DENY})
_PATTERN = re.compile(r"segue:(stop|retry|allow|always|deny):([\w-]{1,64})")


def button_id(action: str, about: str) -> str:
    return f"segue:{action}:{about}"


def read_id(custom_id: str) -> tuple[str, str] | None:
    """Return what a button does, and the id of the turn or the approval that it is about; None for others' buttons."""
    found = _PATTERN.fullmatch(custom_id)
    return (found[1], found[2]) if found else None


def read_ids(custom_ids: Iterable[str]) -> tuple[str | None, str | None]:
    """Return the turn and the approval that a message's buttons are about."""
    found = [read for custom_id in custom_ids if (read := read_id(custom_id))]
    turn_id = next((about for action, about in found if action not in ANSWERS), None)
    return turn_id, next((about for action, about in found if action in ANSWERS), None)


def stop_controls(turn_id: str) -> discord.ui.View:
    """Return what stands below an answer that is being written."""
    return _view(_button(STOP, turn_id, "Stop", discord.ButtonStyle.secondary))


def retry_controls(turn_id: str) -> discord.ui.View:
    """Return what stands below an answer that failed."""
    return _view(_button(RETRY, turn_id, "Retry", discord.ButtonStyle.primary))


def approval_controls(approval_id: str) -> discord.ui.View:
    """Return what stands below a tool call that waits for a person."""
    return _view(
        _button(ALLOW, approval_id, "Allow", discord.ButtonStyle.success),
        _button(ALWAYS, approval_id, "Always here", discord.ButtonStyle.secondary),
        _button(DENY, approval_id, "Deny", discord.ButtonStyle.danger),
    )


def _button(action: str, about: str, label: str, style: discord.ButtonStyle) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(label=label, style=style, custom_id=button_id(action, about))


def _view(*buttons: discord.ui.Button[discord.ui.View]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    view.stop()  # discord.py would keep it in memory for ever; presses come to the cog by their id
    return view
