"""Whether something that was said is for the session of its place, and handing it on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import cast

import aiohttp
import discord

from segue.client import Client
from segue.discord_bot.access import may_talk
from segue.discord_bot.acknowledgements import REFUSED, Acknowledgements
from segue.discord_bot.attachments import as_document, as_image, is_image, may_be_text
from segue.discord_bot.outlet import INTERFACE, Outlet, Refused, Unsure
from segue.discord_bot.past import Past, past_of
from segue.discord_bot.places import Places
from segue.discord_bot.projects import project_of
from segue.discord_bot.render import Part, nonce, one_line
from segue.discord_bot.visitors import channels_of, is_addressed, is_talk, place_title, text_of, visitor
from segue.discord_settings import DiscordSettings
from segue.errors import BindingNotFound, IdempotencyConflict, NotFound, SegueError, SessionNotFound
from segue.models import Attachment, BindingState, Message

log = logging.getLogger(__name__)

_NAME_LENGTH = 200
_TRIES = 3
_READ_SECONDS = 20.0  # that a place waits for one file, however often it is tried
_LEFT_OUT = "[attached and not handed on: "
_COMMAND = "command:"  # before the ids of what was said with a command and of who did: no message is called so


class Reception:
    """Takes what people say at Discord. What it raises passes: try again."""

    def __init__(
        self,
        bot: discord.Client,
        client: Client,
        places: Places,
        settings: DiscordSettings,
        acknowledgements: Acknowledgements,
        settle: Callable[[str, int], Awaitable[None]],
    ) -> None:
        self._bot = bot
        self._client = client
        self._places = places
        self._settings = settings
        self._acknowledgements = acknowledgements
        self._settle = settle

    @property
    def _me(self) -> discord.ClientUser:
        assert self._bot.user is not None
        return self._bot.user

    async def binding(self, place: int) -> BindingState | None:
        """Return what is bound at a place, and what came from there last, as the daemon knows it now."""
        try:
            return await self._client.binding(INTERFACE, str(place))
        except BindingNotFound:
            return None

    async def channel(self, place: int) -> discord.abc.Messageable | None:
        """Return a place to be read; None where the bot may not, or not any more."""
        try:
            found = self._bot.get_channel(place) or await self._bot.fetch_channel(place)
        except (discord.NotFound, discord.Forbidden) as exc:
            log.info("place %s is not there to be read: %s", place, exc)
            return None
        return cast(discord.abc.Messageable, found)

    async def is_welcome(self, message: discord.Message) -> bool:
        """Tell whether somebody who may talk here said it."""
        if not is_talk(message):
            return False
        with_roles = bool(self._settings.allow_roles)
        who = await visitor(message.author, message.channel, message.guild, with_roles=with_roles)
        return may_talk(self._settings, who)

    async def past(self, binding: BindingState) -> Past | None:
        """Return what the place showed when something was said there last, if it was bound anew since."""
        return await past_of(self._client, binding)

    async def take(self, message: discord.Message, past: Past | None = None) -> None:
        """Hand a message on, if it is for the session of its place; begin one where it asks for that. What the place
        showed in the `past` gets what was said then; it is not answered, for nobody would see that here."""
        if not await self.is_welcome(message):
            return
        if message.guild is None:
            await self._settle(str(message.channel.id), message.author.id)
        wanted = await self._wanted(message)
        if wanted is None:
            return
        binding, respond = wanted
        if past is not None:
            binding, respond = binding.model_copy(update={"session_id": past.session_id}), False
        try:
            stored = await self._post(binding, message, respond)
        except IdempotencyConflict:
            log.info("message %s was taken earlier, and has changed since", message.id)
            self._acknowledgements.taken(message)
        except SessionNotFound:
            await self._places.load()
            raise
        except SegueError as exc:
            if exc.status >= 500 or exc.status in (401, 403, 429):
                raise
            await self._refuse(message, exc.message)
        else:
            if stored:
                self._acknowledgements.taken(message)

    async def _wanted(self, message: discord.Message) -> tuple[BindingState, bool] | None:
        """Return where a message goes and whether it is to be answered; None if it goes nowhere."""
        place = message.channel.id
        here = self._settings.service(*channels_of(message.channel))
        addressed = is_addressed(message, self._me)
        answered = message.guild is None or (here.reply != "never" and (here.reply == "always" or addressed))
        binding = self._places.get(place)
        if binding is None:
            if not answered:
                return None
            owner = await self._owner(message.author) if message.guild is None else None
            title = place_title(message.channel, message.author.display_name)
            project = project_of(self._settings, message.channel)
            binding = await self._places.open(place, title, here.policy, here.agent, owner, project)
        if binding.policy == "mention" and not addressed:
            return None
        return binding, answered and binding.policy != "muted"

    async def _owner(self, user: discord.abc.User) -> Client | None:
        """Return the client of a person whom Segue knows: their direct talk is a session of their own."""
        try:
            await self._client.user_of(INTERFACE, str(user.id))
        except NotFound:
            return None
        return self._client.acting_for(INTERFACE, str(user.id))

    async def _post(self, binding: BindingState, message: discord.Message, respond: bool) -> bool:
        """Store a message; return False for one that says nothing at all."""
        text = text_of(message, self._me)
        images, documents, left_out = await self._attachments(message)
        text = "\n".join(line for line in (text, *left_out) if line)
        if not (text or images or documents):
            return False
        await self._client.post(
            binding.session_id,
            text,
            sender=one_line(message.author.display_name, _NAME_LENGTH),
            respond=respond,
            images=images,
            documents=documents,
            key=f"{INTERFACE}:{message.id}",
            author=(INTERFACE, str(message.author.id)),
            place=binding.place,
            external_id=str(message.id),
            said_at=message.created_at,
        )
        return True

    async def _attachments(self, message: discord.Message) -> tuple[list[Attachment], list[Attachment], list[str]]:
        images: list[Attachment] = []
        documents: list[Attachment] = []
        left_out = []
        for file in message.attachments:
            kind = (file.content_type or "").partition(";")[0]
            wanted = is_image(kind) or may_be_text(file.filename, kind)
            fits = file.size <= self._settings.max_attachment_bytes
            data = await read_file(file) if wanted and fits else None
            if data is not None and is_image(kind):
                images.append(as_image(data, kind))
            elif data is not None and (document := as_document(file.filename, data, kind)):
                documents.append(document)
            else:
                left_out.append(f"{_LEFT_OUT}{file.filename}, {file.size:,} bytes]")
        return images, documents, left_out

    async def _refuse(self, message: discord.Message, reason: str) -> None:
        """Say that a message was not taken, once: its reaction tells, after a restart too."""
        log.warning("message %s was not taken: %s", message.id, reason)
        if any(reaction.me and str(reaction.emoji) == REFUSED for reaction in message.reactions):
            return
        place = str(message.channel.id)
        part = Part(f"-# {REFUSED} This was not taken: {one_line(reason)}")
        try:
            await Outlet(self._bot, place).send(part, nonce(str(message.id), 0, place), reply_to=str(message.id))
        except (Refused, Unsure) as exc:
            log.warning("and that could not be said: %s", exc)
        self._acknowledgements.refused(message)

    async def ask(self, interaction: discord.Interaction, text: str) -> None:
        """Hand on what somebody said with a command, which asks for an answer."""
        user, place = interaction.user, str(interaction.channel_id)
        if interaction.guild is None:
            await self._settle(place, user.id)
        binding = self._places.get(place)
        if binding is None:
            here = self._settings.service(*channels_of(interaction.channel))
            title = place_title(interaction.channel, user.display_name)
            owner = await self._owner(user) if interaction.guild is None else None
            project = project_of(self._settings, interaction.channel)
            binding = await self._places.open(int(place), title, here.policy, here.agent, owner, project)
        await self._client.post(
            binding.session_id,
            text,
            sender=one_line(user.display_name, _NAME_LENGTH),
            respond=True,
            key=f"{INTERFACE}:{interaction.id}",
            author=(INTERFACE, str(user.id)),
            place=place,
            external_id=f"{_COMMAND}{interaction.id}:{user.id}",
        )

    # --- what changes afterwards

    async def edit(self, message: discord.Message) -> None:
        """Bring the new text of a message to where it went."""
        known = await self._known(message.channel.id, message.id)
        if known is None or not await self.is_welcome(message):
            return
        left_out = [line for line in known.content.splitlines() if line.startswith(_LEFT_OUT)]
        text = "\n".join(line for line in (text_of(message, self._me), *left_out) if line)
        if text == known.content:
            return
        try:
            await self._client.edit_message(known.session_id, known.id, text)
        except SegueError as exc:
            if exc.status >= 500 or exc.status in (401, 403, 429):
                raise
            if not isinstance(exc, NotFound):
                await self._refuse(message, f"the change: {exc.message}")

    async def delete(self, place: int, message_id: int) -> None:
        """Delete a message where it went; one whose answer has not begun takes its turn with it."""
        known = await self._known(place, message_id)
        if known is None:
            return
        try:
            turn = await self._client.turn(known.turn_id) if known.turn_id else None
            if turn and turn.state == "queued" and turn.message_id == known.id:
                await self._client.withdraw(turn.id)
            else:
                await self._client.delete_message(known.session_id, known.id)
        except NotFound:
            return

    async def _known(self, place: int, message_id: int) -> Message | None:
        """Return the message that came from here, if the daemon has it; one that was brought here is not meant."""
        if self._places.get(place) is None:
            return None
        try:
            known = await self._client.message_at(INTERFACE, str(place), str(message_id))
        except NotFound:
            return None
        return known if (known.place, known.external_id) == (str(place), str(message_id)) else None


async def read_file(file: discord.Attachment, seconds: float = _READ_SECONDS) -> bytes | None:
    """Return what is in a file; None for one that cannot be read in time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await _read(file)
    log.warning("the file %s could not be read in %s seconds", file.filename, seconds)
    return None


async def _read(file: discord.Attachment) -> bytes | None:
    for _ in range(_TRIES):
        try:
            return await file.read()
        except (discord.NotFound, discord.Forbidden):
            return None
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as exc:
            log.warning("the file %s could not be read: %s", file.filename, exc)
    return None


def number(external_id: str | None) -> int:
    """Return the id of what was said at Discord, in a message or with a command; 0 for nothing."""
    return int(external_id.removeprefix(_COMMAND).partition(":")[0]) if external_id else 0


def commander(external_id: str) -> int | None:
    """Return who said something with a command; None for what was said in a message."""
    person = external_id.removeprefix(_COMMAND).partition(":")[2]
    return int(person) if external_id.startswith(_COMMAND) and person.isdigit() else None
