from __future__ import annotations

from typing import TYPE_CHECKING

from tests.discord_server.channels import TextChannel, Thread
from tests.discord_server.intents import Intent
from tests.discord_server.permissions import ALL, BOT, EVERYONE, NONE, Permission
from tests.discord_server.users import Member, Payload, Role, User

if TYPE_CHECKING:
    from tests.discord_server.world import World


class Guild:
    """A guild. What is changed here is dispatched to the bot while it is a member."""

    def __init__(self, world: World, name: str, owner: User) -> None:
        self.world = world
        self.id = world.ids.next()
        self.name = name
        self.owner = owner
        self.everyone = Role(self.id, "@everyone", EVERYONE)
        self.roles: dict[int, Role] = {self.id: self.everyone}
        self.members: dict[int, Member] = {}
        self.channels: dict[int, TextChannel] = {}
        self.threads: dict[int, Thread] = {}

    def __repr__(self) -> str:
        return f"<guild {self.name}>"

    @property
    def has_bot(self) -> bool:
        return self.world.bot.id in self.members

    @property
    def active_threads(self) -> list[Thread]:
        """The threads that are not archived and that the bot may see."""
        seen = [t for t in self.threads.values() if Permission.VIEW_CHANNEL in t.permissions_of(self.world.bot)]
        return [thread for thread in seen if not thread.archived]

    def add_channel(self, name: str, topic: str | None = None) -> TextChannel:
        channel = TextChannel(self, name, topic)
        self.channels[channel.id] = self.world.channels[channel.id] = channel
        self.dispatch("CHANNEL_CREATE", channel.payload())
        return channel

    def add_role(self, name: str, permissions: Permission = NONE) -> Role:
        role = Role(self.world.ids.next(), name, permissions, position=len(self.roles))
        self.roles[role.id] = role
        self.dispatch("GUILD_ROLE_CREATE", {"guild_id": str(self.id), "role": role.payload()})
        return role

    def add_member(self, user: User, *roles: Role, nick: str | None = None) -> Member:
        """Let a user join; the bot gets a role of its own with `permissions.BOT`."""
        if user is self.world.bot:
            number, position = self.world.ids.next(), len(self.roles)
            role = Role(number, user.name, BOT, position=position, managed=True, bot_id=user.id)
            self.roles[role.id] = role
            roles = (*roles, role)
        member = self.members[user.id] = Member(user, list(roles), nick)
        if user is self.world.bot:
            joined = self.payload()
            del joined["unavailable"]
            self.dispatch("GUILD_CREATE", joined)
        else:
            self.dispatch("GUILD_MEMBER_ADD", member.payload() | self._id(), Intent.GUILD_MEMBERS)
        return member

    def remove_member(self, user: User) -> None:
        """Let a user leave; for the bot that is the end of the guild."""
        if user is self.world.bot:
            self.dispatch("GUILD_DELETE", {"id": str(self.id)})
        del self.members[user.id]
        self.dispatch("GUILD_MEMBER_REMOVE", {"user": user.payload()} | self._id(), Intent.GUILD_MEMBERS)

    def give_role(self, user: User, role: Role) -> None:
        self.members[user.id].roles.append(role)
        self._dispatch_update(user)

    def take_role(self, user: User, role: Role) -> None:
        self.members[user.id].roles.remove(role)
        self._dispatch_update(user)

    def name_member(self, user: User, nick: str | None) -> None:
        self.members[user.id].nick = nick
        self._dispatch_update(user)

    def permissions_of(self, user: User) -> Permission:
        if user is self.owner:
            return ALL
        member = self.members.get(user.id)
        if member is None:
            return NONE
        granted = self.everyone.permissions
        for role in member.roles:
            granted |= role.permissions
        return ALL if Permission.ADMINISTRATOR in granted else granted

    def dispatch(self, name: str, data: Payload, needs: Intent = Intent.GUILDS) -> None:
        """Tell the bot, where it is a member and asked for it; its own membership needs no more than GUILDS."""
        if self.has_bot:
            own = data.get("user", {}).get("id") == str(self.world.bot.id)
            self.world.sessions.dispatch(name, data, Intent.GUILDS if own else needs)

    def payload(self) -> Payload:
        """Return what GUILD_CREATE and REST show: of the members only the bot."""
        bot = self.members.get(self.world.bot.id)
        return {
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(self.owner.id),
            "icon": None,
            "unavailable": False,
            "large": False,
            "member_count": len(self.members),
            "joined_at": bot.joined_at.isoformat() if bot else None,
            "roles": [role.payload() for role in self.roles.values()],
            "members": [bot.payload()] if bot else [],
            "channels": [channel.payload() for channel in self.channels.values()],
            "threads": [thread.payload() for thread in self.active_threads],
            "emojis": [],
            "stickers": [],
            "features": [],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "preferred_locale": "en-US",
            "afk_timeout": 300,
            "afk_channel_id": None,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "verification_level": 0,
            "default_message_notifications": 1,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
        }

    def _dispatch_update(self, user: User) -> None:
        data = self.members[user.id].payload() | self._id()
        self.dispatch("GUILD_MEMBER_UPDATE", data, Intent.GUILD_MEMBERS)

    def _id(self) -> Payload:
        return {"guild_id": str(self.id)}
