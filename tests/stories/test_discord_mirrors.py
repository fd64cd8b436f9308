"""What comes from elsewhere is shown with who said it and where; files go both ways."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
import pytest_asyncio

from tests.discord_server.permissions import Permission
from tests.segued.imports.files import channel, discord_message
from tests.stories.discord_house import MESSAGE, MESSAGES, House

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
REFUSED = "-# 1 file could not be shown here: refused by Discord."

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared_house: House) -> House:
    return shared_house


async def bound(house: House) -> str:
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    return (await house.binding(house.general)).session_id


async def test_others_speak_under_their_own_names_where_webhooks_are_allowed(house: House) -> None:
    await house.change(allow_guilds=[house.guild.id], mirror_webhooks=True)
    session_id = await bound(house)
    await house.client.post(session_id, "from the terminal", sender="ada", respond=False)
    shown = await house.general.wait_for("from the terminal")
    assert (shown.author.name, shown.content) == ("ada (terminal)", "from the terminal")
    await house.bot.restart()
    await house.client.post(session_id, "again", sender="ada", respond=False)
    again = await house.general.wait_for("again")
    assert again.webhook is shown.webhook
    thread = await house.general.start_thread(house.alice, "thread")
    await house.client.bind("discord", str(thread.id), session_id)
    await house.client.post(session_id, "for both", sender="the discord fan", respond=False)
    await thread.wait_for("**the discord fan** (terminal): for both")
    await house.general.wait_for("**the discord fan** (terminal): for both")
    await house.client.post(session_id, "in the thread, too", sender="ada", respond=False)
    assert (await thread.wait_for("in the thread, too")).author.name == "ada (terminal)"
    assert len(house.general.webhooks) == 1


async def test_others_get_a_prefix_where_webhooks_are_not_allowed(house: House) -> None:
    await house.change(allow_guilds=[house.guild.id], mirror_webhooks=True)
    house.general.deny(house.discord.bot, Permission.MANAGE_WEBHOOKS)
    session_id = await bound(house)
    await house.client.post(session_id, "from *the* terminal", sender="ad*a", respond=False)
    await house.general.wait_for(r"**ad\*a** (terminal): from *the* terminal")


async def test_what_is_imported_is_not_brought_to_discord(house: House, tmp_path: Path) -> None:
    await house.change(allow_guilds=[house.guild.id])
    session_id = await bound(house)
    old = channel(*(discord_message(n, f"old {n}") for n in range(3)))
    (tmp_path / "old.json").write_text(json.dumps(old))
    assert (await house.client.import_file(tmp_path / "old.json", session_id=session_id)).messages == 3
    await house.client.post(session_id, "new", sender="ada", respond=False)
    await house.general.wait_for(lambda m: "new" in m.content)
    assert not [m for m in house.general.messages if "old" in m.content]


async def test_images_and_text_files_reach_the_session_and_the_model(house: House) -> None:
    await house.change(allow_guilds=[house.guild.id], max_attachment_bytes=1000)
    files = [("dot.png", PNG), ("notes.txt", b"buy milk"), ("data.bin", b"\0\1"), ("big.txt", b"x" * 2000)]
    await house.general.say(house.alice, "look", attachments=files)
    await house.general.wait_for(lambda m: m.content == "ok")
    message = (await house.session(house.general)).messages[0]
    assert message.images == (f"data:image/png;base64,{base64.b64encode(PNG).decode()}",)
    assert [(d["name"], d["text"]) for d in message.documents if isinstance(d, dict)] == [("notes.txt", "buy milk")]
    assert message.content.splitlines() == [
        "look",
        "[attached and not handed on: data.bin, 2 bytes]",
        "[attached and not handed on: big.txt, 2,000 bytes]",
    ]


async def test_attachments_of_others_are_brought_as_files(house: House) -> None:
    session_id = await bound(house)
    image = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    documents = [{"name": "notes.txt", "text": "buy milk"}]
    await house.client.post(session_id, "", sender="ada", respond=False, images=[image], documents=documents)
    shown = await house.general.wait_for("**ada** (terminal):")
    assert [(file.filename, file.data) for file in shown.attachments] == [
        ("image1.png", PNG),
        ("notes.txt", b"buy milk"),
    ]


@pytest.mark.parametrize("masked", [True, False], ids=["under their name", "by the bot"])
async def test_words_arrive_where_discord_refuses_the_files(house: House, masked: bool) -> None:
    prefix = "" if masked else "**ada** (terminal): "
    if masked:
        await house.change(allow_guilds=[house.guild.id], mirror_webhooks=True)
    session_id = await bound(house)
    sending = "/webhooks/**" if masked else MESSAGES
    house.discord.faults.fail("POST", sending, 413, code=40005)
    documents = [{"name": "notes.txt", "text": "buy milk"}]
    said = await house.client.post(session_id, "look", sender="ada", respond=False, documents=documents)
    shown = await house.general.wait_for(f"{prefix}look")
    assert (shown.attachments, shown.content) == ([], f"{prefix}look\n{REFUSED}")
    if masked:
        return  # Discord does not look at the bot's permissions here
    house.discord.faults.fail("PATCH", MESSAGE, 413, code=40005)
    await house.client.edit_message(session_id, said.id, "look there")
    await house.discord.until(lambda: shown.content == f"{prefix}look there\n{REFUSED}")
    house.general.deny(house.discord.bot, Permission.ATTACH_FILES)
    await house.client.post(session_id, "", sender="ada", respond=False, documents=documents * 2)
    await house.general.wait_for(f"**ada** (terminal):\n{REFUSED.replace('1 file', '2 files')}")


@pytest.mark.parametrize("masked", [True, False], ids=["under their name", "by the bot"])
async def test_change_or_deletion_elsewhere_reaches_the_channel(house: House, masked: bool) -> None:
    prefix = "" if masked else "**ada** (terminal): "
    if masked:
        await house.change(allow_guilds=[house.guild.id], mirror_webhooks=True)
    session_id = await bound(house)
    said = await house.client.post(session_id, "a typo heer", sender="ada", respond=False)
    shown = await house.general.wait_for("a typo heer")
    await house.client.edit_message(session_id, said.id, "a typo here")
    await house.discord.until(lambda: shown.content == f"{prefix}a typo here")
    await house.bot.kill()
    await house.client.edit_message(session_id, said.id, "no typo")
    await house.bot.start()
    await house.discord.until(lambda: shown.content == f"{prefix}no typo")
    await house.client.delete_message(session_id, said.id)
    await house.general.wait_until_deleted(shown)


@pytest.mark.parametrize("masked", [True, False], ids=["under their name", "by the bot"])
async def test_message_that_grows_and_shrinks_elsewhere_gets_and_loses_parts(house: House, masked: bool) -> None:
    if masked:
        await house.change(allow_guilds=[house.guild.id], mirror_webhooks=True)
    session_id = await bound(house)
    said = await house.client.post(session_id, "first part", sender="ada", respond=False)
    first = await house.general.wait_for("first part")
    pages = [f"{name} part " + "and so on " * 120 for name in ("first", "second", "third")]
    await house.client.edit_message(session_id, said.id, "\n\n".join(pages))
    second, third = await house.general.wait_for("second"), await house.general.wait_for("third")
    await house.discord.until(lambda: first.content.endswith(pages[0].strip()))
    assert masked or second.reply_to is first
    await house.client.edit_message(session_id, said.id, "\n\n".join(pages[:2]))
    await house.general.wait_until_deleted(third)
    await house.bot.restart()
    house.discord.fail("PATCH", "/channels/*/messages/*", 503, times=1)
    house.discord.fail("PATCH", "/webhooks/*/*/messages/*", 503, times=1)
    await house.client.edit_message(session_id, said.id, "\n\n".join([*pages[:2], "the new end " * 100]))
    end = await house.general.wait_for("the new end")
    async for event in house.client.follow(session_id, after=0):
        if event.type == "binding.delivered" and event.data.external_id == str(end.id):
            break
    await house.bot.kill()
    await house.client.delete_message(session_id, said.id)
    await house.bot.start()
    for shown in (first, second, end):
        await house.general.wait_until_deleted(shown)


async def test_answer_that_is_deleted_elsewhere_is_deleted_in_the_channel(house: House) -> None:
    await bound(house)
    answer = await house.until(house.general, "ok")
    shown = await house.general.wait_for("ok")
    await house.client.delete_message(answer.session_id, answer.id)
    await house.general.wait_until_deleted(shown)


@pytest.mark.parametrize("masked", [True, False], ids=["under their name", "by the bot"])
async def test_only_who_is_known_at_discord_pings_somebody_from_the_terminal(house: House, masked: bool) -> None:
    if masked:
        await house.change(allow_guilds=[house.guild.id], mirror_webhooks=True)
    session_id = await bound(house)
    bert = house.discord.add_user("bert_1990")
    house.guild.name_member(bert, "Bert the Great")
    crew = house.guild.add_role("crew")
    text = f"@Bert the Great, {house.bob.mention}, {crew.mention}, @everyone: `{house.alice.mention}`"
    await house.client.post(session_id, f"{text} one", respond=False)
    shown = await house.general.wait_for(" one")
    assert "@Bert the Great" in shown.content
    assert (shown.mentions.users, shown.mentions.roles, shown.mentions.everyone) == ([], [], False)
    offer = await house.client.create_link(("discord", str(house.alice.id)), name="alice")
    await house.client.claim_link(offer.code)
    await house.client.post(session_id, f"{text} two", respond=False)
    shown = await house.general.wait_for(" two")
    assert (shown.mentions.users, shown.mentions.roles, shown.mentions.everyone) == ([bert, house.bob], [], False)
    house.model.say(f"{house.bob.mention} is called")
    await house.client.post(session_id, "Who is called?", respond=True)
    shown = await house.general.wait_for("is called")
    assert shown.mentions.users == []
