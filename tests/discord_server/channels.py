from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.discord_server.conversation import Channel
from tests.discord_server.messages import HAS_THREAD, THREAD_CREATED, THREAD_STARTER, Message, Reference
from tests.discord_server.permissions import ALL, NONE, Overwrite, Permission, overwritten
from tests.discord_server.users import Payload, Role, User

if TYPE_CHECKING:
    from tests.discord_server.guilds import Guild
    from tests.discord_server.webhooks import Webhook
    from tests.discord_server.world import World

TEXT, DIRECT, PUBLIC_THREAD = 0, 1, 11


class TextChannel(Channel):
    kind = TEXT
    guild: Guild

    def __init__(self, guild: Guild, name: str, topic: str | None = None) -> None:
        super().__init__(guild.world, guild.world.ids.next())
        self.guild = guild
        self.name = name
        self.topic = topic
        self.overwrites: dict[int, Overwrite] = {}
        self.webhooks: dict[int, Webhook] = {}

    def permissions_of(self, user: User) -> Permission:
        base = self.guild.permissions_of(user)
        member = self.guild.members.get(user.id)
        if base == ALL or member is None:
            return base
        granted = overwritten(base, self.overwrites, self.guild.id, [role.id for role in member.roles], user.id)
        return granted if Permission.VIEW_CHANNEL in granted else NONE

    def deny(self, target: User | Role, permissions: Permission) -> None:
        """Take permissions from a user or a role, here alone."""
        overwrite = self._overwrite(target)
        overwrite.allow &= ~permissions
        overwrite.deny |= permissions
        self.guild.dispatch("CHANNEL_UPDATE", self.payload())

    def allow(self, target: User | Role, permissions: Permission) -> None:
        """Give permissions to a user or a role, here alone."""
        overwrite = self._overwrite(target)
        overwrite.deny &= ~permissions
        overwrite.allow |= permissions
        self.guild.dispatch("CHANNEL_UPDATE", self.payload())

    async def start_thread(self, author: User, name: str, message: Message | None = None) -> Thread:
        """Start a public thread, from a message or on its own."""
        return self.open_thread(author, name, message)

    def open_thread(self, author: User, name: str, message: Message | None = None) -> Thread:
        thread = Thread(self, message.id if message else self.world.ids.next(), name, author)
        self.guild.threads[thread.id] = self.world.channels[thread.id] = thread
        thread.tell("THREAD_CREATE", thread.payload() | {"newly_created": True})
        if message is not None:
            message.thread = thread
            message.flags |= HAS_THREAD
            self.world.announce("MESSAGE_UPDATE", message)
            starter = Reference(message.id, self, message)
            self.world.post(thread, author, kind=THREAD_STARTER, reference=starter)
        else:
            self.world.post(self, author, name, kind=THREAD_CREATED, reference=Reference(None, thread, None))
        return thread

    def change(self, *, name: str | None = None, topic: str | None = None) -> None:
        """Rename the channel, or say what it is about."""
        self.name = self.name if name is None else name
        self.topic = self.topic if topic is None else topic
        self.guild.dispatch("CHANNEL_UPDATE", self.payload())

    def remove(self) -> None:
        """Delete the channel and its threads."""
        for thread in [thread for thread in self.guild.threads.values() if thread.parent is self]:
            thread.remove()
        del self.guild.channels[self.id], self.world.channels[self.id]
        self.guild.dispatch("CHANNEL_DELETE", self.payload())

    def payload(self) -> Payload:
        return {
            "id": str(self.id),
            "type": self.kind,
            "guild_id": str(self.guild.id),
            "name": self.name,
            "topic": self.topic,
            "position": list(self.guild.channels).index(self.id) if self.id in self.guild.channels else 0,
            "permission_overwrites": [overwrite.payload() for overwrite in self.overwrites.values()],
            "nsfw": False,
            "parent_id": None,
            "rate_limit_per_user": 0,
            "last_message_id": last_message(self),
            "flags": 0,
        }

    def _overwrite(self, target: User | Role) -> Overwrite:
        return self.overwrites.setdefault(target.id, Overwrite(target.id, isinstance(target, User)))


