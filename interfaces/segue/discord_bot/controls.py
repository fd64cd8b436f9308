"""Buttons below an answer. Their ids say which turn they are about, so they work after any restart."""

from __future__ import annotations

import discord

STOP, RETRY = "stop", "retry"
PATTERN = r"segue:(?P<action>stop|retry):(?P<turn>[\w-]{1,64})"


def button_id(action: str, turn_id: str) -> str:
    return f"segue:{action}:{turn_id}"


def stop_controls(turn_id: str) -> discord.ui.View:
    """Return what stands below an answer that is being written."""
    return _view(STOP, turn_id, "Stop", discord.ButtonStyle.secondary)


def retry_controls(turn_id: str) -> discord.ui.View:
    """Return what stands below an answer that failed."""
    return _view(RETRY, turn_id, "Retry", discord.ButtonStyle.primary)


def _view(action: str, turn_id: str, label: str, style: discord.ButtonStyle) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label=label, style=style, custom_id=button_id(action, turn_id)))
    view.stop()  # discord.py would keep it in memory for ever; presses come to the cog by their id
    return view
