"""The library for agents and front-ends: everything the daemon does, as awaitable calls and streams of events.

    async with Client() as client:
        session = await client.create_session(title="Build bot", place=("http", "build-bot"))
        await client.post(session.id, "The build is green.", sender="build-bot", respond=False)
        async for event in client.follow(session.id):
            print(event.type)

Every call raises the errors of `segue.errors`, and `Unreachable` where no daemon answers.
"""

from __future__ import annotations

import os
from copy import copy
from typing import Self

from segue import paths
from segue.client.context import SessionContexts
from segue.client.following import Following, OnConnection
from segue.client.imports import Imports
from segue.client.items import Additions, Items
from segue.client.mcp import McpServers
from segue.client.members import Members
from segue.client.memories import Memories
from segue.client.messages import Messages
from segue.client.operating import Operating
from segue.client.people import People
from segue.client.places import Places
from segue.client.schedules import Schedules
from segue.client.search import Searching
from segue.client.sessions import Sessions
from segue.client.tools import Tools
from segue.client.turns import Turns
from segue.connection import Connection

__all__ = ["Client", "OnConnection"]


class Client(
    Operating,
    Sessions,
    Messages,
    Items,
    Searching,
    SessionContexts,
    Imports,
    Memories,
    Turns,
    Schedules,
    Tools,
    McpServers,
    Following,
    Places,
    People,
    Members,
):
    """A connection to the daemon, to be used as `async with Client() as client:`.

    `address` is `unix:/path` or `http://host:port`; by default the daemon of this user. `token` is needed over HTTP
    and defaults to $SEGUE_TOKEN. `interface` is what others see you attached as. A call may take `timeout` seconds;
    what fails for reasons that pass (daemon restarting, overload) is tried again for `retry_seconds`, safely: every
    write carries an Idempotency-Key.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        token: str | None = None,
        interface: str = "http",
        timeout: float = 30.0,
        retry_seconds: float = 5.0,
    ) -> None:
        token = token or os.environ.get("SEGUE_TOKEN")
        self._connection = Connection(address or paths.address(), token, interface, timeout, retry_seconds)
        self._additions = Additions(self._connection)

    async def __aenter__(self) -> Self:
        await self._connection.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    def acting_for(self, interface: str, external_id: str, *, name: str | None = None) -> Client:
        """Return a client on this one's connection that acts for somebody's account: as the user whom it is linked to,
        else as a guest called `name`, who sees no session. Needs scope admin. It is open as long as this one."""
        other = copy(self)
        other._connection = self._connection.acting_for(interface, external_id, name)
        other._additions = Additions(other._connection)
        return other
