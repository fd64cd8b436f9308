"""One place at Discord as the bot writes to it, with the two ways in which that fails kept apart."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import aiohttp
import discord

from segue.discord_bot.controls import read_ids
from segue.discord_bot.mask import Mask
from segue.discord_bot.render import Part

INTERFACE = "discord"
_ID_LENGTH = 19  # of a snowflake until the year 2084
_LOOK_BACK = 1000  # messages of the history that are looked through for one that may have been sent

_UNKNOWN_MESSAGE = 10008
_TOO_MANY_OLD_EDITS = 30046
_NO_PERMISSION = 50013
_TOO_LARGE = 413  # with code 40005, or from what stands before Discord with none
NO_CHANNEL = "there is no such channel"
_WORDS = {
    10003: "the channel is gone",
    50001: "the bot may not see the channel",
    50007: "the person takes no direct messages from the bot",
    _NO_PERMISSION: "the bot lacks a permission there",
    160005: "the thread is locked",
}
_REFUSED = "-# {} could not be shown here: refused by Discord."
_REFUSED_LINE = re.compile(r"(?:\A|\n)" + re.escape(_REFUSED).replace(r"\{\}", r"\d+ files?") + r"\Z")

T = TypeVar("T")


class Refused(Exception):
    """Discord will not have it, now or later."""


class TooMuch(Refused):
    """Discord may have it without its files."""


class Gone(Refused):
    """The message that was to be changed is not there, or cannot be changed any more."""


class Unsure(Exception):
    """Nobody knows whether Discord has it: look, or send it again with the same nonce."""


@dataclass(frozen=True)
class Sent:
    """A message of the bot as it stands at Discord. `turn_id` or `approval_id` is what its buttons are about."""

    id: int
    text: str
    turn_id: str | None = None
    created_at: datetime | None = None
    approval_id: str | None = None


class Outlet:
    """A channel, thread or direct talk by its id; it need not be in any cache."""

    def __init__(self, bot: discord.Client, place: str) -> None:
        self.place = place
        self._bot = bot
        self._id = channel_id(place) or 0  # no channel has this id
        self._mask = Mask(bot, self._id)

    @property
    def _channel(self) -> discord.PartialMessageable:
        if not self._id:
            raise Refused(NO_CHANNEL)
        return self._bot.get_partial_messageable(self._id)

    async def send(
        self,
        part: Part,
        nonce: str,
        *,
        reply_to: str | None = None,
        view: discord.ui.View | None = None,
        whole: bool = False,
    ) -> Sent:
        """Send a part, or get the one that was sent with this nonce some minutes ago, which may have another text.
        Where its files are refused, they are left out, unless it is to stand there `whole` or not at all."""
        reference = self._reference(reply_to) if reply_to and reply_to.isdigit() else None  # a command is no message

        async def put(part: Part) -> discord.Message:
            async with translated():
                return await self._channel.send(
                    part.text,
                    nonce=nonce,
                    files=_files(part),
                    view=view,  # type: ignore[arg-type]  # its overloads know no None, its code does
                    reference=reference,  # type: ignore[arg-type]
                    allowed_mentions=_pings(part),
                )

        return _sent(await (put(part) if whole else _put_lighter(part, put)))

    async def may_mask(self) -> bool:
        """Tell whether the bot can show others by their own names here."""
        return await self._mask.webhook() is not None

    async def send_as(self, name: str, part: Part) -> Sent:
        """Send a part under somebody's name. There is no nonce for this: sent again, it is there twice."""
        webhook = await self._mask.webhook()
        if webhook is None:
            raise Unsure("the webhook is gone")

        async def put(part: Part) -> discord.WebhookMessage:
            async with translated():
                try:
                    return await webhook.send(
                        part.text,
                        username=name,
                        files=_files(part),
                        thread=self._mask.thread,
                        allowed_mentions=_pings(part),
                        wait=True,
                    )
                except discord.NotFound as exc:
                    self._mask.lose()
                    raise Unsure("the webhook was deleted") from exc

        message = await _put_lighter(part, put)
        return Sent(message.id, _as_rendered(message.content), None)

    async def is_masked(self, message_id: int) -> bool:
        """Tell whether a message was sent under somebody's name."""
        webhook = await self._mask.webhook()
        if webhook is None:
            return False
        try:
            async with translated():
                await webhook.fetch_message(message_id, thread=self._mask.thread)
        except Refused:
            return False
        return True

    async def edit_masked(self, message_id: int, part: Part) -> None:
        """Change a message that was sent under somebody's name. Raises `Gone` if it is not there."""
        webhook = await self._mask.webhook()
        if webhook is None:
            raise Gone("the webhook is gone")

        async def put(part: Part) -> None:
            async with translated():
                await webhook.edit_message(
                    message_id,
                    content=part.text,
                    attachments=_files(part),
                    thread=self._mask.thread,
                    allowed_mentions=discord.AllowedMentions.none(),
                )

        await _put_lighter(part, put)

    async def delete_masked(self, message_id: int) -> None:
        """Take a message away that was sent under somebody's name. Raises `Gone` if it is not there."""
        webhook = await self._mask.webhook()
        if webhook is None:
            raise Gone("the webhook is gone")
        async with translated():
            await webhook.delete_message(message_id, thread=self._mask.thread)

    async def edit(self, message_id: int, part: Part, view: discord.ui.View | None = None) -> None:
        """Change a message of the bot; without `view` it has no buttons. Raises `Gone` if it is not there."""
        message = self._channel.get_partial_message(message_id)
        nobody = discord.AllowedMentions.none()

        async def put(part: Part) -> None:
            async with translated():
                await message.edit(content=part.text, attachments=_files(part), view=view, allowed_mentions=nobody)

        await _put_lighter(part, put)

    async def delete(self, message_id: int) -> None:
        """Take a message of the bot away. Raises `Gone` if it is not there."""
        async with translated():
            await self._channel.get_partial_message(message_id).delete()

    async def react(self, message_id: int, emoji: str) -> None:
        async with translated():
            await self._channel.get_partial_message(message_id).add_reaction(emoji)

    async def type(self) -> None:
        """Show the bot as typing, which lasts ten seconds or until it says something."""
        async with translated():
            await self._channel.typing()

    def may_look(self) -> bool:
        """Tell whether the bot may read what was said here; where it does not know, it may."""
        channel = self._bot.get_channel(self._id)
        if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            return True
        return channel.permissions_for(channel.guild.me).read_message_history

    def is_overtaken(self, message_id: int) -> bool:
        """Tell whether something was said here after a message, as far as the bot knows."""
        last = getattr(self._bot.get_channel(self._id), "last_message_id", None)
        return last is not None and last > message_id

    async def own_since(self, after: int | datetime) -> Sequence[Sent]:
        """Return what the bot itself said here after a message or a moment, oldest first."""
        since = discord.Object(after) if isinstance(after, int) else after
        async with translated():
            said = [m async for m in self._channel.history(after=since, limit=_LOOK_BACK, oldest_first=True)]
        webhook = await self._mask.webhook() if any(m.webhook_id for m in said) else None
        ours = {self._bot.user.id if self._bot.user else 0, webhook.id if webhook else 0}
        return [_sent(m) for m in said if (m.webhook_id or m.author.id) in ours]

    def _reference(self, message_id: str) -> discord.MessageReference:
        return discord.MessageReference(message_id=int(message_id), channel_id=self._id, fail_if_not_exists=False)


