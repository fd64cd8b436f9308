"""A place finds its session again, and strangers do not find it."""

from __future__ import annotations

import pytest

from segue.errors import PlaceTaken
from tests.segued.sessions.house import House


async def test_a_place_has_one_session_and_finds_it_again(house: House) -> None:
    first = await house.manager.get_or_create_session("discord", "channel", house.ada)
    said = await first.post("hello", respond=False)
    again = await house.manager.get_or_create_session("discord", "channel", house.ada)
    assert (first.created, again.created) == (True, False)
    assert [m.id for m in (await again.snapshot()).messages] == [said.id]
    other = await house.manager.get_or_create_session("discord", "another", house.ada)
    assert [session.id for session in await other.related()] == [first.session.id]


async def test_a_strangers_place_is_not_opened(house: House) -> None:
    await house.manager.get_or_create_session("discord", "channel", house.ada)
    bob = await house.user("bob")
    with pytest.raises(PlaceTaken):
        await house.manager.get_or_create_session("discord", "channel", bob)
