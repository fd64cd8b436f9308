"""Everything there is, and the verbs that change it. Each stores first and then dispatches to the bot's sessions."""

from __future__ import annotations

import mimetypes
import time
from datetime import UTC, datetime
from urllib.parse import quote

from tests.discord_server.changes import Changes
from tests.discord_server.channels import DirectChannel, TextChannel, Thread
from tests.discord_server.commands import Commands
from tests.discord_server.conversation import Channel
from tests.discord_server.drafts import Draft, Upload
from tests.discord_server.guilds import Guild
from tests.discord_server.intents import APPLICATION_FLAGS, PRIVILEGED, Intent
from tests.discord_server.interactions import Interaction
from tests.discord_server.mentions import find_mentions
from tests.discord_server.messages import DEFAULT, SUPPRESS_EMBEDS, Attachment, Message, Reference, emoji_payload
from tests.discord_server.sessions import Sessions
from tests.discord_server.snowflakes import Snowflakes
from tests.discord_server.users import Payload, User
from tests.discord_server.webhooks import Webhook

NONCE_SECONDS = 300.0
"""How long a nonce is remembered: "the past few minutes", says Discord."""


class World:
    """The bot's application, and all users, guilds, channels and messages it could meet."""

    def __init__(self, token: str, bot_name: str) -> None:
        self.token = token
        self.base_url = ""
        self.ids = Snowflakes()
        self.changes = Changes()
        self.sessions = Sessions(self.changes)
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.attachments: dict[int, Attachment] = {}
        self.interactions: dict[str, Interaction] = {}
        self.commands = Commands(self.ids)
        self.granted = PRIVILEGED
        """The privileged intents that are switched on for the application."""
        self.answer_seconds = 3.0
        """How long a bot may take for its first answer to an interaction; the person then sees that it gave none."""
        self._nonces: dict[tuple[int, str], tuple[float, Message]] = {}
        self.bot = self.add_user(bot_name, bot=True)
        self.application_owner = self.add_user(f"{bot_name}-owner")

    def add_user(self, name: str, *, bot: bool = False, display_name: str | None = None) -> User:
        user = User(self.ids.next(), name, bot, display_name)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, owner: User) -> Guild:
        guild = Guild(self, name, owner)
        self.guilds[guild.id] = guild
        return guild

    def direct_channel(self, person: User) -> DirectChannel:
        """Return the person's talk with the bot, opened where there was none."""
        for channel in self.channels.values():
            if isinstance(channel, DirectChannel) and channel.person is person:
                return channel
        opened = DirectChannel(self, person)
        self.channels[opened.id] = opened
        return opened

    def add_webhook(self, channel: TextChannel, name: str, creator: User) -> Webhook:
        webhook = Webhook(self.ids.next(), channel, name, creator)
        self.webhooks[webhook.id] = channel.webhooks[webhook.id] = webhook
        self._dispatch_webhooks(channel)
        return webhook

    def remove_webhook(self, webhook: Webhook) -> None:
        del self.webhooks[webhook.id], webhook.channel.webhooks[webhook.id]
        self._dispatch_webhooks(webhook.channel)

    def application(self) -> Payload:
        flags = sum(flag for intent, flag in APPLICATION_FLAGS.items() if intent in self.granted)
        return {
            "id": str(self.bot.id),
            "name": self.bot.name,
            "icon": None,
            "description": "",
            "summary": "",
            "bot_public": False,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "owner": self.application_owner.payload(),
            "bot": self.bot.payload(),
            "flags": flags,
            "approximate_guild_count": sum(guild.has_bot for guild in self.guilds.values()),
            "interactions_endpoint_url": None,
            "integration_types_config": {"0": {}},
        }

    def post(
        self,
        channel: Channel,
        author: User,
        content: str = "",
        *,
        kind: int = DEFAULT,
        reference: Reference | None = None,
    ) -> Message:
        return self.post_draft(channel, author, Draft({"content": content}), kind=kind, reference=reference)

    def post_draft(
        self,
        channel: Channel,
        author: User,
        draft: Draft,
        *,
        kind: int = DEFAULT,
        reference: Reference | None = None,
        webhook: Webhook | None = None,
        interaction: Interaction | None = None,
        flags: int = 0,
    ) -> Message:
        """Store a checked draft as a message and tell everybody; an ephemeral one is kept with its interaction only."""
        message = Message(self.ids.next(), channel, author, [draft.content], datetime.now(UTC), kind)
        message.flags = flags | draft.flags
        message.nonce = draft.nonce
        message.reference = reference
        message.webhook = webhook
        message.interaction = interaction
        message.attachments = [self.attach(channel, upload) for upload in draft.uploads]
        self._fill(message, draft)
        if isinstance(channel, Thread) and channel.archived:
            channel.archive(False)
        if not message.ephemeral:
            channel.posts[message.id] = message
            channel.last_message_id = message.id
        self.announce("MESSAGE_CREATE", message)
        return message

    def revise(self, message: Message, draft: Draft) -> None:
        """Change what a draft gives: text, embeds, components, the attachments kept and added."""
        if "content" in draft.body:
            message.versions.append(draft.content)
        if "attachments" in draft.body:
            kept = {str(item.get("id")) for item in draft.body["attachments"]}
            message.attachments = [item for item in message.attachments if str(item.id) in kept]
        message.attachments += [self.attach(message.channel, upload) for upload in draft.uploads]
        self._fill(message, draft)
        if "flags" in draft.body:
            message.flags = (message.flags & ~SUPPRESS_EMBEDS) | (draft.flags & SUPPRESS_EMBEDS)
        message.edited_at = datetime.now(UTC)
        self.announce("MESSAGE_UPDATE", message)

    def remove(self, message: Message) -> None:
        message.deleted = True
        if message.channel.posts.pop(message.id, None) is None:
            self.changes.notify()
            return
        data: Payload = {"id": str(message.id), "channel_id": str(message.channel.id)}
        if message.guild_id is not None:
            data["guild_id"] = str(message.guild_id)
        message.channel.dispatch("MESSAGE_DELETE", data, Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES)
        self.changes.notify()

    def remove_many(self, messages: list[Message]) -> None:
        """Take messages of one channel away together, which is one event."""
        if not messages:
            return
        channel = messages[0].channel
        for message in messages:
            message.deleted = True
            del channel.posts[message.id]
        data: Payload = {"ids": [str(message.id) for message in messages], "channel_id": str(channel.id)}
        if channel.guild is not None:
            data["guild_id"] = str(channel.guild.id)
        channel.dispatch("MESSAGE_DELETE_BULK", data, Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES)
        self.changes.notify()

    def announce(self, event: str, message: Message) -> None:
        """Dispatch MESSAGE_CREATE or MESSAGE_UPDATE; what is ephemeral comes as if from a direct channel."""
        needs = Intent.DIRECT_MESSAGES if message.ephemeral else Intent.GUILD_MESSAGES
        data = message.event(self.bot)
        hidden = message.event(self.bot, with_content=False)
        message.channel.dispatch(event, data, needs, Intent.DIRECT_MESSAGES, hidden)
        self.changes.notify()

    def add_reaction(self, message: Message, user: User, emoji: str) -> None:
        users = message.reactions.setdefault(emoji, [])
        if user not in users:
            users.append(user)
            self._dispatch_reaction("MESSAGE_REACTION_ADD", message, user, emoji)

    def remove_reaction(self, message: Message, user: User, emoji: str) -> None:
        users = message.reactions.get(emoji, [])
        if user in users:
            users.remove(user)
            if not users:
                del message.reactions[emoji]
            self._dispatch_reaction("MESSAGE_REACTION_REMOVE", message, user, emoji)

    def said_with(self, author: User, nonce: str) -> Message | None:
        """Return the message that the author posted with this nonce in the past few minutes."""
        said_at, message = self._nonces.get((author.id, nonce), (0.0, None))
        return message if time.monotonic() - said_at < NONCE_SECONDS else None

    def remember_nonce(self, message: Message) -> None:
        if message.nonce is not None:
            self._nonces[message.author.id, message.nonce] = time.monotonic(), message

    def forget_nonces(self) -> None:
        """Do as if the past few minutes were over."""
        self._nonces.clear()

    def _fill(self, message: Message, draft: Draft) -> None:
        if "embeds" in draft.body:
            message.embeds = draft.embeds
        if "components" in draft.body:
            message.components = draft.components
        if "allowed_mentions" in draft.body:
            message.allowed_mentions = draft.allowed_mentions
        replied_to = message.reply_to.author if message.reply_to else None
        message.mentions = find_mentions(
            message.content, message.author, message.channel, message.allowed_mentions, replied_to
        )

    def attach(self, channel: Channel, upload: Upload) -> Attachment:
        attachment_id = self.ids.next()
        url = f"{self.base_url}/attachments/{channel.id}/{attachment_id}/{quote(upload.filename)}"
        kind = mimetypes.guess_type(upload.filename)[0] or "application/octet-stream"
        attachment = Attachment(attachment_id, upload.filename, kind, upload.data, url, upload.description)
        self.attachments[attachment_id] = attachment
        return attachment

    def _dispatch_webhooks(self, channel: TextChannel) -> None:
        ids = {"guild_id": str(channel.guild.id), "channel_id": str(channel.id)}
        channel.guild.dispatch("WEBHOOKS_UPDATE", ids, Intent.GUILD_WEBHOOKS)

    def _dispatch_reaction(self, event: str, message: Message, user: User, emoji: str) -> None:
        data: Payload = {
            "user_id": str(user.id),
            "channel_id": str(message.channel.id),
            "message_id": str(message.id),
            "message_author_id": str(message.author.id),
            "emoji": emoji_payload(emoji),
            "burst": False,
            "type": 0,
        }
        guild = message.channel.guild
        if guild is not None:
            data["guild_id"] = str(guild.id)
            if event == "MESSAGE_REACTION_ADD" and user.id in guild.members:
                data["member"] = guild.members[user.id].payload()
        message.channel.dispatch(event, data, Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS)
        self.changes.notify()
