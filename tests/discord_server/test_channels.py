from __future__ import annotations

import pytest

from tests.discord_server import DiscordServer, Guild, Permission, TextChannel, Thread, User
from tests.discord_server.conftest import Run
from tests.discord_server.listener import Listener, dpy
from tests.discord_server.messages import THREAD_CREATED, THREAD_STARTER


async def test_thread_of_a_person_is_heard(bot: Listener, general: TextChannel, alice: User) -> None:
    said = await general.say(alice, "a topic")
    thread = await general.start_thread(alice, "the topic", said)
    (known,) = await bot.hears("thread_create")
    assert (known.id, known.name, known.parent_id, known.owner_id) == (said.id, "the topic", general.id, alice.id)
    await thread.say(alice, "inside")
    heard = (await bot.hears("message", 3))[2]
    assert (heard.content, heard.channel.id) == ("inside", thread.id)
    await heard.channel.send("me too")
    assert thread.lines[1:] == ["alice: inside", "segue: me too"]
    assert thread.messages[0].kind == THREAD_STARTER
    with pytest.raises(dpy.HTTPException) as refused:
        await bot.all("message")[0].create_thread(name="again")
    assert refused.value.code == 160004


async def test_bot_starts_joins_archives_and_deletes_threads(
    bot: Listener, discord: DiscordServer, guild: Guild, general: TextChannel, alice: User
) -> None:
    await general.say(alice, "a topic")
    (heard,) = await bot.hears("message")
    from_message = await heard.create_thread(name="one")
    alone = await bot.channel(general.id).create_thread(name="two", type=dpy.ChannelType.public_thread)
    assert {thread.name for thread in guild.threads.values()} == {"one", "two"}
    assert general.messages[1].kind == THREAD_CREATED
    assert general.messages[0].thread is guild.threads[from_message.id]
    await alone.edit(archived=True)
    assert guild.threads[alone.id].archived
    await alone.send("wakes it up")
    assert not guild.threads[alone.id].archived
    hers = await general.start_thread(alice, "three")
    known = (await bot.hears("thread_create", 3))[-1]
    await known.join()
    assert discord.bot in hers.joined
    assert len(await bot.guilds[0].active_threads()) == 3
    await alone.edit(archived=True, locked=True)
    assert [thread.name async for thread in bot.channel(general.id).archived_threads()] == ["two"]
    with pytest.raises(dpy.Forbidden) as refused:
        await alone.send("too late")
    assert refused.value.code == 160005
    await alone.delete()
    assert alone.id not in guild.threads


async def test_direct_channels_are_opened_by_both_sides(
    bot: Listener, discord: DiscordServer, alice: User, general: TextChannel
) -> None:
    direct = discord.direct_channel(alice)
    await direct.say(alice, "psst")
    (heard,) = await bot.hears("message")
    assert isinstance(heard.channel, dpy.DMChannel)
    assert heard.guild is None
    await heard.channel.send("yes?")
    assert direct.lines == ["alice: psst", "segue: yes?"]
    bob = discord.add_user("bob")
    await (await bot.fetch_user(bob.id)).send("hello bob")
    assert discord.direct_channel(bob).lines == ["segue: hello bob"]
    bob.accepts_direct_messages = False
    with pytest.raises(dpy.Forbidden) as refused:
        await (await bot.fetch_user(bob.id)).send("hello?")
    assert refused.value.code == 50007


async def test_what_the_bot_may_not_do_is_refused(
    bot: Listener, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    channel = bot.channel(general.id)
    general.deny(discord.bot, Permission.SEND_MESSAGES)
    await bot.hears("guild_channel_update")
    assert not channel.permissions_for(channel.guild.me).send_messages
    with pytest.raises(dpy.Forbidden) as refused:
        await channel.send("hi")
    assert refused.value.code == 50013
    general.deny(discord.bot, Permission.READ_MESSAGE_HISTORY)
    assert [message async for message in channel.history()] == []
    general.deny(discord.bot, Permission.VIEW_CHANNEL)
    await general.say(alice, "unseen")
    with pytest.raises(dpy.Forbidden) as refused:
        await channel.send("hi")
    assert refused.value.code == 50001
    general.allow(discord.bot, Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES)
    await general.say(alice, "seen")
    await bot.hears("message")
    assert bot.texts == ["seen"]
    await channel.send("hi")


async def test_roles_decide_who_may_do_what(discord: DiscordServer, guild: Guild, alice: User) -> None:
    staff = guild.add_channel("staff")
    crew = guild.add_role("crew", Permission.MANAGE_MESSAGES)
    staff.deny(guild.everyone, Permission.VIEW_CHANNEL)
    assert staff.permissions_of(alice) == Permission(0)
    staff.allow(crew, Permission.VIEW_CHANNEL)
    guild.give_role(alice, crew)
    assert Permission.VIEW_CHANNEL | Permission.MANAGE_MESSAGES in staff.permissions_of(alice)
    assert Permission.MANAGE_CHANNELS in staff.permissions_of(guild.owner)
    stranger = discord.add_user("stranger", guilds=[])
    assert staff.permissions_of(stranger) == Permission(0)
    with pytest.raises(AssertionError, match="not a member"):
        await staff.say(stranger, "let me in")


async def test_channels_come_and_go(bot: Listener, guild: Guild, general: TextChannel) -> None:
    random = guild.add_channel("random", topic="anything")
    (known,) = await bot.hears("guild_channel_create")
    assert (known.name, known.topic) == ("random", "anything")
    random.remove()
    await bot.hears("guild_channel_delete")
    with pytest.raises(dpy.NotFound) as missing:
        await known.send("anyone?")
    assert missing.value.code == 10003
    with pytest.raises(dpy.Forbidden):
        await bot.guilds[0].create_text_channel("mine")


async def test_thread_of_a_removed_channel_is_gone(bot: Listener, general: TextChannel, alice: User) -> None:
    thread = await general.start_thread(alice, "a topic")
    await bot.hears("thread_create")
    general.remove()
    await bot.hears("thread_delete")
    assert isinstance(thread, Thread)
    with pytest.raises(dpy.NotFound):
        await bot.fetch_channel(thread.id)


async def test_thread_in_a_hidden_channel_is_not_seen(
    bot: Listener, discord: DiscordServer, guild: Guild, general: TextChannel, alice: User
) -> None:
    staff = guild.add_channel("staff")
    staff.deny(discord.bot, Permission.VIEW_CHANNEL)
    secret = await staff.start_thread(alice, "secret")
    await secret.say(alice, "unheard")
    await general.start_thread(alice, "open")
    await bot.hears("message")
    assert [thread.name for thread in await bot.guilds[0].active_threads()] == ["open"]
    assert bot.texts == ["open"]


async def test_stranger_guild_is_not_seen(discord: DiscordServer, run: Run, guild: Guild) -> None:
    other = discord.add_guild("other", bot=False)
    bot = Listener()
    async with run(bot):
        assert [known.name for known in bot.guilds] == ["guild"]
        with pytest.raises(dpy.Forbidden) as refused:
            await bot.fetch_guild(other.id)
        assert refused.value.code == 50001
