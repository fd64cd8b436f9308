"""What DiscordChatExporter writes as JSON: one channel, or a part of it, a file."""

from __future__ import annotations

import mimetypes
from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from segue.errors import Invalid
from segue.models import Attachment
from segued.imports.base import Begun, Item, LeftOut, Said, Source
from segued.imports.foreign import object_of, objects_of, text_of
from segued.imports.json_reader import TOO_LONG, JsonReader, TooLong

_SMALL = 1024 * 1024
_REMEMBERED = 5000  # messages that a reply may quote
_QUOTED = 80  # characters
_NOTICES = frozenset(
    [
        "RecipientAdd",
        "RecipientRemove",
        "Call",
        "ChannelNameChange",
        "ChannelIconChange",
        "ChannelPinnedMessage",
        "GuildMemberJoin",
        "ThreadCreated",
    ]
)


def read(source: Source) -> Iterator[Item]:
    reader = JsonReader(source.file)
    while reader.peek():
        yield from _channel(reader, source.most_bytes)


def _channel(reader: JsonReader, most_bytes: int) -> Iterator[Item]:
    head: dict[str, Any] = {}
    waiting: int | None = None  # where the messages are, if they stand before the channel
    for key in reader.fields():
        if key in ("guild", "channel"):
            head[key] = object_of(reader.value(_SMALL))
        elif key == "messages" and "channel" in head:
            yield from _messages(reader, head, most_bytes)
        else:
            waiting = reader.position if key == "messages" else waiting
            reader.skip()
    if not head.get("channel", {}).get("id"):
        raise Invalid("this is no export of a Discord channel: it does not say which channel")
    if waiting is not None:
        end = reader.position
        reader.seek(waiting)
        yield from _messages(reader, head, most_bytes)
        reader.seek(end)


def _messages(reader: JsonReader, head: dict[str, Any], most_bytes: int) -> Iterator[Item]:
    channel, guild = head["channel"], str(head.get("guild", {}).get("name") or "")
    name = f"#{channel.get('name') or channel.get('id')}"
    yield Begun(f"discord/{channel.get('id')}"[:200], f"{name} ({guild})" if guild else name)
    quotes: OrderedDict[str, str] = OrderedDict()
    for number in reader.elements():
        where = f"{name}, message {number}"
        try:
            yield _item(where, object_of(reader.value(most_bytes)), quotes)
        except TooLong:
            yield LeftOut(where, TOO_LONG)


def _item(where: str, message: dict[str, Any], quotes: OrderedDict[str, str]) -> Item:
    author = object_of(message.get("author"))
    identity = message.get("id")
    if not isinstance(identity, str | int) or not author:
        return LeftOut(where, "it is no message: it has no id or no author")
    if message.get("type") in _NOTICES:
        return LeftOut(where, f"a notice of Discord ({message['type']})")
    sender = str(author.get("nickname") or author.get("name") or author.get("id"))
    said = "\n\n".join(filter(None, (text_of(message.get("content")), *_embedded(message), *_stickers(message))))
    images, documents = _attached(message)
    if not (said.strip() or images or documents):
        return LeftOut(where, "there is nothing in it")
    quote = _quote(message, quotes)
    _remember(quotes, str(identity), f"{sender}: {' '.join(said[: 2 * _QUOTED].split())}")
    return Said(
        where,
        str(identity),
        "assistant" if author.get("isBot") is True else "user",
        sender,
        quote + said,
        time_of(message.get("timestamp")),
        time_of(message.get("timestampEdited")),
        images,
        documents,
    )


def _remember(quotes: OrderedDict[str, str], identity: str, said: str) -> None:
    quotes[identity] = said if len(said) <= _QUOTED else f"{said[:_QUOTED]}…"
    if len(quotes) > _REMEMBERED:
        quotes.popitem(last=False)


def _quote(message: dict[str, Any], quotes: OrderedDict[str, str]) -> str:
    """Return what the message replies to, as a quote before it."""
    reference = object_of(message.get("reference")).get("messageId")
    if reference is None:
        return ""
    return f"> {quotes.get(str(reference), '(a message that is not here)')}\n\n"


def _embedded(message: dict[str, Any]) -> Iterator[str]:
    for embed in objects_of(message.get("embeds")):
        if str(embed.get("url") or "\n") not in text_of(message.get("content")):  # else a preview of a link in it
            yield "\n".join(filter(None, (text_of(embed.get("title")), text_of(embed.get("description")))))


def _stickers(message: dict[str, Any]) -> Iterator[str]:
    for sticker in objects_of(message.get("stickers")):
        yield f"(sticker: {sticker.get('name')})"


def _attached(message: dict[str, Any]) -> tuple[tuple[Attachment, ...], tuple[Attachment, ...]]:
    """Return images and other files, each with its name and where it was."""
    images: list[Attachment] = []
    documents: list[Attachment] = []
    for file in objects_of(message.get("attachments")):
        known = {"name": file.get("fileName"), "url": file.get("url"), "size": file.get("fileSizeBytes")}
        kind = mimetypes.guess_type(str(file.get("fileName")))[0] or ""
        (images if kind.startswith("image/") else documents).append({k: v for k, v in known.items() if v is not None})
    return tuple(images), tuple(documents)


def time_of(text: Any) -> datetime | None:
    """Return a time of an export, None where it is no time."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
