"""Calls about the agent's turns."""

from __future__ import annotations

from segue import routes
from segue.client.calls import Calls, given
from segue.models import Turn
from segue.routes import path


class Turns(Calls):
    async def turns(self, session_id: str) -> list[Turn]:
        """Return the queue: turns that wait or run, behind the last ended ones."""
        return await self._get(list[Turn], path(routes.SESSION_TURNS, session_id=session_id))

    async def turn(self, turn_id: str) -> Turn:
        """Return one turn."""
        return await self._get(Turn, path(routes.TURN, turn_id=turn_id))

    async def run(self, session_id: str, *, agent_name: str | None = None, model_id: str | None = None) -> Turn:
        """Run the agent on the conversation as it stands, without a new message."""
        body = given(agent_name=agent_name, model_id=model_id)
        return await self._write(Turn, "POST", path(routes.SESSION_TURNS, session_id=session_id), body)

    async def cancel(self, turn_id: str) -> Turn:
        """Stop a turn; what was said so far is kept."""
        return await self._write(Turn, "POST", path(routes.TURN_CANCEL, turn_id=turn_id))

    async def retry(self, turn_id: str) -> Turn:
        """Ask again after a turn that ended without an answer; returns the new turn."""
        return await self._write(Turn, "POST", path(routes.TURN_RETRY, turn_id=turn_id))

    async def withdraw(self, turn_id: str) -> None:
        """Take back a queued turn and the message that asked for it."""
        await self._connection.request("DELETE", path(routes.TURN, turn_id=turn_id))
