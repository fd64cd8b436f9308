"""Calls about the tools that agents use."""

from __future__ import annotations

from typing import Literal

from segue import routes
from segue.client.calls import Calls, given
from segue.models import Approval, PendingApproval, ToolPermission
from segue.routes import path


class Tools(Calls):
    async def approvals(self, session_id: str, *, limit: int = 100) -> list[Approval]:
        """Return the session's approvals: the pending ones, behind the last that were answered; oldest first."""
        return await self._get(list[Approval], path(routes.APPROVALS, session_id=session_id), {"limit": limit})

    async def pending_approvals(self, *, limit: int = 100) -> list[PendingApproval]:
        """Return the approvals that wait in any session that you may see, oldest first."""
        return await self._get(list[PendingApproval], routes.PENDING_APPROVALS, {"limit": limit})

    async def decide(
        self,
        approval_id: str,
        decision: Literal["allow", "deny"],
        *,
        remember: bool = False,
        author: tuple[str, str] | None = None,
        name: str | None = None,
    ) -> Approval:
        """Allow or deny a tool call that waits; with `remember`, every later one of that tool in the session. Raises
        `ApprovalConflict` if somebody answered otherwise before. A bridge (scope admin) passes on the answer of
        `author`, an (interface, external id) pair; `name` is theirs where it is linked to nobody."""
        whose = {"interface": author[0], "external_id": author[1]} if author else None
        body = {"decision": decision, "remember": remember} | given(author=whose, name=name)
        return await self._write(Approval, "POST", path(routes.APPROVAL, approval_id=approval_id), body)

    async def tool_permissions(self, session_id: str) -> list[ToolPermission]:
        """Return the answers that hold for all later calls of a tool in the session."""
        return await self._get(list[ToolPermission], path(routes.TOOL_PERMISSIONS, session_id=session_id))

    async def forget_tool_permission(self, session_id: str, server: str, tool: str) -> None:
        """Forget such an answer, if there is one: a person is asked again."""
        where = path(routes.TOOL_PERMISSION, session_id=session_id, server=server, tool=tool)
        await self._connection.request("DELETE", where)
