"""A session for agents of the OpenAI Agents SDK: its memory is a session of Segue, which people see and write in too.

    async with Client() as client:
        session = SegueSession("support-4711", client)
        result = await Runner.run(agent, "What did the customer say?", session=session)

It fulfils that SDK's `Session` protocol; the SDK itself is not imported.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Self, cast

from segue.client import Client
from segue.errors import SessionNotFound

if TYPE_CHECKING:
    from agents import Session, SessionSettings
    from agents.items import TResponseInputItem

_SESSION_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INTERFACE = "http"


class SegueSession:
    """What an agent has said and heard, kept by the daemon.

    `session_id` is the id of a session of Segue, or any name: then it is the session that you call so, here and in
    `/chat/run`, made at the first use where there is none; everybody has names of their own. `agent` is the name under
    which people see the agent's answers. Sessions made here get no answers from Segue's own agent.

    Items come back as they were given, of every kind, in one order for all who add. What people say in the session is
    among them. They see what the agent says as messages, and what it does as messages of its tools. Agents that run at
    the same time should share one client: what they add then goes to the daemon together.
    """

    session_id: str
    session_settings: SessionSettings | None

    def __init__(
        self,
        session_id: str,
        client: Client,
        *,
        agent: str | None = None,
        session_settings: SessionSettings | dict[str, Any] | None = None,
    ) -> None:
        self.session_id = session_id
        self.session_settings = _settings(session_settings)
        self._client = client
        self._agent = agent
        self._found: str | None = None  # the id of the daemon's session, once it is known
        self._is_closed = False

    @classmethod
    async def open(
        cls,
        client: Client,
        *,
        place: tuple[str, str],
        agent: str | None = None,
        session_settings: SessionSettings | dict[str, Any] | None = None,
    ) -> Self:
        """Return the session bound at a place, an (interface, place) pair, made where there is none."""
        found = await client.create_session(title=place[1], place=place)
        return cls(found.id, client, agent=agent, session_settings=session_settings)

    async def get_items(self, limit: int | None = None) -> list[TResponseInputItem]:
        """Return the last `limit` items, oldest first; by default as many as the settings say, or all."""
        self._check_open()
        if limit is None and self.session_settings is not None:
            limit = self.session_settings.limit
        if limit == 0:
            return []
        # A negative limit is none, as in the SDK's SQLiteSession.
        items = await self._client.items(await self._id(), limit=limit if limit is None or limit > 0 else None)
        return cast("list[TResponseInputItem]", items)

    async def add_items(self, items: list[TResponseInputItem]) -> None:
        """Add items, all in one step; they are on disk when this returns."""
        self._check_open()
        if items:
            await self._client.add_items(await self._id(), cast("list[dict[str, Any]]", items), agent=self._agent)

    async def pop_item(self) -> TResponseInputItem | None:
        """Remove the last item and return it; people see its message go. None if there is none."""
        self._check_open()
        return cast("TResponseInputItem | None", await self._client.pop_item(await self._id()))

    async def clear_session(self) -> None:
        """Remove all items, with what people have said."""
        self._check_open()
        await self._client.clear_items(await self._id())

    def close(self) -> Done:
        """Refuse all further calls with a RuntimeError. The client stays open, for it may serve others. This may be
        awaited or not: of the SDK's own sessions some want the one and some the other."""
        self._is_closed = True
        return Done()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._is_closed:
            raise RuntimeError("SegueSession is closed")

    async def _id(self) -> str:
        if self._found is None:
            self._found = await self._find()
        return self._found

    async def _find(self) -> str:
        if _SESSION_ID.fullmatch(self.session_id):
            try:
                return (await self._client.session(self.session_id, limit=1)).id
            except SessionNotFound:
                pass  # a name, then, that looks like an id
        title = self.session_id if self.session_id.isprintable() else None
        me = await self._client.me()
        place = (_INTERFACE, f"{me.user.id}/{self.session_id}")
        return (await self._client.create_session(title=title, place=place)).id


class Done:
    """Nothing, to be awaited."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


def _settings(given: SessionSettings | dict[str, Any] | None) -> SessionSettings | None:
    if isinstance(given, dict):
        from agents import SessionSettings

        return SessionSettings(**given)
    return given


if TYPE_CHECKING:
    _fulfilled: type[Session] = SegueSession
