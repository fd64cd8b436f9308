from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from segue.errors import Invalid
from segued.imports import discord
from tests.segued.imports.files import begun, channel, discord_message, items, left_out, said


def read(content: Any) -> Any:
    return items(discord.read, content)


def test_authors_times_and_edits_are_kept() -> None:
    bot = {"id": "8", "name": "helper", "nickname": None, "isBot": True}
    found = read(
        channel(discord_message(1, timestampEdited="2024-01-31T13:00:00+01:00"), discord_message(2, "beep", author=bot))
    )
    assert [(b.origin, b.title) for b in begun(found)] == [("discord/77", "#general (Guild)")]
    first, second = said(found)
    assert (first.id, first.role, first.sender, first.text) == ("1", "user", "Ada L.", "hi")
    assert first.at == datetime(2024, 1, 31, 12, 0, 1, 250_000, UTC)
    assert first.edited_at == datetime(2024, 1, 31, 12, 0, tzinfo=UTC)
    assert (second.role, second.sender) == ("assistant", "helper")


def test_a_reply_quotes_what_it_replies_to() -> None:
    found = read(
        channel(
            discord_message(1, "shall we\ngo?"),
            discord_message(2, "yes", type="Reply", reference={"messageId": "1"}),
            discord_message(3, "no", type="Reply", reference={"messageId": "0"}),
        )
    )
    assert [s.text for s in said(found)] == [
        "shall we\ngo?",
        "> Ada L.: shall we go?\n\nyes",
        "> (a message that is not here)\n\nno",
    ]


def test_attachments_embeds_and_stickers_are_kept() -> None:
    files = [
        {"id": "1", "url": "https://x/a.png", "fileName": "a.png", "fileSizeBytes": 5},
        {"id": "2", "url": "https://x/b.zip", "fileName": "b.zip", "fileSizeBytes": 6},
    ]
    embeds = [{"title": "T", "url": "https://y", "description": "D"}, {"title": "preview", "url": "https://z"}]
    found = said(
        read(channel(discord_message(1, "https://z", attachments=files, embeds=embeds, stickers=[{"name": "wave"}])))
    )
    assert found[0].images == ({"name": "a.png", "url": "https://x/a.png", "size": 5},)
    assert found[0].documents == ({"name": "b.zip", "url": "https://x/b.zip", "size": 6},)
    assert found[0].text == "https://z\n\nT\nD\n\n(sticker: wave)"


def test_what_is_left_out_says_why() -> None:
    found = read(
        channel(discord_message(1, "Joined", type="GuildMemberJoin"), discord_message(2, ""), {"id": "3"}, "no message")
    )
    assert said(found) == []
    assert left_out(found) == [
        "a notice of Discord (GuildMemberJoin)",
        "there is nothing in it",
        "it is no message: it has no id or no author",
        "it is no message: it has no id or no author",
    ]


def test_keys_may_stand_in_any_order() -> None:
    export = channel(discord_message(1))
    assert len(said(read(dict(reversed(export.items()))))) == 1


def test_without_a_channel_it_is_no_export() -> None:
    with pytest.raises(Invalid, match="which channel"):
        read({"guild": {}, "messages": []})


def test_a_time_that_is_none_is_none() -> None:
    times = [s.at for s in said(read(channel(*(discord_message(1, timestamp=t) for t in (None, "noon", 5)))))]
    assert times == [None, None, None]
