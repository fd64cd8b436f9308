"""Waiting in a session: for the end of a turn, or for somebody to say something. The wait follows the session as any
front-end does, so that nothing falls between a look and the next, and it has an end."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from segue.events import EVENT, ApprovalEvent, DeltaEvent, Event, MessageEvent, TurnEvent
from segue.models import ENDED, ApprovalId, MessageId, SessionId
from segued.api.mcp_server.visit import Visit
from segued.sessions.fanout import Wire
from segued.store.base import Actor

_TELL_SECONDS = 2.0  # between two signs of progress
_HEARD = frozenset({"message.delta", "message.created", "approval.requested", "approval.resolved"})


def _line(cursor: int | None, kind: str, data: bytes) -> bytes:
    """Encode what a wait has to know, one event a line."""
    return data + b"\n" if kind in _HEARD or kind.startswith("turn.") else b""


class Ear:
    """A follower that listens until it has heard what is waited for; `state` says in words how it stands."""

    backlog = 0

    def __init__(self, by: Actor) -> None:
        self.by = by
        self.wire: Wire = _line
        self.done = asyncio.Event()
        self.state = "waiting"
        self._over = False

    def write(self, data: bytes) -> None:
        for line in data.split(b"\n"):
            if line:
                self.hear(EVENT.validate_json(line))

    def hear(self, event: Event) -> None:
        """Take an event of the session."""
        raise NotImplementedError

    async def drain(self) -> None:
        await asyncio.sleep(0)

    def beat(self) -> None:
        """Nothing has to be kept alive."""

    async def settle(self) -> None:
        """Think again whether what was heard is enough."""

    def end(self) -> None:
        self._over = True
        self.done.set()

    def cut(self, why: str) -> None:
        self.end()


class TurnEar(Ear):
    """Listens for the end of a turn."""

    def __init__(self, by: Actor, turn_id: str | None) -> None:
        super().__init__(by)
        self._turn_id = turn_id
        self.state = "queued"
        self._asked: set[ApprovalId] = set()  # what waits for a person

    def hear(self, event: Event) -> None:
        match event:
            case TurnEvent(data=turn) if turn.id == self._turn_id:
                self.state = turn.state
                if turn.state in ENDED:
                    self.done.set()
            case DeltaEvent(data=delta) if delta.turn_id == self._turn_id:
                self.state = f"answering, {delta.offset + len(delta.text)} characters so far"
            case ApprovalEvent(data=approval) if approval.turn_id == self._turn_id:
                if event.type == "approval.requested":
                    self._asked.add(approval.id)
                else:
                    self._asked.discard(approval.id)
                self.state = "waiting for a person to allow a tool call" if self._asked else "running"


class MessageEar(Ear):
    """Listens for a message that the client did not post itself."""

    def __init__(self, visit: Visit) -> None:
        super().__init__(visit.call.by)
        self._posted = visit.posted
        self._unsure: list[MessageId] = []

    def hear(self, event: Event) -> None:
        match event:
            case MessageEvent(type="message.created", data=message):
                self._unsure.append(message.id)
                self.done.set()

    async def settle(self) -> None:
        while self._unsure and await self._posted.has(self._unsure[0]):
            del self._unsure[0]
        if not self._unsure and not self._over:
            self.done.clear()


async def listen(visit: Visit, session_id: SessionId, after: int, ear: Ear, seconds: float) -> bool:
    """Follow the session from a seq on until the ear has heard enough (True), or the time is up (False)."""
    begun = time.monotonic()
    async with visit.call.manager.followers.attach(visit.call.by, session_id, after, ear):
        await ear.settle()  # attaching told what is there already
        while not ear.done.is_set() and (left := begun + seconds - time.monotonic()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, _TELL_SECONDS)):
                    await ear.done.wait()
            await ear.settle()
            if not ear.done.is_set():
                await visit.tell(round(time.monotonic() - begun, 1), seconds, ear.state)
    return ear.done.is_set()
