"""Following live, for ever: a stream that comes back by itself with its cursor and proves that nothing is missing."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable

from pydantic import ValidationError

from segue.connection import FIRST_DELAY_SECONDS, Connection
from segue.errors import Gap, SegueError
from segue.events import DURABLE_TYPES, EVENT, EVENT_TYPES, Event, ResetEvent, SnapshotEvent
from segue.sse import Frame

log = logging.getLogger(__name__)

MAX_DELAY_SECONDS = 5.0
LIVE_TYPES = EVENT_TYPES - DURABLE_TYPES


class Follower:
    """One stream of events. The cursor is the id of the last durable frame; with `gapless` (a session's own stream)
    the next must be one more."""

    def __init__(
        self,
        connection: Connection,
        path: str,
        *,
        after: int | None,
        gapless: bool,
        on_connection: Callable[[bool], None] | None,
    ) -> None:
        self._connection = connection
        self._path = path
        self._cursor = after
        self._gapless = gapless
        self._on_connection = on_connection
        self._connected: bool | None = None
        self._delay = FIRST_DELAY_SECONDS

    async def events(self) -> AsyncGenerator[Event, None]:
        """Yield events until closed. Raises what coming back would not heal: 401, 403, 404 and other 4xx but 429. A
        stream that ended in good order is not told to be lost before coming back fails: it may be of no use."""
        while True:
            try:
                async with self._connection.stream(self._path, {"after": self._cursor}) as frames:
                    self._tell(connected=True)
                    async for frame in frames:
                        self._delay = FIRST_DELAY_SECONDS
                        if (event := self._take(frame)) is not None:
                            yield event
                wait, is_lost = None, False
            except SegueError as exc:
                if exc.status < 500 and exc.status != 429:
                    raise
                log.info("stream %s broke off: %s", self._path, exc)
                wait, is_lost = exc.retry_after, True
            if is_lost:
                self._tell(connected=False)
            await asyncio.sleep(wait or self._delay * random.uniform(0.5, 1.0))
            self._delay = min(self._delay * 2, MAX_DELAY_SECONDS)

    def _take(self, frame: Frame) -> Event | None:
        """Return the frame's event and move the cursor; None for one seen before or not understood. Raises `Gap`."""
        position = int(frame.id) if frame.id and frame.id.isascii() and frame.id.isdigit() else None
        if position is not None and frame.event not in LIVE_TYPES:
            if self._cursor is not None and position <= self._cursor:
                return None
            if self._gapless and position != (self._cursor or 0) + 1:
                raise Gap(f"event {position} came after {self._cursor}")
            self._cursor = position
        event = _decode(frame)
        if isinstance(event, ResetEvent):
            self._cursor = None
        elif isinstance(event, SnapshotEvent) and self._gapless:
            self._cursor = event.data.session.last_seq
        elif position is not None and not self._gapless:
            self._cursor = position
        return event

    def _tell(self, *, connected: bool) -> None:
        if connected != self._connected:
            self._connected = connected
            if self._on_connection:
                self._on_connection(connected)


def _decode(frame: Frame) -> Event | None:
    if frame.event not in EVENT_TYPES:
        log.info("event of unknown type %r skipped: a newer daemon?", frame.event)
        return None
    try:
        return EVENT.validate_json(frame.data)
    except ValidationError as exc:
        log.warning("malformed %s frame skipped: %s", frame.event, exc.errors(include_input=False, include_url=False))
        return None
