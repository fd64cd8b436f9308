"""Who may do what where, by Discord's own algorithm.

https://discord.com/developers/docs/topics/permissions#permission-overwrites
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from typing import Any


class Permission(IntFlag):
    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38


NONE = Permission(0)
ALL = ~NONE

EVERYONE = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What a new guild lets everyone do."""

BOT = EVERYONE | Permission.MANAGE_WEBHOOKS | Permission.MANAGE_MESSAGES | Permission.MANAGE_THREADS
"""What the bot's own role is given when it joins a guild."""


@dataclass
class Overwrite:
    """What a channel allows or denies to one role or one member beyond their roles."""

    target_id: int
    for_member: bool
    allow: Permission = NONE
    deny: Permission = NONE

    def applied_to(self, base: Permission) -> Permission:
        return (base & ~self.deny) | self.allow

    def payload(self) -> dict[str, Any]:
        return {
            "id": str(self.target_id),
            "type": int(self.for_member),
            "allow": str(int(self.allow)),
            "deny": str(int(self.deny)),
        }


def overwritten(
    base: Permission, overwrites: dict[int, Overwrite], everyone_id: int, role_ids: Iterable[int], member_id: int
) -> Permission:
    """Apply @everyone's overwrite, then those of all roles together, then the member's."""
    if everyone_id in overwrites:
        base = overwrites[everyone_id].applied_to(base)
    of_roles = [overwrites[role_id] for role_id in role_ids if role_id in overwrites]
    for overwrite in of_roles:
        base &= ~overwrite.deny
    for overwrite in of_roles:
        base |= overwrite.allow
    if member_id in overwrites:
        base = overwrites[member_id].applied_to(base)
    return base
