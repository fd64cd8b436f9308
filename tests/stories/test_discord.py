"""One conversation in the terminal and at Discord, over real processes: daemon, bot, and a Discord of our own."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from tests.stories.discord_house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared_house: House) -> House:
    return shared_house


async def test_question_at_discord_is_answered_there_and_seen_in_the_terminal(house: House) -> None:
    house.model.say("Green since this morning.", pieces=3, delay=0.3)
    asked = await house.general.say(house.alice, "How is the build?")
    answer = await house.general.wait_for("Green since this morning.")
    assert answer.reply_to is asked
    assert answer.allowed_mentions == {"parse": []}
    await house.until(house.general, "Green since this morning.")
    session = await house.session(house.general)
    assert session.title == "#general"
    assert [(m.sender, m.content, m.interface) for m in session.messages] == [
        ("alice", "How is the build?", "discord"),
        ("chat", "Green since this morning.", "agent"),
    ]
    assert [user.name for user in await house.general.wait_for_reaction(asked, "👀")] == ["segue"]


async def test_what_is_said_in_the_terminal_comes_to_the_channel_with_its_answer(house: House) -> None:
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    house.model.say("It is 42.")
    session_id = (await house.binding(house.general)).session_id
    await house.client.post(session_id, "And the *answer*, @everyone?", respond=True)
    await house.general.wait_for("It is 42.")
    me = (await house.client.me()).user.name
    assert house.answers(house.general) == ["ok", f"**{me}** (terminal): And the *answer*, @everyone?", "It is 42."]


async def test_bot_is_shown_as_typing_where_only_whole_answers_are_shown(house: House) -> None:
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    binding = await house.binding(house.general)
    await house.client.bind("discord", binding.place, binding.session_id, "final")
    hold = asyncio.Event()
    house.model.say("The first half, the second half.", pieces=2, hold=hold)
    typed = house.general.typed.count(house.discord.bot)
    await house.general.say(house.alice, "Go on")
    await house.general.wait_for_typing(typed + 1)
    assert house.answers(house.general) == ["ok"]
    hold.set()
    shown = await house.general.wait_for("The first half, the second half.")
    assert shown.edits == 0


async def test_muted_channel_is_heard_and_gets_nothing(house: House) -> None:
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    await house.until_count(house.general, 2)
    binding = await house.binding(house.general)
    await house.client.bind("discord", binding.place, binding.session_id, "muted")
    await house.client.post(binding.session_id, "not shown there", respond=True)
    await house.until_count(house.general, 4)
    await house.general.say(house.alice, "among ourselves")
    await house.until(house.general, "among ourselves")
    await house.client.bind("discord", binding.place, binding.session_id, "live")
    await house.general.say(house.alice, "and now?")
    await house.general.wait_for(lambda m: m.reply_to is not None and m.reply_to.content == "and now?")
    assert house.answers(house.general) == ["ok", "ok"]


async def test_where_the_policy_is_mention_only_what_is_asked_there_is_answered_there(house: House) -> None:
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    binding = await house.binding(house.general)
    await house.client.bind("discord", binding.place, binding.session_id, "mention")
    await house.client.post(binding.session_id, "said in the terminal", respond=True)
    await house.general.say(house.alice, "among ourselves")
    house.model.say("Here I am.")
    await house.general.say(house.alice, f"{house.discord.bot.mention} are you there?")
    await house.general.wait_for(lambda m: m.reply_to is not None and "there?" in m.reply_to.content)
    texts = await house.until_count(house.general, 6)
    assert "among ourselves" not in texts
    assert "are you there?" in texts
    assert len(house.answers(house.general)) == 2


async def test_answer_is_shown_while_it_is_written(house: House) -> None:
    hold = asyncio.Event()
    house.model.say("The first half, the second half.", pieces=2, hold=hold)
    await house.general.say(house.alice, "Go on")
    shown = await house.general.wait_for("The first half,")
    assert [button["label"] for button in shown.buttons] == ["Stop"]
    hold.set()
    await house.general.wait_for("The first half, the second half.")
    await house.discord.until(lambda: not shown.buttons)
    assert house.answers(house.general) == ["The first half, the second half."]
