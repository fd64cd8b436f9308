"""What was said first enters a session first, at whichever of its places: after a gap they wait for each other."""

from __future__ import annotations

import asyncio

from segue.discord_bot.places import Places


class Order:
    """Knows which places are behind, and which of Discord's ids, which grow with time, each has come to."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._behind: dict[int, int] = {}
        self._moved = asyncio.Event()

    def fall_behind(self, place: int) -> None:
        """Take note that something may have been said at a place that nobody has read."""
        if place not in self._behind:
            self._behind[place] = 0
            self._tell()

    def leave(self, place: int) -> None:
        """Take note that nobody has to wait for a place: all of it was read, or it cannot be read."""
        if self._behind.pop(place, None) is not None:
            self._tell()

    async def turn(self, place: int, said: int) -> None:
        """Return once no other place of the session can still bring something older than `said`."""
        while True:
            self._come_to(place, said)
            moved = self._moved
            if not any(at < said for other, at in self._behind.items() if self._is_beside(place, other)):
                return
            await moved.wait()

    def _come_to(self, place: int, said: int) -> None:
        if self._behind.get(place, said) < said:
            self._behind[place] = said
            self._tell()

    def _is_beside(self, place: int, other: int) -> bool:
        here, there = self._places.get(place), self._places.get(other)
        return place != other and here is not None and there is not None and here.session_id == there.session_id

    def _tell(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
