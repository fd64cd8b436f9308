"""Turns: run the agent, see the queue, and steer it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from segue import routes
from segue.models import CreateTurn, Request, SessionId, Turn, TurnId
from segued.api.registry import Call, Registry

api = Registry("Turns")


class TurnsQuery(Request):
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@api.operation("POST", routes.SESSION_TURNS, status=201, scope="run")
async def create_turn(call: Call, session_id: SessionId, body: CreateTurn | None = None) -> Turn:
    """Run the agent on the conversation as it stands."""
    wanted = body or CreateTurn()
    return await call.manager.add_turn(call.by, session_id, wanted.agent_name, wanted.model_id)


@api.operation("GET", routes.SESSION_TURNS)
async def list_turns(call: Call, session_id: SessionId, query: TurnsQuery) -> tuple[Turn, ...]:
    """List the turns that wait and run, and the last that ended, oldest first."""
    return await call.store.list_turns(call.by, session_id, query.limit)


@api.operation("GET", routes.TURN)
async def get_turn(call: Call, turn_id: TurnId) -> Turn:
    """Get one turn."""
    return await call.store.get_turn(call.by, turn_id)


@api.operation("POST", routes.TURN_CANCEL, scope="run")
async def cancel_turn(call: Call, turn_id: TurnId) -> Turn:
    """Stop a turn that runs, keeping what was said, or take it out of the queue."""
    return await call.manager.cancel_turn(call.by, turn_id)


@api.operation("POST", routes.TURN_RETRY, status=201, scope="run")
async def retry_turn(call: Call, turn_id: TurnId) -> Turn:
    """Queue a new turn for the question of one that failed, was cancelled or interrupted."""
    return await call.store.retry_turn(call.by, turn_id)


@api.operation("DELETE", routes.TURN, scope="run", status=204)
async def withdraw_turn(call: Call, turn_id: TurnId) -> None:
    """Withdraw a queued turn together with its question."""
    await call.store.cancel_turn(call.by, turn_id, withdraw=True)
