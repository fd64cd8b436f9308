"""A lamp that agents switch, and the scene in which a person must allow it first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.models import Approval, Message, Session
from segued.agent.base import Asked
from segued.config import Settings
from segued.tools import Outcome
from tests.segued.sessions.house import House, Recorder, open_house

SETTINGS = {"server": {"stop_grace_seconds": 0}}


class Lamp:
    """A tool of a test: every call lands in `calls`, and is answered when the test says so."""

    parameters: Mapping[str, Any] = {"type": "object", "properties": {}, "required": []}

    def __init__(
        self, name: str = "switch", *, read_only: bool = False, asks: bool = False, server: str = "lamp"
    ) -> None:
        self.server = server
        self.name = name
        self.description = "Switches the lamp."
        self.read_only = read_only
        self.asks = asks
        self.calls: list[Mapping[str, Any]] = []
        self.stopped = 0
        self.outcome: Outcome | Exception | None = Outcome("on")
        self.called = asyncio.Event()

    async def call(self, arguments: Mapping[str, Any], session_id: str) -> Outcome:
        self.calls.append(arguments)
        self.called.set()
        try:
            while self.outcome is None:
                await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def ended(recorder: Recorder) -> bool:
    return any(
        kind in ("turn.completed", "turn.failed", "turn.cancelled", "turn.interrupted") for kind in recorder.types
    )


def transcript(recorder: Recorder) -> list[tuple[str, str]]:
    assert recorder.state is not None
    return [(m.role, m.content) for m in recorder.state.messages]


def waiting(recorder: Recorder) -> bool:
    return bool(recorder.state and recorder.state.approvals)


async def result_of(recorder: Recorder) -> Message:
    await recorder.until(lambda w: any(m.tool_call for m in w.state.messages))
    assert recorder.state is not None
    return next(m for m in recorder.state.messages if m.tool_call)


@dataclass
class Scene:
    """A session in which the agent has asked for the lamp, a window on it, and what waits for a person."""

    house: House
    session: Session
    window: Recorder
    lamp: Lamp
    approvals: tuple[Approval, ...]

    async def finish(self, answer: str = "done") -> None:
        """Let the agent answer, and return once the turn has ended."""
        (await self.house.agent.asked()).finish(answer)
        await self.window.until(ended)


@asynccontextmanager
async def ask_for_the_lamp(
    folder: Path, *asked: Mapping[str, Any], settings: Settings | None = None, saying: str = ""
) -> AsyncIterator[Scene]:
    """Let the agent ask for a lamp that a person must allow, once for each of the arguments."""
    lamp = Lamp(asks=True)
    calls = [Asked("lamp__switch", arguments) for arguments in asked or ({},)]
    async with open_house(folder, settings, tools=[lamp]) as house:
        session = await house.session()
        async with house.following(session) as window:
            await house.post(session, "light")
            (await house.agent.asked()).ask(*calls, saying=saying)
            await window.until(lambda w: len(w.state.approvals) == len(calls))
            assert window.state is not None
            yield Scene(house, session, window, lamp, window.state.approvals)
