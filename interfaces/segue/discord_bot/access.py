"""Who may talk to the bot, and where: pure functions over the allow-lists. Empty lists mean nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from segue.discord_settings import DiscordSettings


@dataclass(frozen=True)
class Visitor:
    """Somebody at a place: `channels` are the channel and, for a thread, its parent; no guild is a direct message."""

    user: int
    channels: tuple[int, ...]
    guild: int | None = None
    roles: frozenset[int] = field(default_factory=frozenset)
    manages_guild: bool = False


def may_talk(settings: DiscordSettings, visitor: Visitor) -> bool:
    """Tell whether somebody may use the bot where they are."""
    named = visitor.user in settings.allow_users
    if visitor.guild is None:
        return named
    if settings.allow_channels and not _any(visitor.channels, settings.allow_channels):
        return False
    if named:
        return True
    if visitor.guild not in settings.allow_guilds:
        return False
    return not settings.allow_roles or _any(visitor.roles, settings.allow_roles)


def may_anybody_talk(
    settings: DiscordSettings, channels: tuple[int, ...], guild: int | None, present: Iterable[int]
) -> bool:
    """Tell whether a place is anybody's to use the bot at: the guild's members', or that of those who are `present`."""
    if guild in settings.allow_guilds and (not settings.allow_channels or _any(channels, settings.allow_channels)):
        return True
    return any(may_talk(settings, Visitor(user, channels, guild)) for user in present)


def may_manage(settings: DiscordSettings, visitor: Visitor) -> bool:
    """Tell whether somebody may change how a place is served: in a direct message the person it belongs to."""
    if not may_talk(settings, visitor):
        return False
    return visitor.guild is None or visitor.manages_guild or visitor.user in settings.admin_users


def _any(ours: Iterable[int], allowed: tuple[int, ...]) -> bool:
    return any(one in allowed for one in ours)
