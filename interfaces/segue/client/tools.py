"""Calls about the tools that agents use."""

from __future__ import annotations

from typing import Literal

from segue import routes
from segue.client.calls import Calls
from segue.models import Approval
from segue.routes import path


class Tools(Calls):
    async def approvals(self, session_id: str, *, limit: int = 100) -> list[Approval]:
        """Return the session's approvals: the pending ones, behind the last that were answered; oldest first."""
        return await self._get(list[Approval], path(routes.APPROVALS, session_id=session_id), {"limit": limit})

    async def decide(self, approval_id: str, decision: Literal["allow", "deny"], *, remember: bool = False) -> Approval:
        """Allow or deny a tool call that waits; with `remember`, every later one of that tool in the session. Raises
        `ApprovalConflict` if somebody answered otherwise before."""
        body = {"decision": decision, "remember": remember}
        return await self._write(Approval, "POST", path(routes.APPROVAL, approval_id=approval_id), body)
