from __future__ import annotations

import pytest

from tests.discord_server import DiscordServer, Permission, TextChannel, User
from tests.discord_server.listener import Listener, dpy


async def test_webhook_speaks_in_anybodys_name(bot: Listener, general: TextChannel, alice: User) -> None:
    webhook = await bot.channel(general.id).create_webhook(name="Segue")
    sent = await webhook.send("from the terminal", username="Carol", avatar_url="https://example.org/c.png", wait=True)
    assert general.lines == ["Carol: from the terminal"]
    (heard,) = await bot.hears("message")
    assert (heard.webhook_id, heard.author.name, heard.author.bot) == (webhook.id, "Carol", True)
    await sent.edit(content="from her terminal")
    assert (await webhook.fetch_message(sent.id)).content == "from her terminal"
    await sent.delete()
    assert general.lines == []
    assert await webhook.send("unheard") is None  # type: ignore[func-returns-value]
    assert general.lines == ["Segue: unheard"]


async def test_webhooks_are_listed_and_deleted(bot: Listener, discord: DiscordServer, general: TextChannel) -> None:
    channel = bot.channel(general.id)
    mine = await channel.create_webhook(name="Segue")
    others = discord.world.add_webhook(general, "News", discord.add_user("newsbot", bot=True))
    listed = {webhook.id: webhook for webhook in await channel.webhooks()}
    assert listed.keys() == {mine.id, others.id}
    assert (listed[mine.id].token, listed[others.id].token) == (mine.token, None)
    await mine.delete()
    with pytest.raises(dpy.NotFound) as missing:
        await mine.send("anyone?")
    assert missing.value.code == 10015


async def test_webhook_speaks_in_a_thread(bot: Listener, general: TextChannel, alice: User) -> None:
    webhook = await bot.channel(general.id).create_webhook(name="Segue")
    thread = await general.start_thread(alice, "a topic")
    sent = await webhook.send("inside", thread=dpy.Object(thread.id), wait=True)
    assert thread.messages[-1].content == "inside"
    await sent.edit(content="still inside")
    assert thread.messages[-1].content == "still inside"


@pytest.mark.parametrize("name", ["bob (Discord)", "Clyde", "x" * 81])
async def test_some_names_are_refused(bot: Listener, general: TextChannel, name: str) -> None:
    webhook = await bot.channel(general.id).create_webhook(name="Segue")
    with pytest.raises(dpy.HTTPException, match="In username"):
        await webhook.send("hi", username=name)


async def test_webhooks_have_no_nonce_and_need_a_permission(
    bot: Listener, discord: DiscordServer, general: TextChannel
) -> None:
    channel = bot.channel(general.id)
    webhook = await channel.create_webhook(name="Segue")
    await webhook.send("once")
    await webhook.send("once")
    assert general.lines == ["Segue: once", "Segue: once"]
    general.deny(discord.bot, Permission.MANAGE_WEBHOOKS)
    with pytest.raises(dpy.Forbidden):
        await channel.webhooks()
