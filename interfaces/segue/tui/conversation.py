"""The daemon's side of the window: one worker that follows, one that sends, and short calls; each fact one message.

The client library brings aiohttp and pydantic, so it is imported in a thread once the screen stands.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from segue.errors import SegueError, Stopping, Unreachable
from segue.tui.facts import (
    ConnectionChanged,
    Delivered,
    Fact,
    Failed,
    NameKnown,
    OlderKnown,
    Received,
    Refused,
    TurnsKnown,
)

if TYPE_CHECKING:
    from segue.client import Client

PLACE = ("tui", "main")
OLDER_AT_ONCE = 50
_AWAY = (Unreachable, Stopping)
_TRY_AGAIN_SECONDS = 0.5  # until there is a stream, which comes back by itself


class Conversation:
    """One session of the daemon. Without `session_id` it is the one bound to the terminal. `tell` takes the facts.

    Only `follow` opens the client; what is asked before that waits for it.
    """

    def __init__(self, session_id: str | None, tell: Callable[[Fact], object]) -> None:
        self._session_id = session_id
        self._tell = tell
        self._client: Client | None = None
        self._found = asyncio.Event()
        self._connected = asyncio.Event()
        self._outgoing: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def follow(self) -> None:
        """Find the session and tell every event of it, over restarts of the daemon, until it is gone."""
        await asyncio.to_thread(importlib.import_module, "segue.client")
        from segue.client import Client

        try:
            async with Client(interface="tui") as client:
                self._client = client
                session_id = await self._find(client)
                self._found.set()
                async with aclosing(client.follow(session_id, on_connection=self._on_connection)) as events:
                    async for event in events:
                        self._tell(Received(event))
                        if event.type == "snapshot":
                            await self.load_turns()
        except SegueError as exc:
            if self._found.is_set():
                self._tell(ConnectionChanged("deleted"))
            self._tell(Failed(exc.message, final=not self._found.is_set()))

    async def _find(self, client: Client) -> str:
        while True:
            try:
                me = await client.me()
                self._tell(NameKnown(me.user.name))
                if self._session_id is None:
                    self._session_id = (await client.create_session(place=PLACE)).id
                else:
                    await client.session(self._session_id, limit=1)
                return self._session_id
            except _AWAY:
                self._tell(ConnectionChanged("away"))
                await asyncio.sleep(_TRY_AGAIN_SECONDS)

    def _on_connection(self, up: bool) -> None:
        if up:
            self._connected.set()
        else:
            self._connected.clear()
        self._tell(ConnectionChanged("live" if up else "away"))

    def send(self, key: str, text: str) -> None:
        """Have a line sent, after those before it. The same key is the same line."""
        self._outgoing.put_nowait((key, text))

    async def deliver(self) -> None:
        """Send line after line; while the daemon is away they wait."""
        while True:
            key, text = await self._outgoing.get()
            async with self._session() as (client, session_id):
                while True:
                    await self._connected.wait()
                    try:
                        message = await client.post(session_id, text, key=key)
                    except _AWAY:
                        continue
                    except SegueError as exc:
                        self._tell(Refused(key, exc.message))
                    else:
                        self._tell(Delivered(key, message))
                    break

    async def load_turns(self) -> None:
        """Tell the last turns, for what became of them is not in a snapshot."""
        async with self._session() as (client, session_id):
            self._tell(TurnsKnown(await client.turns(session_id)))

    async def load_older(self, before_seq: int) -> None:
        """Tell the messages before a seq."""
        async with self._session() as (client, session_id):
            self._tell(OlderKnown(await client.messages(session_id, limit=OLDER_AT_ONCE, before_seq=before_seq)))

    async def stop_turn(self, turn_id: str) -> None:
        async with self._session() as (client, _):
            await client.cancel(turn_id)

    async def retry(self, turn_id: str) -> None:
        async with self._session() as (client, _):
            await client.retry(turn_id)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[tuple[Client, str]]:
        """Wait for the session to be found, and tell what goes wrong with it."""
        await self._found.wait()
        assert self._client is not None
        assert self._session_id is not None
        try:
            yield self._client, self._session_id
        except SegueError as exc:
            self._tell(Failed(exc.message))