class Thread(Channel):
    """A public thread. Its permissions are its parent's, with SEND_MESSAGES_IN_THREADS in SEND_MESSAGES' place."""

    kind = PUBLIC_THREAD
    guild: Guild

    def __init__(self, parent: TextChannel, thread_id: int, name: str, owner: User) -> None:
        super().__init__(parent.world, thread_id)
        self.guild = parent.guild
        self.parent = parent
        self.name = name
        self.owner = owner
        self.joined: list[User] = [owner]
        self.archived = False
        self.locked = False
        self.started_at = self.archive_changed_at = datetime.now(UTC)

    def permissions_of(self, user: User) -> Permission:
        granted = self.parent.permissions_of(user)
        writes = Permission.SEND_MESSAGES_IN_THREADS in granted
        return granted | Permission.SEND_MESSAGES if writes else granted & ~Permission.SEND_MESSAGES

    def archive(self, archived: bool = True, *, locked: bool | None = None) -> None:
        self.archived = archived
        self.locked = self.locked if locked is None else locked
        self.archive_changed_at = datetime.now(UTC)
        self.tell("THREAD_UPDATE", self.payload())

    def join(self, user: User) -> None:
        if user not in self.joined:
            self.joined.append(user)
            added = {"added_members": [self.member_payload(user)]}
            data = {"id": str(self.id), "guild_id": str(self.guild.id), "member_count": len(self.joined)}
            self.tell("THREAD_MEMBERS_UPDATE", data | added)

    def leave(self, user: User) -> None:
        if user in self.joined:
            self.joined.remove(user)
            removed = {"removed_member_ids": [str(user.id)]}
            data = {"id": str(self.id), "guild_id": str(self.guild.id), "member_count": len(self.joined)}
            self.tell("THREAD_MEMBERS_UPDATE", data | removed)

    def remove(self) -> None:
        del self.guild.threads[self.id], self.world.channels[self.id]
        ids = {"id": str(self.id), "guild_id": str(self.guild.id), "parent_id": str(self.parent.id)}
        self.tell("THREAD_DELETE", ids | {"type": self.kind})

    def tell(self, name: str, data: Payload) -> None:
        """Dispatch what happens to the thread itself, where the bot may see it."""
        if Permission.VIEW_CHANNEL in self.permissions_of(self.world.bot):
            self.guild.dispatch(name, data)

    def member_payload(self, user: User) -> Payload:
        ids = {"id": str(self.id), "user_id": str(user.id)}
        return ids | {"join_timestamp": self.started_at.isoformat(), "flags": 0}

    def payload(self) -> Payload:
        talk = [message for message in self.messages if message.kind != THREAD_STARTER]
        found: Payload = {
            "id": str(self.id),
            "type": self.kind,
            "guild_id": str(self.guild.id),
            "parent_id": str(self.parent.id),
            "owner_id": str(self.owner.id),
            "name": self.name,
            "last_message_id": last_message(self),
            "message_count": len(talk),
            "total_message_sent": len(talk),
            "member_count": len(self.joined),
            "rate_limit_per_user": 0,
            "flags": 0,
            "thread_metadata": {
                "archived": self.archived,
                "locked": self.locked,
                "auto_archive_duration": 1440,
                "archive_timestamp": self.archive_changed_at.isoformat(),
                "create_timestamp": self.started_at.isoformat(),
            },
        }
        bot = self.world.bot
        return found | ({"member": self.member_payload(bot)} if bot in self.joined else {})


class DirectChannel(Channel):
    """The talk of one person with the bot."""

    kind = DIRECT

    def __init__(self, world: World, person: User) -> None:
        super().__init__(world, world.ids.next())
        self.person = person
        self.name = person.name

    def permissions_of(self, user: User) -> Permission:
        return ALL if user in (self.person, self.world.bot) else NONE

    def payload(self) -> Payload:
        found = {"id": str(self.id), "type": self.kind, "last_message_id": last_message(self)}
        return found | {"recipients": [self.person.payload()], "flags": 0}


def last_message(channel: Channel) -> str | None:
    return None if channel.last_message_id is None else str(channel.last_message_id)
