from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.discord_server import DiscordServer, Guild, Intent, TextChannel, User
from tests.discord_server.conftest import Run
from tests.discord_server.listener import Listener, dpy, intents


async def test_bot_logs_in_and_knows_its_guilds(bot: Listener, discord: DiscordServer, guild: Guild) -> None:
    assert bot.user is not None
    assert bot.user.id == bot.application_id == discord.bot.id
    (known,) = bot.guilds
    assert (known.name, known.member_count) == ("guild", len(guild.members))
    assert [channel.name for channel in known.text_channels] == ["general"]
    assert known.me.guild_permissions.send_messages
    assert not known.me.guild_permissions.manage_channels
    assert (await bot.application_info()).flags.gateway_message_content_limited


async def test_wrong_token_is_refused(discord: DiscordServer) -> None:
    async with Listener() as bot:
        with pytest.raises(dpy.LoginFailure):
            await bot.login("wrong")


async def test_token_that_was_reset_ends_the_bot(discord: DiscordServer) -> None:
    async with Listener() as bot, asyncio.TaskGroup() as tasks:
        tasks.create_task(_reset_once_online(discord))
        with pytest.raises(dpy.ConnectionClosed) as closed:
            await bot.start(discord.token)
        assert closed.value.code == 4004


async def _reset_once_online(discord: DiscordServer) -> None:
    await discord.wait_until_online()
    await discord.reset_token("another")


async def test_wrong_token_is_refused_by_the_gateway(discord: DiscordServer) -> None:
    async with Listener() as bot:
        await bot.login(discord.token)
        bot.http.token = "wrong"
        with pytest.raises(dpy.ConnectionClosed) as closed:
            await bot.connect()
        assert closed.value.code == 4004


async def test_intent_that_is_switched_off_ends_the_bot(discord: DiscordServer) -> None:
    discord.switch_off(Intent.MESSAGE_CONTENT)
    async with Listener() as bot:
        await bot.login(discord.token)
        assert not bot.application_flags.gateway_message_content_limited
        with pytest.raises(dpy.PrivilegedIntentsRequired):
            await bot.connect()


async def test_without_message_content_only_what_concerns_the_bot_has_text(
    discord: DiscordServer, general: TextChannel, alice: User, run: Run
) -> None:
    bot = Listener(intents(message_content=False))
    async with run(bot):
        await general.say(alice, "secret", attachments=[("a.txt", b"a")])
        await general.say(alice, f"{discord.bot.mention} hello")
        await discord.direct_channel(alice).say(alice, "in private")
        await bot.hears("message", 3)
        assert bot.texts == ["", f"{discord.bot.mention} hello", "in private"]
        assert bot.all("message")[0].attachments == []


async def test_events_nobody_asked_for_do_not_come(
    discord: DiscordServer, general: TextChannel, alice: User, run: Run
) -> None:
    bot = Listener(intents(reactions=False, typing=False))
    async with run(bot):
        said = await general.say(alice, "hi")
        await general.react(said, alice, "👍")
        await general.type(alice)
        await general.edit(said, "hello")
        await bot.hears("message_edit")
        assert bot.all("raw_reaction_add") == bot.all("typing") == []


async def test_members_come_when_asked_for(discord: DiscordServer, guild: Guild, alice: User, run: Run) -> None:
    asked = intents()
    asked.members = True
    bot = Listener(asked)
    async with run(bot):
        assert {member.name for member in bot.guilds[0].members} == {"segue", "segue-owner", "alice"}
        discord.add_user("bob")
        assert (await bot.hears("member_join"))[0].name == "bob"
        crew = guild.add_role("crew")
        guild.give_role(alice, crew)
        assert [role.name for role in (await bot.hears("member_update"))[0].roles] == ["@everyone", "crew"]
        guild.remove_member(alice)
        assert (await bot.hears("member_remove"))[0].name == "alice"


