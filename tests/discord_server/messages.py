from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tests.discord_server.mentions import Mentions
from tests.discord_server.users import Payload, User

if TYPE_CHECKING:
    from tests.discord_server.channels import Thread
    from tests.discord_server.conversation import Channel
    from tests.discord_server.interactions import Interaction
    from tests.discord_server.webhooks import Webhook

DEFAULT, THREAD_CREATED, REPLY, CHAT_INPUT_COMMAND, THREAD_STARTER = 0, 18, 19, 20, 21
SUPPRESS_EMBEDS, HAS_THREAD, EPHEMERAL, LOADING = 1 << 2, 1 << 5, 1 << 6, 1 << 7
_HIDDEN_WITHOUT_INTENT: Payload = {"content": "", "embeds": [], "attachments": [], "components": []}


@dataclass(frozen=True)
class Attachment:
    id: int
    filename: str
    content_type: str
    data: bytes
    url: str
    description: str | None = None

    @property
    def text(self) -> str:
        return self.data.decode()

    def payload(self) -> Payload:
        found: Payload = {
            "id": str(self.id),
            "filename": self.filename,
            "content_type": self.content_type,
            "size": len(self.data),
            "url": self.url,
            "proxy_url": self.url,
        }
        return found | ({"description": self.description} if self.description is not None else {})


@dataclass(frozen=True)
class Reference:
    """What a message answers or, for a thread's first entry, was started from; `message` is None once deleted."""

    message_id: int | None
    channel: Channel
    message: Message | None

    def payload(self) -> Payload:
        found: Payload = {"type": 0, "channel_id": str(self.channel.id)}
        if self.message_id is not None:
            found["message_id"] = str(self.message_id)
        return found | ({"guild_id": str(self.channel.guild.id)} if self.channel.guild else {})


@dataclass(eq=False)
class Message:
    """A message as everybody sees it. `versions` are the texts it has had, the newest last."""

    id: int
    channel: Channel
    author: User
    versions: list[str]
    sent_at: datetime
    kind: int = DEFAULT
    flags: int = 0
    embeds: list[Payload] = field(default_factory=list)
    components: list[Payload] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reactions: dict[str, list[User]] = field(default_factory=dict)
    mentions: Mentions = field(default_factory=Mentions)
    allowed_mentions: Payload | None = None
    reference: Reference | None = None
    webhook: Webhook | None = None
    interaction: Interaction | None = None
    thread: Thread | None = None
    nonce: str | None = None
    edited_at: datetime | None = None
    deleted: bool = False

    @property
    def content(self) -> str:
        return self.versions[-1]

    @property
    def guild_id(self) -> int | None:
        return self.channel.guild.id if self.channel.guild else None

    @property
    def reply_to(self) -> Message | None:
        return self.reference.message if self.reference and self.kind == REPLY else None

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it says that the bot is thinking."""
        return bool(self.flags & LOADING)

    @property
    def edits(self) -> int:
        return len(self.versions) - 1

    @property
    def buttons(self) -> list[Payload]:
        """Every component that can be pressed or chosen from, however deep."""
        return [part for part in _walk(self.components) if part.get("custom_id")]

    def button(self, name: str) -> Payload:
        """Find a component by its label or custom id."""
        for part in self.buttons:
            if name in (part.get("label"), part["custom_id"]):
                return part
        there = [part.get("label") or part["custom_id"] for part in self.buttons]
        raise AssertionError(f"no {name!r} on {self}; there are {there}")

    def __str__(self) -> str:
        return f"{self.author}: {self.content}"

    def __repr__(self) -> str:
        return f"<{self}>"

    def shows_content_to(self, bot: User) -> bool:
        """Whether a bot without the message content intent sees the content all the same."""
        own = self.author is bot or (self.webhook is not None and self.webhook.creator is bot)
        return own or bot in self.mentions.users or self.channel.guild is None

    def payload(self, bot: User, *, with_content: bool = True) -> Payload:
        """Return what REST answers to the bot."""
        found: Payload = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "author": self.author.payload(),
            "content": self.content,
            "timestamp": self.sent_at.isoformat(),
            "edited_timestamp": self.edited_at.isoformat() if self.edited_at else None,
            "tts": False,
            "mention_everyone": self.mentions.everyone,
            "mentions": [user.payload() for user in self.mentions.users],
            "mention_roles": [str(role.id) for role in self.mentions.roles],
            "attachments": [attachment.payload() for attachment in self.attachments],
            "embeds": self.embeds,
            "components": self.components,
            "pinned": False,
            "type": self.kind,
            "flags": self.flags,
        }
        if self.reactions:
            found["reactions"] = [_reaction(emoji, users, bot) for emoji, users in self.reactions.items()]
        if self.webhook is not None:
            found["webhook_id"] = str(self.webhook.id)
        if self.interaction is not None:
            app_id = str(self.interaction.application_id)
            found |= {"webhook_id": app_id, "application_id": app_id}
            found["interaction_metadata"] = self.interaction.metadata()
        if self.reference is not None:
            found["message_reference"] = self.reference.payload()
            referenced = self.reference.message
            if self.kind == REPLY:
                kept = referenced is not None and not referenced.deleted
                found["referenced_message"] = self._referenced(bot, with_content) if kept else None
        if self.thread is not None:
            found["thread"] = self.thread.payload()
        return found if with_content or self.shows_content_to(bot) else found | _HIDDEN_WITHOUT_INTENT

    def event(self, bot: User, *, with_content: bool = True) -> Payload:
        """Return what the gateway dispatches."""
        found = self.payload(bot, with_content=with_content)
        if self.nonce is not None:
            found["nonce"] = self.nonce
        guild = self.channel.guild
        if guild is None or self.ephemeral:
            return found
        found["guild_id"] = str(guild.id)
        if self.webhook is None and self.author.id in guild.members:
            found["member"] = guild.members[self.author.id].payload(with_user=False)
        for user, payload in zip(self.mentions.users, found["mentions"], strict=True):
            if user.id in guild.members:
                payload["member"] = guild.members[user.id].payload(with_user=False)
        return found

    def _referenced(self, bot: User, with_content: bool) -> Payload:
        assert self.reference is not None
        assert self.reference.message is not None
        found = self.reference.message.payload(bot, with_content=with_content)
        found.pop("referenced_message", None)
        return found


def emoji_payload(emoji: str) -> Payload:
    name, _, emoji_id = emoji.partition(":")
    return {"id": emoji_id or None, "name": name}


def _reaction(emoji: str, users: list[User], bot: User) -> Payload:
    return {
        "emoji": emoji_payload(emoji),
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "me": bot in users,
        "me_burst": False,
        "burst_colors": [],
    }


def _walk(components: list[Payload]) -> Iterator[Payload]:
    for part in components:
        yield part
        yield from _walk(part.get("components", []))
        if "accessory" in part:
            yield part["accessory"]
