"""What happened at Discord while the bot was away comes to the session afterwards: what was said, in the order in which
it was said at whichever channel, and what was changed and taken away."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from tests.discord_server import TextChannel
from tests.discord_server.permissions import Permission
from tests.stories.discord_house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared_house: House) -> House:
    await shared_house.general.say(shared_house.alice, "hello")
    await shared_house.general.wait_for("ok")
    await shared_house.until_count(shared_house.general, 2)
    return shared_house


async def beside(house: House, name: str) -> TextChannel:
    """Return another channel that shows the session of #general and is heard of in it."""
    channel = house.guild.add_channel(name)
    await house.client.bind("discord", str(channel.id), (await house.binding(house.general)).session_id)
    await channel.say(house.bob, f"hello from {name}")
    await house.until(house.general, f"hello from {name}")
    return channel


async def said(house: House) -> list[str]:
    """Return what people said in the session after their greetings."""
    texts = [m.content for m in (await house.session(house.general)).messages if m.role == "user"]
    return [text for text in texts if not text.startswith("hello")]


async def until_said(house: House, channel: TextChannel, lines: list[str]) -> None:
    """Return once this is what people said in the channel's session."""
    async with asyncio.timeout(60):
        while [m.content for m in (await house.session(channel)).messages if m.role == "user"] != lines:
            await asyncio.sleep(0.05)


async def test_what_was_said_at_several_places_comes_in_the_order_in_which_it_was_said(house: House) -> None:
    random, third = await beside(house, "random"), await beside(house, "third")
    await house.bot.kill()
    lines = []
    for n in range(12):
        channel = (house.general, random, third, random)[n % 4]
        lines.append(f"line {n}")
        await channel.say(house.alice, lines[-1])
    await house.bot.start()
    lines.append("now")
    await random.say(house.bob, "now")
    await house.until(house.general, "now")
    assert await said(house) == lines


async def test_place_that_cannot_be_read_holds_up_no_other_for_ever(house: House) -> None:
    random, third = await beside(house, "random"), await beside(house, "third")
    await house.bot.kill()
    third.deny(house.discord.bot, Permission.VIEW_CHANNEL)
    failing = f"/channels/{random.id}/messages"
    failure = house.discord.fail("GET", failing, 503, times=None)
    await random.say(house.alice, "one")
    await house.general.say(house.alice, "two")
    await house.bot.start()
    await house.until(house.general, "two")
    assert await said(house) == ["two"]
    house.discord.faults.end(failure)
    await house.until(house.general, "one")
    assert await said(house) == ["two", "one"]


async def test_what_was_taken_away_meanwhile_is_taken_away_from_the_session(house: House) -> None:
    lines = [await house.general.say(house.alice, f"line {n}") for n in range(4)]
    shown = await house.discord.slash(house.general, house.alice, "chat", message="said with a command")
    await house.until(house.general, "said with a command")
    await shown.wait_for("said with a command")
    await house.bot.kill()
    await house.general.delete(lines[1])
    await house.general.edit(lines[2], "line two")
    await house.general.say(house.bob, "and on it goes")
    await house.bot.start()
    session_id = (await house.binding(house.general)).session_id
    changed = []
    async for event in house.client.follow(session_id, after=0):
        if event.type in ("message.updated", "message.deleted"):
            changed.append(event.type)
            if len(changed) == 2:
                break
    assert await said(house) == ["line 0", "line two", "line 3", "said with a command", "and on it goes"]


async def test_what_may_not_be_read_counts_as_still_there(house: House) -> None:
    line = await house.general.say(house.alice, "a line")
    await house.until(house.general, "a line")
    await house.bot.kill()
    await house.general.delete(line)
    house.general.deny(house.discord.bot, Permission.READ_MESSAGE_HISTORY)
    await house.bot.start()
    await house.general.say(house.alice, "another")
    await house.until(house.general, "another")
    house.discord.fail("GET", f"/channels/{house.general.id}/messages", 503, times=1)
    await house.bot.restart()
    await house.general.say(house.alice, "and another")
    await house.until(house.general, "and another")
    assert await said(house) == ["a line", "another", "and another"]
    house.general.allow(house.discord.bot, Permission.READ_MESSAGE_HISTORY)
    await house.bot.restart()
    session_id = (await house.binding(house.general)).session_id
    async for event in house.client.follow(session_id, after=0):
        if event.type == "message.deleted":
            break
    assert await said(house) == ["another", "and another"]


async def test_whole_channel_taken_away_meanwhile_is_taken_away_from_the_session(house: House) -> None:
    await house.bot.kill()
    for message in house.general.messages:
        await house.general.delete(message)
    await house.bot.start()
    await until_said(house, house.general, [])


async def test_what_was_taken_away_before_very_much_was_said_is_taken_away_too(house: House) -> None:
    await house.client.update_binding("discord", str(house.general.id), policy="muted")
    lines = [await house.general.say(house.alice, f"line {n}") for n in range(3)]
    await house.until(house.general, "line 2")
    await house.bot.kill()
    await house.general.delete(lines[0])
    await house.general.edit(lines[1], "line one")
    chatter = [f"chatter {n}" for n in range(110)]
    for line in chatter:
        await house.general.say(house.bob, line)
    await house.bot.start()
    await until_said(house, house.general, ["hello", "line one", "line 2", *chatter])


async def test_what_is_taken_away_or_changed_before_its_place_has_a_session_is_so_in_the_session(house: House) -> None:
    fresh = house.guild.add_channel("fresh")
    await asyncio.to_thread(house.daemon.kill)
    await fresh.delete(await fresh.say(house.alice, "my password is hunter2"))
    await fresh.edit(await fresh.say(house.alice, "lunch at noon"), "lunch at ONE")
    await asyncio.to_thread(house.daemon.start)
    await fresh.wait_for("ok")
    await until_said(house, fresh, ["lunch at ONE"])


async def test_first_message_at_a_place_that_is_taken_away_at_once_does_not_stay(house: House) -> None:
    fresh = house.guild.add_channel("fresh")
    await fresh.delete(await fresh.say(house.alice, "oops"))
    await fresh.say(house.alice, "what I meant")
    await fresh.wait_for("ok")
    await until_said(house, fresh, ["what I meant"])