def channel_id(place: str) -> int | None:
    """Return which channel a place is; None for one that is none: somebody bound it by hand."""
    return int(place) if place.isascii() and place.isdigit() and len(place) <= _ID_LENGTH else None


def _pings(part: Part) -> discord.AllowedMentions:
    if not part.pings:
        return discord.AllowedMentions.none()
    users = [discord.Object(user) for user in part.pings]
    return discord.AllowedMentions(everyone=False, roles=False, users=users, replied_user=False)


def _files(part: Part) -> list[discord.File]:
    return [discord.File(io.BytesIO(file.data), file.name) for file in part.files]


async def _put_lighter(part: Part, put: Callable[[Part], Awaitable[T]]) -> T:
    """Put a part; where Discord has it only without its files, without them, and with a line that says so."""
    try:
        return await put(part)
    except TooMuch:
        if not part.files:
            raise
    count = "1 file" if len(part.files) == 1 else f"{len(part.files)} files"
    return await put(replace(part, text=f"{part.text}\n{_REFUSED.format(count)}".strip(), files=()))


def _as_rendered(text: str) -> str:
    """Return what stands there as it was to be put: that its files were left out is no other text."""
    return _REFUSED_LINE.sub("", text)


def _sent(message: discord.Message) -> Sent:
    turn_id, approval_id = read_ids(part.custom_id for part in _buttons(message) if part.custom_id)
    return Sent(message.id, _as_rendered(message.content), turn_id, message.created_at, approval_id)


def _buttons(message: discord.Message) -> list[discord.Button]:
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return [part for row in rows for part in row.children if isinstance(part, discord.Button)]


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Let what goes wrong be `Refused` or `Unsure`, with a reason for people."""
    try:
        yield
    except discord.HTTPException as exc:
        raise _translate(exc) from exc
    except (aiohttp.ClientError, OSError, TimeoutError) as exc:
        raise Unsure(f"Discord did not answer ({exc or type(exc).__name__})") from exc
    except RuntimeError as exc:
        if "closed" not in str(exc):
            raise
        raise Unsure("the connection to Discord is being closed") from exc  # says aiohttp, while the bot ends


def _translate(exc: discord.HTTPException) -> Refused | Unsure:
    if exc.code in (_UNKNOWN_MESSAGE, _TOO_MANY_OLD_EDITS):
        return Gone(exc.text or "the message is gone")
    if exc.status in (400, 403, 404, 413):
        kind = TooMuch if exc.status == _TOO_LARGE or exc.code == _NO_PERMISSION else Refused
        return kind(f"{_WORDS.get(exc.code, exc.text or 'Discord refused it')} (Discord's error {exc.code})")
    return Unsure(f"Discord answered {exc.status} ({exc.text or 'no reason given'})")
