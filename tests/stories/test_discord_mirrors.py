"""What comes from elsewhere is shown with who said it and where; files go both ways."""

from __future__ import annotations

import base64
from collections.abc import Callable

from tests.daemons import Daemon
from tests.discord_server.permissions import Permission
from tests.stories.discord_house import House, housed

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def bound(house: House) -> str:
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    return (await house.binding(house.general)).session_id


async def test_others_speak_under_their_own_names_where_webhooks_are_allowed(
    make_daemon: Callable[..., Daemon],
) -> None:
    async with housed(make_daemon, mirror_webhooks=True) as house:
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


async def test_others_get_a_prefix_where_webhooks_are_not_allowed(make_daemon: Callable[..., Daemon]) -> None:
    async with housed(make_daemon, mirror_webhooks=True) as house:
        house.general.deny(house.discord.bot, Permission.MANAGE_WEBHOOKS)
        session_id = await bound(house)
        await house.client.post(session_id, "from *the* terminal", sender="ad*a", respond=False)
        await house.general.wait_for(r"**ad\*a** (terminal): from *the* terminal")


async def test_images_and_text_files_reach_the_session_and_the_model(make_daemon: Callable[..., Daemon]) -> None:
    async with housed(make_daemon, max_attachment_bytes=1000) as house:
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


async def test_attachments_of_others_are_brought_as_files(make_daemon: Callable[..., Daemon]) -> None:
    async with housed(make_daemon) as house:
        session_id = await bound(house)
        image = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
        documents = [{"name": "notes.txt", "text": "buy milk"}]
        await house.client.post(session_id, "", sender="ada", respond=False, images=[image], documents=documents)
        shown = await house.general.wait_for("**ada** (terminal):")
        assert [(file.filename, file.data) for file in shown.attachments] == [
            ("image1.png", PNG),
            ("notes.txt", b"buy milk"),
        ]


async def test_change_or_deletion_elsewhere_reaches_the_channel(make_daemon: Callable[..., Daemon]) -> None:
    async with housed(make_daemon) as house:
        session_id = await bound(house)
        said = await house.client.post(session_id, "a typo heer", sender="ada", respond=False)
        shown = await house.general.wait_for("a typo heer")
        await house.client.edit_message(session_id, said.id, "a typo here")
        await house.discord.until(lambda: shown.content == "**ada** (terminal): a typo here")
        await house.client.delete_message(session_id, said.id)
        await house.general.wait_until_deleted(shown)
