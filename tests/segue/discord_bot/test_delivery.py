from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import discord

from segue.discord_bot.delivery import Delivery
from segue.discord_bot.mentions import Mentions
from segue.discord_bot.outlet import Sent
from segue.discord_bot.speech import Speech
from segue.discord_bot.turns import Turns
from segue.discord_settings import DiscordSettings
from segue.events import SyncedEvent
from segue.models import BindingState, Message

NOW = datetime.now(UTC)


class Daemon:
    """Two messages of a session, and what is noted of their delivery."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str, str | None]] = []
        self.served = asyncio.Event()

    async def messages(self, session_id: str, *, after_seq: int, limit: int) -> list[Message]:
        said = {"session_id": session_id, "role": "user", "sender": "ada", "interface": "tui", "created_at": NOW}
        both = [Message(id=text, seq=seq, content=text, **said) for seq, text in enumerate(("poison", "good"), 1)]
        return [message for message in both if message.seq > after_seq]

    async def add_receipt(self, *key: str, state: str, reason: str | None, **_: Any) -> None:
        self.noted.append((key[2], state, reason))

    async def receipts(self, *_: Any, **__: Any) -> list[Any]:
        return []

    async def turns(self, _: str) -> list[Any]:
        return []

    async def approvals(self, _: str) -> list[Any]:
        return []

    async def follow(self, *_: Any, **__: Any) -> AsyncIterator[SyncedEvent]:
        yield SyncedEvent(at=NOW)

    async def set_cursor(self, *_: Any) -> None:
        self.served.set()


async def open_to_somebody(_: str) -> bool:
    return False


class Outlet:
    place = "1"

    async def own_since(self, _: Any) -> list[Sent]:
        return []

    def may_look(self) -> bool:
        return True

    async def send(self, part: Any, *_: Any, **__: Any) -> Sent:
        if "poison" in part.text:
            raise KeyError("poison")
        return Sent(7, part.text)


async def test_message_that_breaks_the_bot_ends_as_failed_and_the_next_one_is_brought() -> None:
    daemon: Any = Daemon()
    outlet: Any = Outlet()
    binding = BindingState.model_construct(place="1", session_id="s", cursor=0, policy="live", created_at=NOW)
    mentions = Mentions(discord.Client(intents=discord.Intents.none()), daemon, "1")
    settings = DiscordSettings()
    delivery = Delivery(daemon, Turns(daemon), outlet, mentions, binding, Speech(), settings, open_to_somebody)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(delivery.run())
        await asyncio.wait_for(daemon.served.wait(), 30)
        running.cancel()
    assert daemon.noted == [("poison", "failed", "the bot broke over it: 'poison'"), ("good", "sent", None)]
