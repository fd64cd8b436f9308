"""What people see of Discord elsewhere: names instead of ids, and what did not arrive, which they may ask for again."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from tests.discord_server.permissions import Permission
from tests.stories.discord_house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared_house: House) -> House:
    await shared_house.discord.until(lambda: shared_house.discord.commands.names())
    return shared_house


async def until_named(house: House, place: str, name: str) -> None:
    while (await house.client.binding("discord", place)).name != name:
        await asyncio.sleep(0.02)


async def test_a_place_is_called_what_it_is_called_at_discord(house: House) -> None:
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    await until_named(house, str(house.general.id), f"#general @ {house.guild.name}")
    house.general.change(name="lounge")
    await until_named(house, str(house.general.id), f"#lounge @ {house.guild.name}")
    session = await house.session(house.general)
    assert [m.content for m in session.messages] == ["hello", "ok"]

    quiet = house.guild.add_channel("quiet")
    await house.client.bind("discord", str(quiet.id), session.id)
    await until_named(house, str(quiet.id), f"#quiet @ {house.guild.name}")


async def test_an_account_is_called_what_its_person_is_called(house: House) -> None:
    code = (await house.client.create_link()).code
    await house.discord.slash(house.general, house.alice, "link", code=code)
    (identity,) = [i for i in (await house.client.me()).user.identities if i.interface == "discord"]
    assert (identity.external_id, identity.name) == (str(house.alice.id), "alice")


@pytest.mark.parametrize("restart", [False, True])
async def test_what_failed_is_brought_again_when_somebody_asks(house: House, restart: bool) -> None:
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    session = await house.session(house.general)
    place = str(house.general.id)
    house.general.deny(house.discord.bot, Permission.SEND_MESSAGES)
    lost = await house.client.post(session.id, "a lost line", respond=False)
    while not [d for d in await house.client.deliveries(state="failed") if d.message_id == lost.id]:
        await asyncio.sleep(0.02)
    house.general.allow(house.discord.bot, Permission.SEND_MESSAGES)
    if restart:
        await house.bot.kill()
    await house.client.add_receipt("discord", place, lost.id, state="retrying", reason="asked for again")
    if restart:
        await house.bot.start()
    await house.general.wait_for(lambda message: "a lost line" in message.content)
    while [d for d in await house.client.deliveries() if d.message_id == lost.id]:
        await asyncio.sleep(0.02)
    assert sum("a lost line" in answer for answer in house.answers(house.general)) == 1
