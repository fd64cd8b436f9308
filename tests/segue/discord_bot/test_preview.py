"""What is shown of an answer that was brought already, while the stream still tells that it is being written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import discord
import pytest

from segue.discord_bot.delivery import Delivery
from segue.discord_bot.mentions import Mentions
from segue.discord_bot.outlet import Sent
from segue.discord_bot.speech import Speech
from segue.discord_bot.turns import Turns
from segue.discord_settings import DiscordSettings
from segue.events import Delta, SyncedEvent
from segue.models import BindingState, Message, MessageId, Place, SessionId, Turn, TurnId

NOW = datetime.now(UTC)
TURN, ANSWER, SESSION = TurnId("turn"), MessageId("answer"), SessionId("s")
RUNNING = Turn(
    id=TURN,
    session_id=SESSION,
    seq=1,
    state="running",
    answer_id=ANSWER,
    agent_name="chat",
    route=(Place(interface="discord", place="1"),),
    created_at=NOW,
)
COMPLETED = RUNNING.model_copy(update={"state": "completed", "ended_at": NOW})


class Daemon:
    """A session whose answer is a message already. It wakes the delivery until it has looked for messages often."""

    def __init__(self, turn: Turn) -> None:
        self.delivery: Delivery
        self.looked_often = asyncio.Event()
        self._turn = turn
        self._looks = 0

    async def messages(self, session_id: SessionId, *, after_seq: int, limit: int) -> list[Message]:
        self._looks += 1
        if self._looks < 10:
            self.delivery.wake()
        else:
            self.looked_often.set()
        said = {"role": "assistant", "sender": "chat", "interface": "agent", "turn_id": TURN, "created_at": NOW}
        return [Message(id=ANSWER, session_id=session_id, seq=1, content="All of it.", **said)] if not after_seq else []

    async def turn(self, _: str) -> Turn:
        return self._turn

    async def add_receipt(self, *_: Any, **__: Any) -> None: ...

    async def set_cursor(self, *_: Any) -> None: ...

    async def receipts(self, *_: Any, **__: Any) -> list[Any]:
        return []

    async def turns(self, _: str) -> list[Any]:
        return []

    async def approvals(self, _: str) -> list[Any]:
        return []

    async def follow(self, *_: Any, **__: Any) -> AsyncIterator[SyncedEvent]:
        yield SyncedEvent(at=NOW)


class Outlet:
    """A place that keeps what is done there."""

    place = "1"

    def __init__(self) -> None:
        self.done: list[str] = []

    async def own_since(self, _: Any) -> list[Sent]:
        return []

    def may_look(self) -> bool:
        return True

    async def send(self, part: Any, *_: Any, **__: Any) -> Sent:
        self.done.append(f"sent {part.text}")
        return Sent(7, part.text)

    async def edit(self, message_id: int, *_: Any) -> None:
        self.done.append(f"edited {message_id}")

    async def type(self) -> None:
        self.done.append("typed")


@pytest.mark.parametrize(
    ("turn", "then"), [(COMPLETED, []), (RUNNING, ["typed"])], ids=["the turn ended", "the turn is at its tools"]
)
async def test_answer_that_was_brought_is_not_shown_again_as_being_written(turn: Turn, then: list[str]) -> None:
    daemon: Any = Daemon(turn)
    outlet: Any = Outlet()
    speech = Speech()
    speech.take_turn(RUNNING)
    speech.take_delta(Delta(turn_id=TURN, message_id=ANSWER, offset=0, text="All of"))
    binding = BindingState.model_construct(place="1", session_id=SESSION, cursor=0, policy="live", created_at=NOW)
    mentions = Mentions(discord.Client(intents=discord.Intents.none()), daemon, "1")
    turns = Turns(daemon)
    turns.note(RUNNING)
    delivery = Delivery(daemon, turns, outlet, mentions, binding, speech, DiscordSettings(), open_to_somebody)
    daemon.delivery = delivery
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(delivery.run())
        await asyncio.wait_for(daemon.looked_often.wait(), 30)
        running.cancel()
    assert outlet.done == ["sent All of it.", *then]


async def open_to_somebody(_: str) -> bool:
    return False
