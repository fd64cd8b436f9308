"""The bot is killed at every step of a delivery, the gateway is dropped, and people go on talking: nothing is lost,
nothing is doubled, and the order is kept on both sides."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3

import pytest
import pytest_asyncio
from discord.utils import snowflake_time

from tests.discord_server.permissions import Permission
from tests.stories.discord_house import MESSAGE, MESSAGES, House

REACTION = "/channels/*/messages/*/reactions/*/@me"
LONG = "\n\n".join(f"Paragraph {n}. " + "It goes on and on. " * 30 for n in range(9))


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared_house: House) -> House:
    await shared_house.general.say(shared_house.alice, "hello")
    await shared_house.general.wait_for("ok")
    await shared_house.until(shared_house.general, "ok")
    return shared_house


@pytest.mark.parametrize("after_doing", [True, False], ids=["sent", "not yet sent"])
@pytest.mark.parametrize("nonce_known", [True, False], ids=["soon", "late"])
@pytest.mark.parametrize("policy", ["live", "final"])
async def test_bot_killed_while_it_sends(house: House, after_doing: bool, nonce_known: bool, policy: str) -> None:
    binding = await house.binding(house.general)
    await house.client.bind("discord", binding.place, binding.session_id, policy)  # type: ignore[arg-type]
    house.model.say("the answer", pieces=2, delay=0.2)
    async with house.discord.hold("POST", MESSAGES, after_doing=after_doing) as held:
        await house.general.say(house.alice, "question")
        await held.arrived()
        await house.bot.kill()
        held.drop()
        await house.until(house.general, "the answer")
    if not nonce_known:
        house.discord.forget_nonces()
    await house.general.say(house.alice, "are you there?")
    await house.bot.start()
    await house.general.wait_for(lambda m: m.reply_to is not None and m.reply_to.content == "are you there?")
    assert house.answers(house.general) == ["ok", "the answer", "ok"]
    texts = await house.until_count(house.general, 6)
    assert texts == ["hello", "ok", "question", "the answer", "are you there?", "ok"]


async def test_bot_killed_before_each_part_of_a_long_answer(house: House) -> None:
    """Each start brings one part, and dies with the next one in its hands: sent or not by turns."""
    house.model.say(LONG)
    await house.bot.kill()
    await house.general.say(house.alice, "tell me all")
    done = 1
    for after_doing in (True, False, True, False):
        async with house.discord.hold("POST", MESSAGES, after_doing=after_doing) as held:
            await house.bot.start()
            await held.arrived()
            await house.bot.kill()
            held.drop()
        done += after_doing
        assert len(house.answers(house.general)) == done
        house.discord.forget_nonces()
    await house.bot.start()
    await house.general.wait_for("Paragraph 8")
    await house.general.say(house.alice, "thanks")
    await house.general.wait_for(lambda m: m.reply_to is not None and m.reply_to.content == "thanks")
    parts = house.answers(house.general)[1:-1]
    assert " ".join(" ".join(parts).split()) == " ".join(LONG.split())


async def test_what_may_come_twice_says_so_where_nobody_can_look(house: House) -> None:
    """The nonce is forgotten after an hour, and what was sent before the kill may not be read."""
    session_id = (await house.binding(house.general)).session_id
    async with house.discord.hold("POST", MESSAGES, after_doing=True) as held:
        await house.client.post(session_id, "a line", sender="ada", respond=False)
        await held.arrived()
        await house.bot.kill()
        held.drop()
    await let_an_hour_pass(house)
    house.discord.forget_nonces()
    house.general.deny(house.discord.bot, Permission.READ_MESSAGE_HISTORY)
    await house.bot.start()
    again = await house.general.wait_for("You may have this already")
    await house.client.post(session_id, "another line", sender="ada", respond=False)
    await house.general.wait_for("another line")
    line = "**ada** (terminal): a line"
    remark = "-# You may have this already: the bot was interrupted, and may not read the history here."
    assert house.answers(house.general) == ["ok", line, f"{line}\n{remark}", "**ada** (terminal): another line"]
    assert again.content.endswith(remark)


async def let_an_hour_pass(house: House) -> None:
    """Let everything that was said be an hour older."""
    store = (await house.client.status()).store_path
    await asyncio.to_thread(house.daemon.kill)
    with contextlib.closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE messages SET created_at = created_at - 3600 * 1000000")
    await asyncio.to_thread(house.daemon.start)


async def test_bot_killed_while_it_edits_its_preview_finishes_it_after_the_start(house: House) -> None:
    go_on = asyncio.Event()
    house.model.say("first, second, third.", pieces=3, hold=go_on)
    await house.general.say(house.alice, "count")
    shown = await house.general.wait_for("first")
    async with house.discord.hold("PATCH", MESSAGE, after_doing=False) as held:
        go_on.set()
        await held.arrived()
        await house.bot.kill()
        held.drop()
    await house.until(house.general, "first, second, third.")
    house.discord.forget_nonces()
    await house.bot.start()
    await house.general.wait_for("first, second, third.")
    await house.discord.until(lambda: not shown.buttons)
    assert house.answers(house.general) == ["ok", "first, second, third."]


async def test_button_of_a_preview_goes_away_where_nobody_can_look(house: House) -> None:
    """The whole answer was sent as a preview before the kill; only its nonce finds it again."""
    hold = asyncio.Event()
    house.model.say("the answer", hold=hold)
    async with house.discord.hold("POST", MESSAGES, after_doing=True) as held:
        await house.general.say(house.alice, "question")
        await held.arrived()
        await house.bot.kill()
        held.drop()
    hold.set()
    await house.until(house.general, "the answer")
    house.general.deny(house.discord.bot, Permission.READ_MESSAGE_HISTORY)
    shown = await house.general.wait_for("the answer")
    assert [button["label"] for button in shown.buttons] == ["Stop"]
    await house.bot.start()
    await house.discord.until(lambda: not shown.buttons)
    assert house.answers(house.general) == ["ok", "the answer"]


@pytest.mark.parametrize("resume", [True, False], ids=["resumed", "anew"])
async def test_what_is_said_while_the_gateway_is_away_comes_once_and_in_order(house: House, resume: bool) -> None:
    said = [f"line {n}" for n in range(30)]
    with house.discord.hold_gateway():
        await house.discord.drop_gateway(resume=resume)
        for line in said[:20]:
            await house.general.say(house.alice, line)
    for line in said[20:]:
        await house.general.say(house.alice, line)
    await house.until(house.general, said[-1])
    asked = [m.content for m in (await house.session(house.general)).messages if m.role == "user"]
    assert asked == ["hello", *said]
    await house.discord.until(lambda: len(house.answers(house.general)) >= 31)
    assert len(house.answers(house.general)) == 31


async def test_what_is_said_while_the_bot_is_dead_comes_once_and_in_order(house: House) -> None:
    for round_number in range(3):
        await house.general.say(house.alice, f"before {round_number}")
        await house.bot.kill()
        await house.general.say(house.alice, f"while {round_number}")
        await house.bot.start()
        await house.general.say(house.alice, f"after {round_number}")
    await house.until(house.general, "after 2")
    said = [m for m in (await house.session(house.general)).messages if m.role == "user"]
    asked = [m.content for m in said]
    assert asked == ["hello", *(f"{when} {n}" for n in range(3) for when in ("before", "while", "after"))]
    assert all(m.created_at == snowflake_time(int(m.external_id or 0)) for m in said)
    await house.discord.until(lambda: len(house.answers(house.general)) >= 10)
    assert len(house.answers(house.general)) == 10


async def test_what_was_changed_while_the_bot_was_dead_is_changed_after_its_start(house: House) -> None:
    said = await house.general.say(house.alice, "a typo heer")
    await house.until(house.general, "a typo heer")
    await house.bot.kill()
    await house.general.edit(said, "a typo here")
    await house.bot.start()
    session_id = (await house.binding(house.general)).session_id
    async for event in house.client.follow(session_id, after=0):
        if event.type == "message.updated":
            assert event.data.content == "a typo here"
            break


async def test_reaction_that_the_bot_died_before_is_made_up_for(house: House) -> None:
    async with house.discord.hold("PUT", REACTION, after_doing=False) as held:
        said = await house.general.say(house.alice, "noted?")
        await held.arrived()
        await house.until(house.general, "noted?")
        await house.bot.kill()
        held.drop()
    assert said.reactions == {}
    await house.bot.start()
    await house.general.wait_for_reaction(said, "👀")


async def test_message_that_discord_tells_twice_is_stored_once(house: House) -> None:
    house.discord.duplicate_next_dispatch()
    await house.general.say(house.alice, "twice?")
    await house.general.say(house.alice, "the end")
    await house.until(house.general, "the end")
    asked = [m.content for m in (await house.session(house.general)).messages if m.role == "user"]
    assert asked == ["hello", "twice?", "the end"]


async def test_daemon_killed_while_people_talk_loses_nothing(house: House) -> None:
    await asyncio.to_thread(house.daemon.kill)
    for n in range(5):
        await house.general.say(house.alice, f"line {n}")
    await asyncio.to_thread(house.daemon.start)
    await house.until(house.general, "line 4")
    await house.discord.until(lambda: len(house.answers(house.general)) >= 6)
    asked = [m.content for m in (await house.session(house.general)).messages if m.role == "user"]
    assert asked == ["hello", *(f"line {n}" for n in range(5))]
    assert house.answers(house.general) == ["ok"] * 6


@pytest.mark.parametrize("after_doing", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize("status", [503, None], ids=["503", "hung up"])
async def test_send_that_fails_is_repeated_once_it_is_known_whether_it_was_done(
    house: House, status: int | None, after_doing: bool
) -> None:
    house.discord.fail("POST", MESSAGES, status, times=3, after_doing=after_doing)
    await house.general.say(house.alice, "question")
    await house.until(house.general, "ok")
    await house.general.say(house.alice, "another")
    await house.general.wait_for(lambda m: m.reply_to is not None and m.reply_to.content == "another")
    assert house.answers(house.general) == ["ok"] * 3
