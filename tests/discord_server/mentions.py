"""Whom a message pings: what its text mentions, cut down by `allowed_mentions`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.discord_server.permissions import Permission
from tests.discord_server.users import Payload, Role, User

if TYPE_CHECKING:
    from tests.discord_server.conversation import Channel

_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(everyone|here)")


@dataclass(frozen=True)
class Mentions:
    users: list[User] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    everyone: bool = False


def find_mentions(
    content: str, author: User, channel: Channel, allowed: Payload | None, replied_to: User | None
) -> Mentions:
    """Return who is pinged. Without `allowed` that is everybody mentioned, and the author of what is replied to."""
    text = _CODE.sub("", content)
    users = [channel.world.users[found] for found in _ids(_USER, text) if found in channel.world.users]
    guild = channel.guild
    roles = [guild.roles[found] for found in _ids(_ROLE, text) if found in guild.roles] if guild else []
    may_ping_all = guild is not None and Permission.MENTION_EVERYONE in channel.permissions_of(author)
    everyone = may_ping_all and bool(_EVERYONE.search(text))
    pings_replied_to = replied_to is not None
    if allowed is not None:
        parse = allowed.get("parse") or []
        users = [user for user in users if "users" in parse or str(user.id) in _given(allowed, "users")]
        roles = [role for role in roles if "roles" in parse or str(role.id) in _given(allowed, "roles")]
        everyone = everyone and "everyone" in parse
        pings_replied_to = pings_replied_to and bool(allowed.get("replied_user"))
    if pings_replied_to and replied_to is not None and replied_to not in users:
        users.append(replied_to)
    return Mentions(users, roles, everyone)


def _ids(pattern: re.Pattern[str], text: str) -> list[int]:
    return list(dict.fromkeys(int(found) for found in pattern.findall(text)))


def _given(allowed: Payload, key: str) -> set[str]:
    return {str(item) for item in allowed.get(key) or []}
