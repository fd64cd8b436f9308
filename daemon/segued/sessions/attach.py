"""Attach: a snapshot or a replay, then every event after it, as one step in which nothing is missed.

No buffer is needed: the replay reads the log until it has reached the last event that was published, and in that same
moment, without giving up control, the follower joins the live ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from segue.events import ResetEvent, SnapshotEvent, SyncedEvent
from segued import clock
from segued.sessions.fanout import Follower, Frame
from segued.sessions.live import LiveSession
from segued.store.base import Actor, Store

SNAPSHOT_MESSAGES = 50
_PAGE = 500  # events read at once in a replay


def _now() -> datetime:
    return clock.utc()


@asynccontextmanager
async def following(
    store: Store,
    live: LiveSession,
    by: Actor,
    after: int | None,
    follower: Follower,
    tell: Callable[[LiveSession, Frame], None],
) -> AsyncIterator[None]:
    """Bring the follower up to date, and keep it so inside the block. `tell` is given who comes and goes."""
    live.holds += 1
    try:
        replay = _Replay(store, live, by, follower)
        await (replay.from_snapshot() if after is None else replay.from_cursor(after))
        await replay.catch_up()
        presence = replay.join()
        if presence is not None:
            tell(live, presence)
    finally:
        live.holds -= 1
    try:
        yield
    finally:
        gone = live.leave(follower)
        if gone is not None:
            tell(live, gone)


class _Replay:
    """What one follower is told before it is live."""

    def __init__(self, store: Store, live: LiveSession, by: Actor, follower: Follower) -> None:
        self._store = store
        self._live = live
        self._by = by
        self._follower = follower
        self._cursor = 0
        self._told_partial = False

    async def from_snapshot(self, reset: bool = False) -> None:
        session_id = self._live.session_id
        snapshot = await self._store.get_snapshot(self._by, session_id, SNAPSHOT_MESSAGES)
        self._live.meet(snapshot.session)
        snapshot = self._live.complete(snapshot)
        self._cursor = snapshot.session.last_seq
        if reset:
            self._write(Frame(ResetEvent(session_id=session_id, at=_now())))
        self._write(Frame(SnapshotEvent(id=self._cursor, session_id=session_id, at=_now(), data=snapshot)))
        self._told_partial = True
        await self._follower.drain()

    async def from_cursor(self, after: int) -> None:
        session = await self._store.get_session(self._by, self._live.session_id)
        self._live.meet(session)
        if after > max(session.last_seq, self._live.head):
            await self.from_snapshot(reset=True)
        else:
            self._cursor = after
            await self._page()

    async def catch_up(self) -> None:
        """Read the log until the last published event; returns with nothing left to read and no chance to miss any."""
        while self._cursor < self._live.head:
            await self._page()

    async def _page(self) -> None:
        """Send the next events of the log until it has no more; a snapshot, where it does not reach back so far."""
        while events := await self._store.list_events(self._live.session_id, self._cursor, _PAGE):
            if events[-1].seq != self._cursor + len(events):
                await self.from_snapshot(reset=True)
                return
            for event in events:
                self._write(Frame(event))
            self._cursor = events[-1].seq or self._cursor
            self._told_partial = False
            await self._follower.drain()
            if len(events) < _PAGE:
                break

    def join(self) -> Frame | None:
        level = self._cursor <= self._live.head
        if level and not self._told_partial and (partial := self._live.partial_frame()) is not None:
            self._write(partial)
        self._write(Frame(SyncedEvent(session_id=self._live.session_id, at=_now())))
        return self._live.join(self._follower, self._cursor)

    def _write(self, frame: Frame) -> None:
        self._follower.write(frame.encoded(self._follower.wire))


async def replay_all(
    store: Store, by: Actor, after: int | None, follower: Follower, published: Callable[[], int]
) -> None:
    """Bring a follower of everything up to date; returns at a moment in which it can join without missing any."""
    end = max(await store.get_last_position(), published())
    cursor = end if after is None else after
    reaches_back = cursor <= end
    while True:
        events, upto = await store.list_all_events(by, cursor, _PAGE)
        if not reaches_back or cursor < await store.get_log_start():
            follower.write(Frame(ResetEvent(at=_now())).encoded(follower.wire))
            cursor, reaches_back = max(await store.get_last_position(), published()), True
            continue
        cursor = upto
        for event in events:
            follower.write(Frame(event).encoded(follower.wire))
        await follower.drain()
        if not events and cursor >= published():
            break
        await asyncio.sleep(0)
    follower.write(Frame(SyncedEvent(id=cursor, at=_now())).encoded(follower.wire))
