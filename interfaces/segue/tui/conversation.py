"""One session as this window has it open: one worker that follows, one that sends, and short calls; each fact one
message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from segue.errors import Forbidden, SegueError, SessionNotFound, Stopping, Unauthorized, Unreachable
from segue.tui import facts
from segue.tui.words import Connection

if TYPE_CHECKING:
    from segue.client import Client
    from segue.models import Message, SendMode

PAGE = 50  # messages loaded at once
SLOW_SECONDS = 3.0
AWAY = (Unreachable, Stopping)
_ENDS: dict[str, Connection] = {"session.deleted": "deleted", "session.left": "left"}
GetClient = Callable[[], Awaitable["Client"]]


class Conversation:
    """What is asked before `begin` waits for it. `tell` takes the facts, `client` gives the client once it is there."""

    def __init__(self, tell: Callable[[facts.Fact], object], client: GetClient) -> None:
        self.session_id = ""
        self._tell = tell
        self._client = client
        self._begun = asyncio.Event()
        self._connected = asyncio.Event()
        self._outgoing: asyncio.Queue[tuple[str, str, SendMode]] = asyncio.Queue()

    def begin(self, session_id: str) -> None:
        """Let it know which session it is."""
        self.session_id = session_id
        self._begun.set()

    async def follow(self) -> None:
        """Tell every event of the session, over restarts of the daemon, until it is gone."""
        async with self._session() as (client, session_id):
            try:
                async with aclosing(client.follow(session_id, on_connection=self._on_connection)) as events:
                    async for event in events:
                        self._tell(facts.Received(event))
                        if event.type == "snapshot":
                            await self.load_turns()
                        elif event.type in _ENDS:
                            self._tell(facts.ConnectionChanged(_ENDS[event.type]))
                            return
            except SessionNotFound:
                self._tell(facts.ConnectionChanged("gone"))
            except (Forbidden, Unauthorized):
                self._tell(facts.ConnectionChanged("refused"))
                raise
            finally:
                self._connected.clear()

    def _on_connection(self, up: bool) -> None:
        if up:
            self._connected.set()
        else:
            self._connected.clear()
        self._tell(facts.ConnectionChanged("live" if up else "away"))

    def send(self, key: str, text: str, mode: SendMode) -> None:
        """Have a line sent, after those before it. The same key is the same line."""
        self._outgoing.put_nowait((key, text, mode))

    async def deliver(self) -> None:
        """Send line after line; while the daemon is away they wait. Goes on when the window shows another session."""
        while True:
            key, text, mode = await self._outgoing.get()
            async with self._session() as (client, _):
                while True:
                    try:
                        message = await self._post(client, key, text, mode)
                    except AWAY:
                        await self._away()
                        continue
                    except SegueError as exc:
                        self._tell(facts.Refused(key, exc.message))
                    else:
                        self._tell(facts.Delivered(key, message))
                    break

    async def _post(self, client: Client, key: str, text: str, mode: SendMode) -> Message:
        """Post a line, and tell meanwhile if that takes long."""

        def tell_slow() -> None:
            if self._connected.is_set():
                self._tell(facts.ConnectionChanged("slow"))

        alarm = asyncio.get_running_loop().call_later(SLOW_SECONDS, tell_slow)
        try:
            return await client.post(self.session_id, text, key=key, mode=mode)
        finally:
            alarm.cancel()
            if self._connected.is_set():
                self._tell(facts.ConnectionChanged("live"))

    async def _away(self) -> None:
        """Wait until the stream is up again; if nobody follows, for a moment."""
        try:
            async with asyncio.timeout(1.0):
                await self._connected.wait()
        except TimeoutError:
            pass

    async def load_turns(self) -> None:
        """Tell the last turns, for what became of them is not in a snapshot."""
        async with self._session() as (client, session_id):
            self._tell(facts.TurnsKnown(await client.turns(session_id)))

    async def load_older(self, before_seq: int) -> None:
        """Tell the messages before a seq."""
        async with self._session() as (client, session_id):
            older = await client.messages(session_id, limit=PAGE, before_seq=before_seq)
            self._tell(facts.OlderKnown(older, before_seq))

    async def load_newer(self, after_seq: int) -> None:
        """Tell the messages after a seq."""
        async with self._session() as (client, session_id):
            newer = await client.messages(session_id, limit=PAGE, after_seq=after_seq)
            self._tell(facts.NewerKnown(newer, after_seq))

    async def load_around(self, message_id: str, seq: int) -> None:
        """Tell a message with those around it."""
        async with self._session() as (client, session_id):
            before = await client.messages(session_id, limit=PAGE, before_seq=seq)
            after = await client.messages(session_id, limit=PAGE, after_seq=seq - 1)
            self._tell(facts.AroundKnown([*before, *after], message_id))

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[tuple[Client, str]]:
        """Wait for the session to be known, and tell what goes wrong with it."""
        await self._begun.wait()
        client = await self._client()
        try:
            yield client, self.session_id
        except SegueError as exc:
            self._tell(facts.Failed(exc.message))
