"""Places where nobody may use the bot any more, and people who are linked no more: nothing is shown to them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import pytest_asyncio

from tests.discord_server.conversation import Channel
from tests.stories.discord_house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared_house: House) -> House:
    return shared_house


async def warned(house: House, text: str) -> None:
    """Return once the daemon knows the bot to be online, with such a warning."""
    async with asyncio.timeout(60):
        while not any(text in known.detail for known in (await house.client.status()).front_ends):
            await asyncio.sleep(0.05)


async def said_in(house: House, session_id: str, place: Channel, text: str) -> None:
    """Say something in the terminal, and return once the place has been served so far."""
    said = await house.client.post(session_id, text, respond=False)
    async with asyncio.timeout(60):
        while (await house.binding(place)).cursor < said.seq:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("where", ["direct", "channel"])
async def test_nothing_is_brought_to_where_nobody_may_use_the_bot_any_more(house: House, where: str) -> None:
    await house.change(allow_guilds=[house.guild.id], allow_users=[house.alice.id])
    place: Any = house.general if where == "channel" else house.discord.direct_channel(house.alice)
    await place.say(house.alice, "hello")
    await place.wait_for("ok")
    session_id = (await house.binding(place)).session_id
    elsewhere = house.discord.add_guild("Elsewhere", members=[])
    await house.change(allow_guilds=[elsewhere.id], allow_users=[house.bob.id] if where == "direct" else [])
    await warned(house, "not allowed any more: 1 place; unbind them or allow them")
    lines = list(place.lines)
    await said_in(house, session_id, place, "a secret")
    assert place.lines == lines
    await house.change(allow_guilds=[house.guild.id], allow_users=[house.alice.id])
    await said_in(house, session_id, place, "allowed again")
    await place.wait_for("allowed again")
    assert not any("a secret" in line for line in place.lines)


async def test_half_answer_says_that_it_goes_on_elsewhere_once_its_channel_is_muted(house: House) -> None:
    hold = asyncio.Event()
    house.model.say("The first half, the second half.", pieces=2, hold=hold)
    await house.general.say(house.alice, "Go on")
    shown = await house.general.wait_for("The first half,")
    await house.client.update_binding("discord", str(house.general.id), policy="muted")
    await house.discord.until(lambda: not shown.buttons)
    assert shown.content.endswith("\n-# … goes on elsewhere")
    hold.set()


async def test_who_asked_with_a_command_may_stop_the_answer(house: House) -> None:
    hold = asyncio.Event()
    house.model.say("It begins and never ends.", pieces=3, hold=hold)
    await house.discord.slash(house.general, house.bob, "chat", message="go on")
    shown = await house.general.wait_for(lambda m: bool(m.buttons))
    carol = house.discord.add_user("carol")
    await (await house.discord.press(shown, "Stop", by=carol)).wait_for("Only who asked may do that")
    await house.discord.press(shown, "Stop", by=house.bob)
    await house.discord.until(lambda: "Stopped." in shown.content and not shown.buttons)
    hold.set()


async def test_owner_of_the_session_may_stop_what_somebody_else_asked(house: House) -> None:
    hold = asyncio.Event()
    house.model.say("It begins and never ends.", pieces=3, hold=hold)
    code = (await house.client.create_link()).code
    carol = house.discord.add_user("carol", guilds=[house.guild])
    await house.general.say(house.bob, "go on")
    shown = await house.general.wait_for(lambda m: bool(m.buttons))
    await (await house.discord.press(shown, "Stop", by=carol)).wait_for("Only who asked may do that")
    await house.discord.slash(house.general, carol, "link", code=code)
    await house.discord.press(shown, "Stop", by=carol)
    await house.discord.until(lambda: "Stopped." in shown.content and not shown.buttons)
    await house.client.unlink("discord", str(carol.id))
    hold.set()


async def test_guest_is_not_told_of_places_that_they_do_not_see(house: House) -> None:
    await house.general.say(house.bob, "hello")
    await house.general.wait_for("ok")
    session_id = (await house.binding(house.general)).session_id
    lobby = house.discord.add_guild("Elsewhere").add_channel("lobby")
    random, direct = house.guild.add_channel("random"), house.discord.direct_channel(house.alice)
    for place in (lobby, random, direct):
        await house.client.bind("discord", str(place.id), session_id)
    shown = (await house.discord.slash(house.general, house.bob, "who")).content.splitlines()[-1]
    assert shown.endswith(" and elsewhere.")
    assert str(random.id) in shown
    assert str(house.general.id) in shown
    assert str(lobby.id) not in shown
    assert str(direct.id) not in shown


@pytest.mark.parametrize("how", ["terminal", "command", "meanwhile"])
async def test_direct_talk_ends_once_its_person_is_unlinked(house: House, how: str) -> None:
    await house.change(allow_users=[house.alice.id])
    direct = house.discord.direct_channel(house.alice)
    await house.discord.until(house.discord.commands.names)
    code = (await house.client.create_link()).code
    await house.discord.slash(direct, house.alice, "link", code=code)
    await direct.say(house.alice, "hello")
    await direct.wait_for("ok")
    session_id = (await house.binding(direct)).session_id
    if how == "meanwhile":
        await house.bot.kill()
    if how == "command":
        await house.discord.slash(direct, house.alice, "unlink")
    else:
        await house.client.unlink("discord", str(house.alice.id))
    if how == "meanwhile":
        await direct.say(house.alice, "is anybody there?")
        await house.bot.start()
    await direct.wait_for("This no longer shows **alice (Discord)**")
    await house.client.post(session_id, "a secret", respond=False)
    await direct.say(house.alice, "who am I now?")
    await direct.wait_for(lambda m: m.content == "ok" and m.reply_to is not None and "who am I" in m.reply_to.content)
    assert (await house.binding(direct)).session_id != session_id
    assert [m.content for m in (await house.client.session(session_id)).messages] == ["hello", "ok", "a secret"]
    assert not any("a secret" in line for line in direct.lines)


async def test_direct_talk_of_a_guest_goes_on(house: House) -> None:
    await house.change(allow_users=[house.alice.id])
    direct = house.discord.direct_channel(house.alice)
    await direct.say(house.alice, "hello")
    await direct.wait_for("ok")
    session_id = (await house.binding(direct)).session_id
    await house.bot.restart()
    await house.client.post(session_id, "from the terminal", respond=False)
    await direct.wait_for("from the terminal")
    assert (await house.binding(direct)).session_id == session_id


async def test_what_was_said_before_a_channel_was_bound_anew_is_for_the_session_of_then(house: House) -> None:
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    old = (await house.binding(house.general)).session_id
    await house.until_count(house.general, 2)
    await house.bot.kill()
    await house.general.say(house.alice, "for the old one")
    new = await house.client.create_session(title="Another")
    await house.client.bind("discord", str(house.general.id), new.id)
    await house.general.say(house.alice, "for the new one")
    await house.bot.start()
    assert (await house.until_count(house.general, 2)) == ["for the new one", "ok"]
    assert [m.content for m in (await house.client.session(old)).messages] == ["hello", "ok", "for the old one"]
    await house.discord.until(lambda: len(house.answers(house.general)) == 2)
