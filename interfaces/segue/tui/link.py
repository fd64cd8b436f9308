"""The window's one way to the daemon: the client, and the list of sessions, which it keeps telling.

The client library brings aiohttp and pydantic, so it is imported in a thread once the screen stands.
"""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from segue import paths
from segue.address import parse
from segue.errors import SegueError
from segue.tui import facts
from segue.tui.conversation import AWAY

if TYPE_CHECKING:
    from segue.client import Client
    from segue.models import SessionDetail

PLACE = ("tui", "main")
_PAGE = 100
_TRY_AGAIN_SECONDS = 0.5  # until there is a stream, which comes back by itself

T = TypeVar("T")
Prepare = Callable[[], str | None]
"""Sees to it that a daemon runs, and returns the id of the session to begin with, None for the terminal's own. It may
block, and raises what the reader has to know."""


def has_broken_down() -> bool:
    """Whether there was a daemon of ours that did not end in good order: then its socket is still there."""
    address = parse(paths.address())
    return address.socket is not None and os.path.exists(address.socket)


class NotOpened(Exception):
    """There is no conversation to show; the cause says why."""


class Link:
    """`tell` takes the facts."""

    def __init__(self, prepare: Prepare, tell: Callable[[facts.Fact], object]) -> None:
        self._prepare = prepare
        self._tell = tell
        self._client: Client | None = None
        self._opened = asyncio.Event()

    async def client(self) -> Client:
        """Return the client, once it is there; when it is closed, nobody gets it any more."""
        await self._opened.wait()
        assert self._client is not None
        return self._client

    async def run(self) -> None:
        """Open the client, tell the session to begin with, and then what happens in any session, until cancelled.
        Raises `NotOpened` if there is none."""
        await asyncio.to_thread(importlib.import_module, "segue.client")
        from segue.client import Client

        try:
            session_id = await self.prepare()
        except Exception as exc:
            raise NotOpened from exc
        async with Client(interface="tui") as client:
            self._client = client
            try:
                name, session = await self._patiently(lambda: _begin(client, session_id))
            except SegueError as exc:
                raise NotOpened from exc
            self._opened.set()
            self._tell(facts.Opened(name, session))
            try:
                await self._follow_all(client)
            finally:
                self._opened.clear()

    async def prepare(self) -> str | None:
        """Start the daemon where none runs."""
        return await asyncio.to_thread(self._prepare)

    async def _follow_all(self, client: Client) -> None:
        try:
            async with aclosing(client.follow_all(deltas=False)) as events:
                async for event in events:
                    if event.type == "synced":
                        await self._patiently(lambda: self._load_list(client))
                    self._tell(facts.Happened(event))
        except SegueError as exc:
            self._tell(facts.Failed(exc.message))
            await asyncio.Event().wait()  # the conversations go on without the list

    async def _load_list(self, client: Client) -> None:
        page = await client.sessions(limit=_PAGE)
        sessions = list(page.sessions)
        while page.sessions and len(sessions) < page.total:
            page = await client.sessions(limit=_PAGE, offset=len(sessions))
            sessions += page.sessions
        self._tell(facts.ListKnown(sessions))

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await call()
            except AWAY:
                self._tell(facts.ConnectionChanged("away"))
                await asyncio.sleep(_TRY_AGAIN_SECONDS)


async def _begin(client: Client, session_id: str | None) -> tuple[str, SessionDetail]:
    me = await client.me()
    if session_id is None:
        return me.user.name, await client.create_session(place=PLACE)
    return me.user.name, await client.session(session_id, limit=1)
