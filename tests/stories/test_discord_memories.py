"""What a channel remembers: out of the box, for who talks there, and nowhere else."""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.discord_server import User
from tests.discord_server.conversation import Channel
from tests.stories.discord_house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared_house: House) -> House:
    await shared_house.discord.until(lambda: shared_house.discord.commands.names())
    return shared_house


async def say(house: House, channel: Channel, user: User, text: str) -> None:
    house.model.say(f"answer to {text}")
    await channel.say(user, text)
    await channel.wait_for(f"answer to {text}")


async def memory(house: House, channel: Channel, user: User, verb: str, **options: str) -> str:
    return (await house.discord.slash(channel, user, f"memory {verb}", **options)).content


async def test_a_channel_remembers_for_whoever_talks_there_and_tells_no_other(house: House) -> None:
    secret = house.guild.add_channel("secret")
    for channel in (house.general, secret):
        await say(house, channel, house.bob, f"hello {channel.name}")
    assert (await house.session(secret)).project_id == f"discord-{secret.id}"
    assert "/memory set begins" in await memory(house, secret, house.bob, "list")
    assert "Remembered as **door**" in await memory(house, secret, house.bob, "set", key="door", value="under the mat")
    told = await memory(house, secret, house.bob, "get", key="door")
    assert ("under the mat" in told, "bob" in told) == (True, True)
    assert "mat" in await memory(house, secret, house.alice, "search", query="mat")
    assert "remembers nothing yet" in await memory(house, house.general, house.bob, "list")
    await say(house, house.general, house.bob, "where is the door key?")
    await say(house, secret, house.bob, "where is that door key?")
    asked = [str(request) for request in house.model.requests[-2:]]
    assert ["under the mat" in prompt for prompt in asked] == [False, True]


async def test_a_thread_shares_what_its_channel_remembers(house: House) -> None:
    await say(house, house.general, house.bob, "hello")
    thread = await house.general.start_thread(house.bob, "aside")
    await say(house, thread, house.bob, "in here")
    await memory(house, house.general, house.bob, "set", key="door", value="under the mat")
    assert "under the mat" in await memory(house, thread, house.bob, "get", key="door")


async def test_a_session_without_a_project_gets_that_of_its_channel_from_its_people_only(house: House) -> None:
    session = await house.client.create_session(title="Work")
    await house.client.bind("discord", str(house.general.id), session.id)
    assert "/link" in await memory(house, house.general, house.bob, "set", key="k", value="v")
    await house.discord.slash(house.general, house.alice, "link", code=(await house.client.create_link()).code)
    assert "/memory set begins" in await memory(house, house.general, house.alice, "list")
    assert "Remembered" in await memory(house, house.general, house.alice, "set", key="k", value="v")
    assert (await house.client.session(session.id)).project_id == f"discord-{house.general.id}"
    assert (await house.client.memory(f"discord-{house.general.id}", "k")).value == "v"
