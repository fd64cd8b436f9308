"""Which project a place's session belongs to where nobody chose another: by default one for each channel, for who reads
one channel need not be allowed to read what is remembered in another."""

from __future__ import annotations

import discord

from segue.discord_settings import DiscordSettings


def project_of(settings: DiscordSettings, channel: object) -> str | None:
    """Return the project of a place, which is that of the channel also for its public threads; None if sessions that
    begin at Discord have none."""
    place: int = getattr(channel, "id", 0)
    if isinstance(channel, discord.Thread) and not channel.is_private():
        place = channel.parent_id
    guild = getattr(channel, "guild", None)
    return settings.project_of(place, guild.id if guild else None)
