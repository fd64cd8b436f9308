from __future__ import annotations

from typing import Any

import discord
import pytest

from segue.discord_bot.visitors import text_of

EMBED = {"type": "rich", "title": "A link"}
STICKER = {"id": "9", "name": "Wave", "format_type": 1}
POLL = {
    "question": {"text": "Tea?"},
    "answers": [{"answer_id": 1, "poll_media": {"text": "yes"}}, {"answer_id": 2, "poll_media": {"text": "no"}}],
    "expiry": "2026-01-02T00:00:00+00:00",
    "allow_multiselect": False,
    "layout_type": 1,
}
FORWARDED = {
    "content": "the old text",
    "embeds": [],
    "attachments": [],
    "mentions": [],
    "mention_roles": [],
    "components": [],
    "type": 0,
    "flags": 0,
    "timestamp": "2026-01-01T00:00:00+00:00",
    "edited_timestamp": None,
}


def text(**fields: Any) -> str:
    client = discord.Client(intents=discord.Intents.none())
    user = {"id": "5", "username": "alice", "discriminator": "0", "avatar": None}
    plain: dict[str, Any] = {"content": "", "embeds": [], "attachments": [], "mentions": [], "mention_roles": []}
    plain |= {"id": "1", "author": user, "type": 0, "edited_timestamp": None, "pinned": False, "tts": False}
    data = plain | {"mention_everyone": False, "timestamp": "2026-01-01T00:00:00+00:00"} | fields
    state = client._connection
    message = discord.Message(state=state, channel=client.get_partial_messageable(2), data=data)
    return text_of(message, discord.User(state=state, data=user))


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"embeds": [EMBED, EMBED]}, "[shared an embed]"),
        ({"sticker_items": [STICKER]}, "[sticker: Wave]"),
        ({"poll": POLL}, "[poll: Tea? yes / no]"),
        ({"message_snapshots": [{"message": FORWARDED}]}, "[forwarded: the old text]"),
        ({"content": "look", "embeds": [EMBED]}, "look"),
        ({}, ""),
    ],
    ids=["embed", "sticker", "poll", "forward", "words", "nothing"],
)
def test_message_without_words_says_what_it_is(fields: dict[str, Any], line: str) -> None:
    assert text(**fields) == line
