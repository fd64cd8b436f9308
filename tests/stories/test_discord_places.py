"""Which session a place shows, who may talk there, and what they change afterwards."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import pytest
import pytest_asyncio

from tests.daemons import Daemon
from tests.discord_server.permissions import Permission
from tests.stories.discord_house import MESSAGES, House, housed

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared_house: House) -> House:
    return shared_house


async def test_channel_thread_and_direct_talk_have_a_session_each(make_daemon: Callable[..., Daemon]) -> None:
    async with housed(make_daemon, start=False) as house:
        await house.change(allow_guilds=[house.guild.id], allow_users=[house.alice.id])
        direct = house.discord.direct_channel(house.alice)
        await house.general.say(house.alice, "in the channel")
        await house.general.wait_for("ok")
        thread = await house.general.start_thread(house.bob, "details")
        await thread.say(house.bob, "in the thread")
        await thread.wait_for("ok")
        await direct.say(house.alice, "in private")
        await direct.wait_for("ok")
        titles = {(await house.session(place)).title for place in (house.general, thread, direct)}
        assert titles == {"#general", "#general › details", "alice (Discord)"}
        assert (await house.until_count(thread, 2)) == ["in the thread", "ok"]
        assert (await house.until_count(direct, 2)) == ["in private", "ok"]


async def test_strangers_are_not_heard(house: House) -> None:
    sessions = (await house.client.sessions()).total
    elsewhere = house.discord.add_guild("Elsewhere")
    lobby = elsewhere.add_channel("lobby")
    direct = house.discord.direct_channel(house.alice)
    robot = house.discord.add_user("robot", bot=True)
    await lobby.say(house.alice, "hello from elsewhere")
    await direct.say(house.alice, "hello in private")
    await house.general.say(robot, "hello from a robot")
    await house.general.say(house.bob, "hello from a member")
    await house.general.wait_for("ok")
    assert (await house.client.sessions()).total == sessions + 1
    assert await house.until_count(house.general, 2) == ["hello from a member", "ok"]
    assert lobby.lines == ["alice: hello from elsewhere"]
    assert direct.lines == ["alice: hello in private"]


async def test_empty_allow_lists_mean_nobody(make_daemon: Callable[..., Daemon]) -> None:
    async with housed(make_daemon, allow_guilds=[]) as house:
        await house.general.say(house.alice, "anybody?")
        await house.bot.restart()
        assert (await house.client.sessions()).total == 0
        assert house.answers(house.general) == []


async def test_only_a_role_may_talk_where_the_settings_say_so(make_daemon: Callable[..., Daemon]) -> None:
    async with housed(make_daemon, start=False) as house:
        role = house.guild.add_role("crew")
        house.guild.give_role(house.alice, role)
        await house.change(allow_guilds=[house.guild.id], allow_roles=[role.id])
        await house.general.say(house.bob, "me too?")
        await house.general.say(house.alice, "one")
        await house.general.wait_for("ok")
        await house.bot.kill()
        await house.general.say(house.bob, "and now?")
        await house.general.say(house.alice, "two")
        await house.bot.start()
        assert await house.until_count(house.general, 4) == ["one", "ok", "two", "ok"]


async def test_where_a_mention_is_needed_others_are_heard_and_not_answered(make_daemon: Callable[..., Daemon]) -> None:
    async with housed(make_daemon, reply="mention") as house:
        await house.general.say(house.alice, "just talking")
        await house.general.say(house.alice, f"{house.discord.bot.mention} what is it?")
        answer = await house.general.wait_for("ok")
        await house.until_count(house.general, 2)  # the answer may be read while it is not yet whole
        await house.general.say(house.bob, "I know it")
        await house.general.say(house.bob, "and you?", reply_to=answer)
        await house.discord.until(lambda: len(house.answers(house.general)) == 2)
        texts = await house.until_count(house.general, 5)
        assert texts == ["what is it?", "ok", "I know it", "and you?", "ok"]
        own_role = next(role for role in house.guild.roles.values() if role.managed)
        await house.general.say(house.bob, f"{own_role.mention} and now?")
        await house.discord.until(lambda: len(house.answers(house.general)) == 3)
        assert (await house.until_count(house.general, 7))[5:] == ["and now?", "ok"]


async def test_two_channels_of_one_session_show_the_same_talk(house: House) -> None:
    random = house.guild.add_channel("random")
    await house.general.say(house.alice, "here")
    await house.general.wait_for("ok")
    session_id = (await house.binding(house.general)).session_id
    await house.client.bind("discord", str(random.id), session_id)
    house.model.say("An answer for both.")
    await house.general.say(house.alice, "and there?")
    await random.wait_for("An answer for both.")
    await house.general.wait_for("An answer for both.")
    assert house.answers(random) == ["**alice** (Discord): and there?", "An answer for both."]
    assert house.answers(house.general) == ["ok", "An answer for both."]
    house.model.say("Yes.")
    await random.say(house.bob, "does it work this way, too?")
    await house.general.wait_for("Yes.")
    assert house.answers(house.general)[2:] == ["**bob** (Discord): does it work this way, too?", "Yes."]


async def test_rebound_channel_gets_nothing_of_its_old_session(house: House) -> None:
    hold = asyncio.Event()
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    old = (await house.binding(house.general)).session_id
    new = await house.client.create_session(title="Another")
    house.model.say("a secret of the old session", pieces=2, hold=hold)
    asked = await house.client.post(old, "tell me", respond=True)
    await house.general.wait_for("(terminal): tell me")
    await house.client.bind("discord", str(house.general.id), new.id)
    await house.client.post(new.id, "this is new", respond=False)
    await house.general.wait_for("this is new")
    hold.set()
    while (await house.client.turn(asked.turn_id or "")).state != "completed":
        await asyncio.sleep(0.02)
    house.model.say("new answer")
    await house.general.say(house.alice, "what is this?")
    await house.general.wait_for("new answer")
    assert not any("of the old session" in line for line in house.general.lines)


async def test_ten_thousand_characters_come_whole_within_the_limits(house: House) -> None:
    house.discord.rate_limits.speed = 1
    code = "\n".join(f"value_{n} = compute({n})  # step {n}" for n in range(250))
    house.model.say(f"Here it is:\n\n```python\n{code}\n```\n\nThat was all.", pieces=40, delay=0.05)
    await house.general.say(house.alice, "the whole program, please")
    last = await house.general.wait_for("That was all.")
    await house.discord.until(lambda: not last.buttons)
    parts = house.answers(house.general)
    assert len(parts) > 4
    assert all(part.count("```") == 2 for part in parts)
    assert "\n".join(t for part in parts for t in re.findall(r"```python\n(.*?)\n```", part, re.DOTALL)) == code
    assert house.discord.rate_limits.refusals == []


async def test_long_answer_that_is_interrupted_refers_to_its_beginning(house: House) -> None:
    hold = asyncio.Event()
    text = "\n\n".join(f"Paragraph {n}. " + "so long " * 100 for n in range(7))
    house.model.say(text, pieces=2, hold=hold)
    await house.general.say(house.alice, "tell me all")
    await house.general.wait_for("Paragraph 2")
    await house.general.say(house.bob, "meanwhile")
    await house.until(house.general, "meanwhile")
    hold.set()
    await house.general.wait_for("Paragraph 6")
    said = house.general.messages
    (first,) = [m for m in said if "Paragraph 0" in m.content]
    between = next(n for n, m in enumerate(said) if m.content == "meanwhile")
    assert said[between + 1].reply_to is first
    assert "Paragraph" in said[between + 1].content
    await house.general.wait_for(lambda m: m.reply_to is not None and m.reply_to.content == "meanwhile")


async def test_very_long_answer_comes_as_a_file(house: House) -> None:
    text = "\n\n".join(f"{n}. " + "very long " * 150 for n in range(20))
    house.model.say(text)
    await house.general.say(house.alice, "everything")
    last = await house.general.wait_for("is in the file")
    assert last.attachments[0].filename == "answer.md"
    assert last.attachments[0].text == text
    assert len(house.answers(house.general)) == 6


async def test_edit_reaches_the_session_and_the_question_that_still_waits(house: House) -> None:
    hold = asyncio.Event()
    house.model.say("first answer", pieces=2, hold=hold)
    await house.general.say(house.alice, "first")
    await house.general.wait_for(lambda m: m.content == "first" and m.author is house.discord.bot)
    second = await house.general.say(house.alice, "secnd")
    await house.general.wait_for_reaction(second, "👀")
    await house.general.edit(second, "second")
    session_id = (await house.binding(house.general)).session_id
    async for event in house.client.follow(session_id, after=0):
        if event.type == "message.updated":
            break
    hold.set()
    await house.general.wait_for("ok")
    assert house.model.requests[-1].messages[-1]["content"] == "second"


async def test_deletion_reaches_the_session_and_takes_the_waiting_turn_away(house: House) -> None:
    hold = asyncio.Event()
    house.model.say("first answer", pieces=2, hold=hold)
    first = await house.general.say(house.alice, "first")
    await house.general.wait_for(lambda m: m.content == "first" and m.author is house.discord.bot)
    second = await house.general.say(house.alice, "second")
    await house.general.wait_for_reaction(second, "👀")
    await house.general.delete(second)
    session_id = (await house.binding(house.general)).session_id
    async for event in house.client.follow(session_id, after=0):
        if event.type == "message.deleted":
            break
    hold.set()
    await house.until(house.general, "first answer")
    await house.general.purge([first])
    await house.general.say(house.bob, "third")
    await house.general.wait_for("ok")
    while [m.content for m in (await house.session(house.general)).messages][:2] != ["first answer", "third"]:
        await asyncio.sleep(0.02)
    assert len(house.model.requests) == 2


async def test_delivery_that_discord_refuses_ends_as_failed_with_the_reason(house: House) -> None:
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    house.general.deny(house.discord.bot, Permission.SEND_MESSAGES)
    await house.general.say(house.alice, "still there?")
    session_id = (await house.binding(house.general)).session_id
    async for event in house.client.follow(session_id, after=0):
        if event.type == "binding.failed":
            break
    assert event.data.state == "failed"
    assert "lacks a permission" in (event.data.reason or "")
    house.general.allow(house.discord.bot, Permission.SEND_MESSAGES)
    house.model.say("back again")
    await house.general.say(house.alice, "and now?")
    await house.general.wait_for("back again")


async def test_delivery_that_is_repeated_says_so(house: House) -> None:
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    await house.until_count(house.general, 2)
    session_id = (await house.binding(house.general)).session_id
    house.discord.fail("POST", MESSAGES, 503, times=2)
    await house.client.post(session_id, "a line", respond=False)
    states = []
    async for event in house.client.follow(session_id, after=0):
        if event.type in ("binding.failed", "binding.delivered"):
            states.append(event.data.state)
            if states[-2:] == ["retrying", "sent"]:
                break
    assert states[0] == "sent"
    assert len(house.answers(house.general)) == 2


async def test_place_that_is_no_channel_ends_as_failed_and_hurts_no_other(house: House) -> None:
    session = await house.client.create_session(title="Bound by hand")
    await house.client.bind("discord", "nonsense", session.id)
    await house.bot.restart()
    await house.client.post(session.id, "a line", respond=False)
    async for event in house.client.follow(session.id, after=0):
        if event.type == "binding.failed":
            break
    assert (event.data.place, event.data.reason) == ("nonsense", "there is no such channel")
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    assert house.bot.log.count("'nonsense' is no channel") == 1
    assert "Traceback" not in house.bot.log


@pytest.mark.parametrize("rebound", [True, False], ids=["rebound", "unbound"])
async def test_half_answer_says_that_it_goes_on_elsewhere_once_its_channel_is_bound_otherwise(
    house: House, rebound: bool
) -> None:
    hold = asyncio.Event()
    house.model.say("The first half, the second half.", pieces=2, hold=hold)
    await house.general.say(house.alice, "Go on")
    shown = await house.general.wait_for("The first half,")
    if rebound:
        new = await house.client.create_session(title="Another")
        await house.client.bind("discord", str(house.general.id), new.id)
    else:
        await house.client.unbind("discord", str(house.general.id))
    await house.discord.until(lambda: not shown.buttons)
    assert shown.content.startswith("The first half,")
    assert shown.content.endswith("\n-# … goes on elsewhere")
    hold.set()


async def test_message_without_words_is_stored_as_what_it_is(house: House) -> None:
    said = await house.general.say(house.alice, embeds=[{"title": "A link", "url": "https://example.org"}])
    await house.general.wait_for_reaction(said, "👀")
    await house.general.wait_for("ok")
    assert await house.until_count(house.general, 2) == ["[shared an embed]", "ok"]


async def test_message_that_says_nothing_gets_no_reaction(house: House) -> None:
    nothing = await house.general.say(house.alice, house.discord.bot.mention)
    said = await house.general.say(house.alice, "hello")
    await house.general.wait_for_reaction(said, "👀")
    assert nothing.reactions == {}
