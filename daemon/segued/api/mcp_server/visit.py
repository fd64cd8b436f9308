"""One call of a tool, and what it may leave out: whose session, which project."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from segue.errors import Invalid, PlaceTaken
from segue.models import CreateSession, Place, SessionId
from segued.api.mcp_server.door import INTERFACE
from segued.api.mcp_server.naming import find_session, listed, projects
from segued.api.mcp_server.posted import Posted
from segued.api.registry import Call

Tell = Callable[[float, float, str], Awaitable[None]]
"""Tells the client how far a call is: seconds passed, seconds at most, and in words."""


@dataclass(frozen=True)
class Visit:
    """Who calls: `agent` is what the client calls itself, `posted` what it has posted."""

    call: Call
    agent: str
    tell: Tell
    posted: Posted

    async def named(self, given: str | None) -> SessionId | None:
        """Return the session that is meant, if one is given."""
        return await find_session(self.call, given) if given is not None else None

    async def session(self, given: str | None) -> SessionId:
        """Return the session that is given, else the agent's own, made when it is first needed."""
        if (found := await self.named(given)) is not None:
            return found
        try:
            return await self._own(self.agent)
        except PlaceTaken:  # an agent of that name is somebody else's already
            return await self._own(f"{self.call.by.user_id}/{self.agent}"[:200])

    async def _own(self, place: str) -> SessionId:
        self.call.caller.require("write")
        new = CreateSession(title=self.agent, place=Place(interface=INTERFACE, place=place))
        by = replace(self.call.by.without_key(), sees_all=False)
        return (await self.call.manager.open_place(by, new)).session.id

    async def project(self, given: str | None, session: str | None) -> str:
        """Return the project that is given, else the one that the session belongs to."""
        if given is not None:
            return given
        found = await self.call.store.get_session(self.call.by, await self.session(session))
        if found.project_id is None:
            there = listed(list(await projects(self.call)))
            hint = f" (there are {there})" if there else ""
            raise Invalid(f"session {found.id} belongs to no project: say in `project` which one you mean{hint}")
        return found.project_id
