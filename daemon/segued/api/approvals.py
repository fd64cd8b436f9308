"""Tool calls that wait for a person."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from segue import routes
from segue.models import Approval, ApprovalId, DecideApproval, PendingApproval, Request, SessionId, ToolPermission
from segued.api.registry import Call, Registry

api = Registry("Approvals")


class ApprovalsQuery(Request):
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class PendingQuery(ApprovalsQuery):
    ended: bool = Field(False, description="The last that wait no more, too.")


@api.operation("GET", routes.APPROVALS)
async def list_approvals(call: Call, session_id: SessionId, query: ApprovalsQuery) -> tuple[Approval, ...]:
    """List the session's approvals: the pending ones, behind the last that were answered; oldest first."""
    return await call.store.list_approvals(call.by, session_id, query.limit)


@api.operation("GET", routes.PENDING_APPROVALS)
async def list_pending_approvals(call: Call, query: PendingQuery) -> tuple[PendingApproval, ...]:
    """List what waits for a person in any session that you may see, oldest first."""
    return await call.store.list_pending_approvals(call.by, query.limit, query.ended)


@api.operation("POST", routes.APPROVAL, scope="run")
async def decide_approval(call: Call, approval_id: ApprovalId, body: DecideApproval) -> Approval:
    """Allow or deny a tool call that waits; the first answer counts, and everybody sees whose it was."""
    if body.author is not None:
        call.caller.require("admin")
    return await call.store.decide_approval(call.by, approval_id, body.decision, body.remember, body.author, body.name)


@api.operation("GET", routes.TOOL_PERMISSIONS)
async def list_tool_permissions(call: Call, session_id: SessionId) -> tuple[ToolPermission, ...]:
    """List the answers that hold for all later calls of a tool in the session."""
    return await call.store.list_tool_permissions(call.by, session_id)


@api.operation("DELETE", routes.TOOL_PERMISSION, scope="run", status=204)
async def forget_tool_permission(call: Call, session_id: SessionId, server: str, tool: str) -> None:
    """Forget such an answer, if there is one: a person is asked again."""
    await call.store.forget_tool_permission(call.by, session_id, server, tool)
