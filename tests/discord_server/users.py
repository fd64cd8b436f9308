from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.discord_server.permissions import NONE, Permission

Payload = dict[str, Any]


@dataclass(eq=False)
class User:
    """A person or a bot, known by a name; `display_name` is what others see where given."""

    id: int
    name: str
    bot: bool = False
    display_name: str | None = None
    avatar: str | None = None
    accepts_direct_messages: bool = True

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def payload(self) -> Payload:
        return {
            "id": str(self.id),
            "username": self.name,
            "discriminator": "0000" if self.bot else "0",
            "global_name": self.display_name,
            "avatar": self.avatar,
            "bot": self.bot,
            "public_flags": 0,
        }

    def __str__(self) -> str:
        return self.name


@dataclass(eq=False)
class Role:
    id: int
    name: str
    permissions: Permission = NONE
    position: int = 0
    managed: bool = False
    bot_id: int | None = None
    """Whose own role it is."""

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"

    def payload(self) -> Payload:
        tags: Payload = {} if self.bot_id is None else {"tags": {"bot_id": str(self.bot_id)}}
        return tags | {
            "id": str(self.id),
            "name": self.name,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "position": self.position,
            "permissions": str(int(self.permissions)),
            "managed": self.managed,
            "mentionable": False,
            "flags": 0,
        }


@dataclass(eq=False)
class Member:
    """A user in one guild; @everyone is not among the roles."""

    user: User
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None
    joined_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def payload(self, *, with_user: bool = True) -> Payload:
        found: Payload = {
            "roles": [str(role.id) for role in self.roles],
            "nick": self.nick,
            "avatar": None,
            "joined_at": self.joined_at.isoformat(),
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
            "communication_disabled_until": None,
        }
        return found | {"user": self.user.payload()} if with_user else found
