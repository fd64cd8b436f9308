"""Turns: the answers that are owed, and how they end."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from segue.models.base import MessageId, Model, Name, Request, SessionId, TurnId, UserId
from segue.models.messages import SendMode
from segue.models.places import Place

TurnState = Literal["queued", "running", "completed", "failed", "cancelled", "interrupted"]
ENDED: frozenset[TurnState] = frozenset({"completed", "failed", "cancelled", "interrupted"})


class TurnError(Model):
    code: str
    message: str


class Usage(Model):
    """What a provider counted. `context_tokens`, where several requests are taken together, is what the last of them
    took with its answer."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    context_tokens: int | None = None

    @property
    def context(self) -> int | None:
        """How much of the model's context the conversation filled last."""
        if self.context_tokens is not None or self.input_tokens is None:
            return self.context_tokens
        return self.input_tokens + (self.output_tokens or 0)

    def plus(self, other: Usage | None) -> Usage:
        """Return both together; what neither reports stays None."""
        if other is None:
            return self
        return Usage(
            input_tokens=_sum(self.input_tokens, other.input_tokens),
            output_tokens=_sum(self.output_tokens, other.output_tokens),
            context_tokens=other.context,
        )


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one + (other or 0)


class Turn(Model):
    """One run of the agent. `seq` is the position of the event that queued it, and so its place in the queue;
    `message_id` is the message that asked, `answer_id` the answer being written or written; `route` the places the
    answer goes to, fixed when the turn was accepted."""

    id: TurnId
    session_id: SessionId
    seq: int
    state: TurnState
    mode: SendMode = "queue"
    message_id: MessageId | None = None
    answer_id: MessageId | None = None
    agent_name: str
    model_id: str | None = None
    user_id: UserId | None = None
    route: tuple[Place, ...] = ()
    attempt: int = 0
    retry_of: TurnId | None = None
    error: TurnError | None = None
    usage: Usage | None = None
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None


class CreateTurn(Request):
    agent_name: Name | None = None
    model_id: Name | None = None


class Partial(Model):
    """An answer being written: the text so far. Offsets of deltas count Unicode code points of it."""

    turn_id: TurnId
    message_id: MessageId
    text: str = ""
