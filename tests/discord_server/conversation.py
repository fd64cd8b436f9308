"""Any channel, and the people's side of it: what anybody but the bot does and sees there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from tests.discord_server.drafts import Draft, Upload
from tests.discord_server.intents import Intent
from tests.discord_server.messages import DEFAULT, REPLY, Message, Reference
from tests.discord_server.permissions import Permission
from tests.discord_server.users import Payload, User

if TYPE_CHECKING:
    from tests.discord_server.guilds import Guild
    from tests.discord_server.world import World

_WAIT_SECONDS = 40.0


class Channel:
    """A place where messages stand. Everything people do in it is dispatched to the bot as Discord would."""

    kind: ClassVar[int]
    guild: Guild | None = None
    name = ""

    def __init__(self, world: World, channel_id: int) -> None:
        self.world = world
        self.id = channel_id
        self.posts: dict[int, Message] = {}
        """Messages by id, oldest first."""
        self.typed: list[User] = []
        """Who was shown as typing, once for every time."""
        self.last_message_id: int | None = None
        """The newest message there ever was; like Discord's, it may be of one that is deleted."""

    def __repr__(self) -> str:
        return f"<#{self.name}>"

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    def permissions_of(self, user: User) -> Permission:
        raise NotImplementedError

    def payload(self) -> Payload:
        raise NotImplementedError

    def dispatch(
        self, name: str, data: Payload, in_guild: Intent, in_direct: Intent, hidden: Payload | None = None
    ) -> None:
        """Tell the bot, where it may see the channel and asked for it."""
        if Permission.VIEW_CHANNEL in self.permissions_of(self.world.bot):
            self.world.sessions.dispatch(name, data, in_guild if self.guild else in_direct, hidden)

    @property
    def messages(self) -> list[Message]:
        """What stands in the channel, oldest first."""
        return list(self.posts.values())

    @property
    def lines(self) -> list[str]:
        """What stands in the channel, as "alice: hello"."""
        return [str(message) for message in self.messages]

    async def say(
        self,
        author: User,
        content: str = "",
        *,
        attachments: Iterable[tuple[str, bytes]] = (),
        reply_to: Message | None = None,
        nonce: str | None = None,
        embeds: Iterable[Payload] = (),
        kind: int | None = None,
    ) -> Message:
        """Post a message as somebody; `attachments` are names and contents, `kind` is Discord's message type."""
        uploads = tuple(Upload(name, data) for name, data in attachments)
        draft = Draft({"content": content, "nonce": nonce, "embeds": list(embeds)}, uploads)
        draft.check()
        assert self.guild is None or author.id in self.guild.members, f"{author} is not a member of {self.guild}"
        reference = Reference(reply_to.id, self, reply_to) if reply_to else None
        found = (REPLY if reply_to else DEFAULT) if kind is None else kind
        return self.world.post_draft(self, author, draft, kind=found, reference=reference)

    async def edit(self, message: Message, content: str) -> None:
        """Change the text of a message, as its author."""
        self.world.revise(message, Draft({"content": content}))

    async def delete(self, message: Message) -> None:
        """Take a message away, as its author or a moderator."""
        self.world.remove(message)

    async def purge(self, messages: Iterable[Message]) -> None:
        """Take many messages away at once, as a moderator."""
        self.world.remove_many(list(messages))

    async def unfurl(self, message: Message, embed: Payload) -> None:
        """Show the preview of a link, as Discord does on its own: an update that is no edit."""
        message.embeds = [*message.embeds, embed]
        self.world.announce("MESSAGE_UPDATE", message)

    async def react(self, message: Message, user: User, emoji: str) -> None:
        self.world.add_reaction(message, user, emoji)

    async def unreact(self, message: Message, user: User, emoji: str) -> None:
        self.world.remove_reaction(message, user, emoji)

    async def type(self, user: User) -> None:
        """Let somebody be shown as typing."""
        self.typed.append(user)
        now = int(datetime.now(UTC).timestamp())
        data: Payload = {"channel_id": str(self.id), "user_id": str(user.id), "timestamp": now}
        if self.guild is not None:
            data |= {"guild_id": str(self.guild.id), "member": self.guild.members[user.id].payload()}
        self.dispatch("TYPING_START", data, Intent.GUILD_MESSAGE_TYPING, Intent.DIRECT_MESSAGE_TYPING)
        self.world.changes.notify()

    async def wait_for(self, wanted: str | Callable[[Message], bool], timeout: float = _WAIT_SECONDS) -> Message:
        """Return the first message that matches, now or once it does; a string is looked for in the text."""
        matches = (lambda message: wanted in message.content) if isinstance(wanted, str) else wanted

        def look() -> Message | None:
            return next((message for message in self.messages if matches(message)), None)

        return await self.world.changes.until(look, timeout, lambda: self.lines)

    async def wait_for_count(self, count: int, timeout: float = _WAIT_SECONDS) -> list[Message]:
        """Return what stands here once it is that many messages."""
        await self.world.changes.until(lambda: len(self.posts) >= count, timeout, lambda: self.lines)
        return self.messages

    async def wait_until_deleted(self, message: Message, timeout: float = _WAIT_SECONDS) -> None:
        await self.world.changes.until(lambda: message.deleted, timeout, lambda: self.lines)

    async def wait_for_reaction(self, message: Message, emoji: str, timeout: float = _WAIT_SECONDS) -> list[User]:
        """Return who reacted so, once somebody did."""
        look = message.reactions.get
        return await self.world.changes.until(lambda: look(emoji), timeout, lambda: message.reactions)

    async def wait_for_typing(self, count: int = 1, timeout: float = _WAIT_SECONDS) -> None:
        """Return once the bot was shown as typing so many times."""
        await self.world.changes.until(
            lambda: self.typed.count(self.world.bot) >= count, timeout, lambda: f"typed {self.typed}"
        )
