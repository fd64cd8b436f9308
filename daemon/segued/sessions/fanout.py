"""From one event to everybody who follows: encoded once, the same bytes written to each, and nobody waits for the slow.

There is no queue and no task for a client and an event. Bytes go straight to the client's transport; one whose backlog
passes the limit is cut off and comes back with its cursor.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from segue.events import DurableEvent, LiveEvent
from segued import metrics
from segued.store.base import Actor

log = logging.getLogger(__name__)

Wire = Callable[[int | None, str, bytes], bytes]
"""Encodes one frame: its cursor (None if not durable), its event type, its data as JSON."""


class Follower(Protocol):
    """Somebody's open stream, as the fan-out sees it."""

    by: Actor
    wire: Wire

    @property
    def backlog(self) -> int:
        """Bytes written and not yet taken by the client."""
        ...

    def write(self, data: bytes) -> None:
        """Send without waiting."""
        ...

    async def drain(self) -> None:
        """Wait until the client has taken most of what was written."""
        ...

    def beat(self) -> None:
        """Send a sign of life."""
        ...

    def end(self) -> None:
        """End the stream in good order: nothing more will come."""
        ...

    def cut(self, why: str) -> None:
        """End the stream at once; what waits in the backlog is dropped."""
        ...


class Frame:
    """An event, and its encodings, each made once, when the first client needs it."""

    __slots__ = ("_encoded", "_json", "event", "position")

    def __init__(self, event: DurableEvent | LiveEvent, position: int | None = None) -> None:
        self.event = event
        self.position = position
        self._json: bytes | None = None
        self._encoded: dict[tuple[Wire, bool], bytes] = {}

    def encoded(self, wire: Wire, everything: bool = False) -> bytes:
        """Return the frame for a session's own stream, or for the stream of `everything` with its own cursor."""
        known = self._encoded.get((wire, everything))
        if known is None:
            known = self._encoded[wire, everything] = self._encode(wire, everything)
        return known

    def _encode(self, wire: Wire, everything: bool) -> bytes:
        if self._json is None:
            self._json = self.event.__pydantic_serializer__.to_json(self.event)
        if not everything or self.position is None:
            return wire(self.event.id, self.event.type, self._json)
        _, _, rest = self._json.partition(b",")  # `id` stands first
        return wire(self.position, self.event.type, b'{"id":%d,%b' % (self.position, rest))


def write_to_all(
    followers: Iterable[Follower], frames: Sequence[Frame], max_backlog: int, everything: bool = False
) -> list[Follower]:
    """Write the frames to each follower; return those that lag too far behind and were cut off."""
    joined: dict[Wire, bytes] = {}
    lagging = []
    for follower in followers:
        wire = follower.wire
        data = joined.get(wire)
        if data is None:
            data = joined[wire] = b"".join(frame.encoded(wire, everything) for frame in frames)
        try:
            if follower.backlog > max_backlog:
                lagging.append(follower)
            else:
                follower.write(data)
        except Exception:
            log.exception("writing to %s over %s failed", follower.by.name, follower.by.interface)
            lagging.append(follower)
    for follower in lagging:
        follower.cut("it read too slowly")
        metrics.CUT_OFF.add()
    return lagging
