"""The verbs about tools."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from segue.models import (
    Account,
    Approval,
    ApprovalId,
    Attachment,
    PendingApproval,
    SessionId,
    ToolCall,
    ToolCallId,
    ToolPermission,
    ToolUse,
    Turn,
    TurnId,
    Usage,
)
from segued.store.base.actors import Actor


@dataclass(frozen=True)
class NewToolCall:
    """A tool call that the model asks for. One that `asks` waits for a person until `expires_at`."""

    use: ToolUse
    read_only: bool = False
    asks: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True)
class ToolResult:
    """What became of a tool call: `text` is what the model is told, also of why it failed."""

    state: Literal["completed", "failed", "denied"]
    text: str
    images: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class ToolStep:
    """What a model said before it asked for tools, and what it asks for."""

    text: str
    calls: tuple[NewToolCall, ...]
    usage: Usage | None = None
    model_id: str | None = None
    response_time_ms: int | None = None


class ToolVerbs(Protocol):
    async def list_tool_calls(self, turn_id: TurnId) -> tuple[ToolCall, ...]:
        """Return the turn's tool calls, in the order in which they were asked for."""
        ...

    async def add_tool_calls(self, turn_id: TurnId, step: ToolStep) -> tuple[ToolCall, ...]:
        """Add what was said as a message, and the calls: running, or waiting for a person unless one has answered for
        the whole session. One that was denied so is ended already."""
        ...

    async def repeat_tool_calls(self, turn_id: TurnId) -> tuple[ToolCall, ...]:
        """Say of the turn's calls that run that they were cut off, as the daemon stopped, and add each anew, without
        asking anybody again. Return the turn's calls that have not ended."""
        ...

    async def end_tool_call(self, call_id: ToolCallId, result: ToolResult) -> ToolCall:
        """Add the result as a message and end the call. One that has ended already is returned as it is."""
        ...

    async def begin_answer(self, turn_id: TurnId) -> Turn:
        """Let the turn's next answer begin, on all messages up to now. A turn that has ended is returned as it is."""
        ...

    async def list_approvals(self, by: Actor, session_id: SessionId, limit: int) -> tuple[Approval, ...]:
        """Return the session's approvals: the pending ones, behind the last that were answered; oldest first."""
        ...

    async def list_pending_approvals(self, by: Actor, limit: int, ended: bool = False) -> tuple[PendingApproval, ...]:
        """Return those that wait in any session that the actor may see, oldest first; with `ended` the newest `limit`,
        whether they wait or not."""
        ...

    async def get_approval(self, by: Actor, approval_id: ApprovalId) -> Approval: ...

    async def decide_approval(
        self,
        by: Actor,
        approval_id: ApprovalId,
        decision: Literal["allow", "deny"],
        remember: bool,
        author: Account | None = None,
        name: str | None = None,
    ) -> Approval:
        """Answer a pending approval: the call runs, or ends as denied. It is the answer of `author` where one is given,
        who is called `name` if they are linked to nobody. Raises `ApprovalConflict` if somebody answered it otherwise
        before."""
        ...

    async def expire_approval(self, call_id: ToolCallId) -> None:
        """Deny a call that nobody answered in time."""
        ...

    async def list_tool_permissions(self, by: Actor, session_id: SessionId) -> tuple[ToolPermission, ...]:
        """Return the answers that hold for all later calls of a tool in the session."""
        ...

    async def forget_tool_permission(self, by: Actor, session_id: SessionId, server: str, tool: str) -> None:
        """Forget such an answer, if there is one: a person is asked again."""
        ...
