"""The daemon's side of the window: one worker that follows, one that sends, and short calls; each fact one message.

The client library brings aiohttp and pydantic, so it is imported in a thread once the screen stands.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message as Fact

from segue.errors import SegueError, Unavailable, Unreachable
from segue.tui.words import Connection

if TYPE_CHECKING:
    from segue.client import Client
    from segue.events import Event
    from segue.models import Message, Session, Turn

PLACE = ("tui", "main")
OLDER_AT_ONCE = 50
_FIRST_TRY_SECONDS = 1.0  # between attempts to find the daemon, before there is a stream that resumes by itself


@dataclass
class Received(Fact):
    event: Event


@dataclass
class TurnsKnown(Fact):
    turns: Iterable[Turn]


@dataclass
class OlderKnown(Fact):
    messages: list[Message]


@dataclass
class Delivered(Fact):
    key: str
    message: Message


@dataclass
class Refused(Fact):
    key: str
    problem: str


@dataclass
class NameKnown(Fact):
    name: str


@dataclass
class ConnectionChanged(Fact):
    connection: Connection


@dataclass
class Failed(Fact):
    """Something asked for did not work. `final`: there is no conversation to show."""

    problem: str
    final: bool = False


class Conversation:
    """One session of the daemon. `tell` is given every fact; the calls return at once or when theirs is told."""

    def __init__(self, tell: Callable[[Fact], object], session_id: str | None) -> None:
        self._tell = tell
        self._wanted = session_id
        self._client: Client | None = None
        self._session_id: str | None = None
        self._found = asyncio.Event()
        self._outgoing: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def send(self, key: str, text: str) -> None:
        """Post the text when there is a daemon to take it, in the order in which it was typed."""
        self._outgoing.put_nowait((key, text))

    async def run(self) -> None:
        """Find the session, follow it and send what is to be sent, until cancelled or there is nothing to follow."""
        client_module: Any = await asyncio.to_thread(importlib.import_module, "segue.client")
        async with client_module.Client(interface="tui", retry_seconds=60.0) as client:
            self._client = client
            try:
                session = await self._find()
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._send_all(), name="sender")
                    await self._follow(session)
            except* SegueError as group:
                self._tell(Failed(_message(group), final=True))
            finally:
                self._client = None

    async def older(self, before_seq: int) -> None:
        """Tell the messages before a seq."""
        client, session_id = await self._opened()
        await self._try(
            _then(client.messages(session_id, before_seq=before_seq, limit=OLDER_AT_ONCE), self._tell_older)
        )

    async def cancel(self, turn_id: str) -> None:
        client, _ = await self._opened()
        await self._try(client.cancel(turn_id))

    async def retry(self, turn_id: str) -> None:
        client, _ = await self._opened()
        await self._try(client.retry(turn_id))

    async def _opened(self) -> tuple[Client, str]:
        await self._found.wait()
        assert self._client is not None
        assert self._session_id is not None
        return self._client, self._session_id

    async def _find(self) -> Session:
        """Return the session that was asked for, or the terminal's own; wait for the daemon if it is away."""
        assert self._client is not None
        while True:
            try:
                if self._wanted is not None:
                    session: Session = await self._client.session(self._wanted, limit=1)
                else:
                    session = await self._client.create_session(place=PLACE)
                self._tell(NameKnown((await self._client.me()).user.name))
                self._tell(TurnsKnown(await self._client.turns(session.id)))
            except (Unreachable, Unavailable):
                self._tell(ConnectionChanged("away"))
                await asyncio.sleep(_FIRST_TRY_SECONDS)
            else:
                self._session_id = session.id
                self._found.set()
                return session

    async def _follow(self, session: Session) -> None:
        assert self._client is not None
        async with aclosing(self._client.follow(session.id, on_connection=self._tell_connection)) as events:
            async for event in events:
                self._tell(Received(event))
                if event.type == "session.deleted":
                    self._tell(ConnectionChanged("deleted"))
                    return

    async def _send_all(self) -> None:
        while True:
            key, text = await self._outgoing.get()
            client, session_id = await self._opened()
            try:
                self._tell(Delivered(key, await client.post(session_id, text, key=key)))
            except SegueError as exc:
                self._tell(Refused(key, exc.message))

    async def _try(self, call: Awaitable[object]) -> None:
        try:
            await call
        except SegueError as exc:
            self._tell(Failed(exc.message))

    def _tell_connection(self, up: bool) -> None:
        self._tell(ConnectionChanged("live" if up else "away"))

    def _tell_older(self, messages: list[Message]) -> None:
        self._tell(OlderKnown(messages))


async def _then(call: Awaitable[Any], tell: Callable[[Any], None]) -> None:
    tell(await call)


def _message(group: BaseExceptionGroup[SegueError]) -> str:
    first = group.exceptions[0]
    return _message(first) if isinstance(first, BaseExceptionGroup) else first.message