async def test_what_was_missed_is_replayed_on_resume(
    bot: Listener, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    with discord.hold_gateway():
        await discord.drop_gateway(resume=True)
        for number in range(5):
            await general.say(alice, str(number))
    await bot.hears("resumed")
    assert bot.texts == ["0", "1", "2", "3", "4"]
    assert (discord.gateway.identified, discord.gateway.resumed) == (1, 1)


async def test_connection_cut_without_a_goodbye_is_resumed(
    bot: Listener, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    with discord.hold_gateway():
        await discord.drop_gateway(abrupt=True)
        await general.say(alice, "anyone?")
    await bot.hears("resumed")
    assert bot.texts == ["anyone?"]


async def test_what_was_missed_is_lost_without_resume(
    bot: Listener, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    with discord.hold_gateway():
        await discord.drop_gateway(resume=False)
        await general.say(alice, "lost")
    await bot.hears("ready", 2)
    await general.say(alice, "found")
    await bot.hears("message")
    assert bot.texts == ["found"]
    assert (discord.gateway.identified, discord.gateway.resumed) == (2, 0)
    assert [message.content async for message in bot.channel(general.id).history()] == ["found", "lost"]


async def test_bot_reconnects_when_asked_to(bot: Listener, discord: DiscordServer) -> None:
    await discord.ask_to_reconnect()
    await bot.hears("resumed")
    await discord.invalidate_session(resumable=True)
    await bot.hears("resumed", 2)
    await discord.invalidate_session(resumable=False)
    await bot.hears("ready", 2)


async def test_gateway_that_refuses_is_tried_again(
    bot: Listener, discord: DiscordServer, general: TextChannel, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dpy.backoff.ExponentialBackoff, "delay", lambda _: 0.05)
    with discord.refuse_gateway():
        await discord.drop_gateway()
        await bot.hears("disconnect", 3)
        await general.say(alice, "hello?")
    await bot.hears("resumed")
    assert bot.texts == ["hello?"]


async def test_first_connection_refused_ends_discord_py(discord: DiscordServer) -> None:
    async with Listener() as bot:
        with discord.refuse_gateway(), pytest.raises(AttributeError):
            await bot.start(discord.token)


async def test_deaf_connection_looks_alive_and_loses_what_happens(
    bot: Listener, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    discord.deaf()
    await general.say(alice, "unheard")
    before = discord.gateway.heartbeats
    await discord.ask_for_heartbeat()
    await discord.until(lambda: discord.gateway.heartbeats > before)
    await discord.drop_gateway()
    await bot.hears("resumed")
    await general.say(alice, "heard")
    await bot.hears("message")
    assert bot.texts == ["heard"]


async def test_heartbeats_are_counted_and_their_acks_can_stop(
    discord: DiscordServer, general: TextChannel, run: Run
) -> None:
    discord.gateway.heartbeat_seconds = 0.1
    bot = Listener(heartbeat_timeout=0.3)
    async with run(bot):
        await discord.until(lambda: discord.gateway.heartbeats >= 3)
        await discord.until(lambda: bot.latency < 30)  # it is infinite until a heartbeat is acknowledged
        with discord.stop_heartbeat_acks():
            await bot.hears("resumed")


async def test_client_that_sends_no_heartbeats_is_disconnected(discord: DiscordServer) -> None:
    discord.gateway.heartbeat_seconds = 0.05
    async with aiohttp.ClientSession() as http, http.ws_connect(discord.gateway_url) as socket:
        assert (await socket.receive_json())["op"] == 10
        await socket.receive()
        assert socket.close_code == 4009


async def test_events_can_come_late_or_twice(
    bot: Listener, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    discord.duplicate_next_dispatch("MESSAGE_CREATE")
    with discord.hold_dispatches():
        await general.say(alice, "again")
        await asyncio.sleep(0.05)
        assert bot.texts == []
    await bot.hears("message", 2)
    discord.delay_dispatches(0.05)
    await general.say(alice, "late")
    await bot.hears("message", 3)
    assert bot.texts == ["again", "again", "late"]


async def test_bot_that_leaves_is_offline(bot: Listener, discord: DiscordServer, general: TextChannel) -> None:
    assert discord.world.sessions.online
    await bot.change_presence(status=dpy.Status.idle, activity=dpy.Game("chess"))
    await discord.until(lambda: discord.gateway.presence)
    assert discord.gateway.presence["activities"][0]["name"] == "chess"
    await bot.close()
    await discord.wait_until_offline()
    assert not discord.world.sessions.online


async def test_guild_that_throws_the_bot_out_is_gone(bot: Listener, discord: DiscordServer, guild: Guild) -> None:
    guild.remove_member(discord.bot)
    await bot.hears("guild_remove")
    discord.add_guild("another")
    assert (await bot.hears("guild_join"))[0].name == "another"
    with pytest.raises(dpy.Forbidden) as refused:
        await bot.fetch_guild(guild.id)
    assert refused.value.code == 50001
