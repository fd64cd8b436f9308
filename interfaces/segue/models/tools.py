"""Tools that the agent uses in its turns, and the calls that a person must allow first."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NewType

from pydantic import Field

from segue.models.base import MessageId, Model, Name, Request, SessionId, TurnId, UserId
from segue.models.people import Account

ToolCallId = NewType("ToolCallId", str)
ApprovalId = NewType("ApprovalId", str)

ToolState = Literal["waiting", "running", "completed", "failed", "denied", "cancelled", "interrupted"]
ApprovalState = Literal["pending", "allowed", "denied", "expired", "withdrawn"]
OPEN_CALLS: frozenset[ToolState] = frozenset({"waiting", "running"})


class ToolUse(Model):
    """What a tool is asked to do. `server` is the MCP server that has it, or "segue" for what is built in. `step`
    counts the model's requests in the turn, where that is known: calls of one step run side by side."""

    id: ToolCallId
    server: str
    tool: str
    arguments: dict[str, Any]
    step: int | None = None


class ToolCall(ToolUse):
    """A tool call of a turn. One that is `waiting` must be allowed by a person first, until `expires_at`; `message_id`
    is the message with its result."""

    session_id: SessionId
    turn_id: TurnId
    seq: int
    step: int
    state: ToolState
    read_only: bool = False
    message_id: MessageId | None = None
    created_at: datetime
    expires_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Approval(Model):
    """A tool call that waits for a person, or waited. Who answered is `decided_by`, from `interface`; an answer that
    is `remembered` holds for every later call of the tool in the session."""

    id: ApprovalId
    session_id: SessionId
    turn_id: TurnId
    call: ToolUse
    state: ApprovalState
    requested_at: datetime
    expires_at: datetime
    decided_by: str | None = None
    user_id: UserId | None = None
    interface: str | None = None
    decided_at: datetime | None = None
    remembered: bool = False


class PendingApproval(Approval):
    """An approval as it is listed across sessions: with the title of its own."""

    session_title: str


class ToolPermission(Model):
    """An answer that was given once for every later call of the tool in the session; until it is forgotten, nobody is
    asked. A guest's has no `decided_by`."""

    server: str
    tool: str
    decision: Literal["allow", "deny"]
    decided_by: str | None = None
    decided_at: datetime


class DecideApproval(Request):
    """An answer to a pending approval; with `remember`, for every later call of the tool in the session."""

    decision: Literal["allow", "deny"]
    remember: bool = False
    author: Account | None = Field(
        None,
        description="Whose answer a bridge passes on (scope admin): that of the user whom the account is linked to, or"
        " of a guest called `name`.",
    )
    name: Name | None = None
