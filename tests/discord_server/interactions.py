"""What a person started with a command, a button or a form, and what they were shown in return."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from tests.discord_server.messages import Message
from tests.discord_server.users import Payload, User

if TYPE_CHECKING:
    from tests.discord_server.conversation import Channel
    from tests.discord_server.world import World

TOKEN_SECONDS = 15 * 60.0
_WAIT_SECONDS = 40.0


class InteractionKind(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    FORM = 5


class Answer(IntEnum):
    """The types of an interaction callback."""

    MESSAGE = 4
    THINKING = 5
    LATER = 6
    UPDATE = 7
    CHOICES = 8
    FORM = 9


@dataclass(eq=False)
class Interaction:
    """One interaction, and what the person sees of it."""

    world: World
    id: int
    kind: InteractionKind
    user: User
    channel: Channel
    data: Payload
    pressed: Message | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(64))
    started_at: float = field(default_factory=time.monotonic)
    answer: Answer | None = None
    original: Message | None = None
    """The message that @original stands for: the answer, or the message whose button was pressed."""
    followups: list[Message] = field(default_factory=list)
    choices: list[Payload] = field(default_factory=list)
    form: Payload | None = None

    @property
    def application_id(self) -> int:
        return self.world.bot.id

    @property
    def failed(self) -> bool:
        """Whether the person saw "The application did not respond"."""
        return self.answer is None

    @property
    def thinking(self) -> bool:
        return self.answer is Answer.THINKING and self.original is not None and self.original.loading

    @property
    def message(self) -> Message:
        """The answer that was shown; for a button that only changed its message, that message."""
        assert not self.failed, "The application did not respond"
        assert self.original is not None, "nothing was shown"
        return self.original

    @property
    def content(self) -> str:
        return self.message.content

    @property
    def ephemeral(self) -> bool:
        return self.message.ephemeral

    @property
    def messages(self) -> list[Message]:
        """Everything that was shown, the first answer first."""
        return [*([self.original] if self.original else []), *self.followups]

    def expire(self) -> None:
        """Do as if the fifteen minutes were over in which the bot may use the interaction."""
        self.started_at -= TOKEN_SECONDS

    async def wait_for(self, wanted: str | Callable[[Message], bool], timeout: float = _WAIT_SECONDS) -> Message:
        """Return the first message shown that matches, now or once it does; a string is looked for in the text."""
        matches = (lambda message: wanted in message.content) if isinstance(wanted, str) else wanted

        def look() -> Message | None:
            return next((message for message in self.messages if matches(message)), None)

        return await self.world.changes.until(look, timeout, lambda: [str(message) for message in self.messages])

    def metadata(self) -> Payload:
        """Return what a message says about the interaction it comes from."""
        found: Payload = {"id": str(self.id), "type": int(self.kind), "user": self.user.payload()}
        return found | {"authorizing_integration_owners": self._owners()}

    def payload(self) -> Payload:
        """Return what INTERACTION_CREATE carries."""
        guild = self.channel.guild
        bot = self.world.bot
        found: Payload = {
            "id": str(self.id),
            "application_id": str(bot.id),
            "type": int(self.kind),
            "token": self.token,
            "version": 1,
            "data": self.data,
            "channel_id": str(self.channel.id),
            "channel": self.channel.payload() | {"permissions": str(int(self.channel.permissions_of(self.user)))},
            "app_permissions": str(int(self.channel.permissions_of(bot))),
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": self._owners(),
            "context": 1 if guild is None else 0,
            "attachment_size_limit": 10 * 1024 * 1024,
        }
        if self.pressed is not None:
            found["message"] = self.pressed.payload(bot)
        if guild is None:
            return found | {"user": self.user.payload()}
        granted = {"permissions": str(int(self.channel.permissions_of(self.user)))}
        member = guild.members[self.user.id].payload() | granted
        place: Payload = {"id": str(guild.id), "locale": "en-US", "features": []}
        return found | {"guild_id": str(guild.id), "guild": place, "guild_locale": "en-US", "member": member}

    def _owners(self) -> Payload:
        return {"0": str(self.channel.guild.id) if self.channel.guild else "0"}
