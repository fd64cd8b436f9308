from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.discord_server.errors import InvalidForm
from tests.discord_server.users import Payload, User

if TYPE_CHECKING:
    from tests.discord_server.channels import TextChannel

PER_CHANNEL_LIMIT = 15
_FORBIDDEN_IN_NAMES = ("discord", "clyde")


@dataclass(eq=False)
class Webhook:
    """A way to post into a channel under any name, for whoever has its token."""

    id: int
    channel: TextChannel
    name: str
    creator: User
    avatar: str | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def author(self, draft: Payload) -> User:
        """Return who a message appears to be from; InvalidForm where Discord refuses the name."""
        name = draft.get("username") or self.name
        check_name(name)
        return User(self.id, name, bot=True, avatar=draft.get("avatar_url") or self.avatar)

    def payload(self) -> Payload:
        bot = self.channel.world.bot
        found: Payload = {
            "id": str(self.id),
            "type": 1,
            "channel_id": str(self.channel.id),
            "guild_id": str(self.channel.guild.id),
            "name": self.name,
            "avatar": self.avatar,
            "user": self.creator.payload(),
            "application_id": str(self.creator.id) if self.creator.bot else None,
        }
        # Others' tokens are not shown to a bot.
        return found | ({"token": self.token} if self.creator is bot else {})


def check_name(name: str) -> None:
    if not 1 <= len(name) <= 80:
        raise InvalidForm({"username": ("BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length.")})
    for word in _FORBIDDEN_IN_NAMES:
        if word in name.lower():
            raise InvalidForm({"username": ("USERNAME_INVALID_CONTAINS", f'Username cannot contain "{word}"')})
