"""The audit log. It can be read, and nothing else."""

from __future__ import annotations

from segue import routes
from segue.models import AuditPage, AuditQuery
from segued.api.registry import Call, Registry

api = Registry("Audit")


@api.operation("GET", routes.AUDIT)
async def list_audit(call: Call, query: AuditQuery) -> AuditPage:
    """List who did what, the newest first: what you did yourself, or as an admin what anybody did."""
    return await call.store.list_audit(call.by, query)
