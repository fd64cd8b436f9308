"""The verbs about the audit log. The others write to it themselves, each in the transaction of what it does."""

from __future__ import annotations

from typing import Protocol

from segue.models import Audited, AuditPage, AuditQuery, Outcome, SessionId
from segued.store.base.actors import Actor


class AuditVerbs(Protocol):
    async def add_audit(
        self,
        by: Actor,
        action: Audited,
        target: str | None = None,
        session_id: SessionId | None = None,
        outcome: Outcome = "done",
    ) -> None:
        """Note an act that has no transaction of its own: a login that failed, an export, a backup."""
        ...

    async def list_audit(self, by: Actor, query: AuditQuery) -> AuditPage:
        """Return what the actor did, or for who sees all, what everybody did."""
        ...

    async def delete_old_audit(self, days: int) -> int:
        """Delete some entries older than `days`; return how many, 0 once there is none left."""
        ...
