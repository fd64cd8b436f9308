from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from segue.discord_bot.order import Order
from segue.discord_bot.places import Places
from segue.events import BindingEvent
from segue.models import Binding

NOW = datetime.now(UTC)


def bound(**sessions: int) -> Places:
    """Return places as `session=place`; those whose session begins with the same letter are of one session."""
    nobody: Any = None
    places = Places(nobody)
    for name, place in sessions.items():
        binding = {"interface": "discord", "place": place, "session_id": name[0], "policy": "live", "created_at": NOW}
        data = Binding.model_validate(binding | {"place": str(place)})
        places.take(BindingEvent(type="binding.added", at=NOW, data=data))
    return places


async def waits(turn: asyncio.Task[None]) -> bool:
    for _ in range(5):
        await asyncio.sleep(0)
    return not turn.done()


async def test_places_of_one_session_take_turns() -> None:
    order = Order(bound(a=1, also=2))
    order.fall_behind(1)
    order.fall_behind(2)
    async with asyncio.TaskGroup() as tasks:
        later = tasks.create_task(order.turn(1, 20))
        assert await waits(later)
        earlier = tasks.create_task(order.turn(2, 10))
        assert not await waits(earlier)
        assert await waits(later)
        latest = tasks.create_task(order.turn(2, 30))
        assert not await waits(later)
        assert await waits(latest)
        order.leave(1)


async def test_nobody_waits_for_a_place_of_another_session() -> None:
    order = Order(bound(a=1, b=2))
    order.fall_behind(2)
    await asyncio.wait_for(order.turn(1, 20), 30)


async def test_place_that_loses_touch_while_it_waits_is_not_waited_for_with_what_it_has_passed() -> None:
    order = Order(bound(a=1, also=2))
    order.fall_behind(2)
    async with asyncio.TaskGroup() as tasks:
        later = tasks.create_task(order.turn(1, 20))
        assert await waits(later)
        order.fall_behind(1)
        earlier = tasks.create_task(order.turn(2, 10))
        assert not await waits(earlier)
        order.leave(2)
