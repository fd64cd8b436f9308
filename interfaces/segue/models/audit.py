"""The audit log: who did what, and by which way they came. No content, no secret."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from segue.models.base import Model, Moment, Name, Request, SessionId, TokenId, UserId

MAX_AUDIT_ENTRIES = 500
Audited = Literal[
    "user.created",
    "user.renamed",
    "user.disabled",
    "user.enabled",
    "user.removed",
    "token.created",
    "token.rotated",
    "token.deleted",
    "login.failed",
    "link.created",
    "identity.linked",
    "identity.unlinked",
    "invitation.created",
    "invitation.claimed",
    "invitation.deleted",
    "member.added",
    "member.changed",
    "member.removed",
    "owner.changed",
    "approval.allowed",
    "approval.denied",
    "approval.forgotten",
    "session.deleted",
    "session.cleared",
    "session.exported",
    "session.forked",
    "session.imported",
    "schedule.created",
    "schedule.changed",
    "schedule.deleted",
    "memories.exported",
    "memories.imported",
    "backup.made",
    "backup.downloaded",
    "backup.deleted",
    "config.reloaded",
    "audit.trimmed",
]
Outcome = Literal["done", "refused", "failed"]
AddressKind = Literal["inside", "unix", "loopback", "remote"]


class AuditEntry(Model):
    """One act. `user` is the name at that time; `uid` is the account at the other end of the Unix socket; `target` is
    what was acted on, by its name or id. `address` is "inside" for what the daemon did by itself."""

    id: int
    at: datetime
    user_id: UserId | None = None
    user: str
    token_id: TokenId | None = None
    uid: int | None = None
    address: AddressKind
    interface: str
    action: Audited
    target: str | None = None
    session_id: SessionId | None = None
    outcome: Outcome = "done"
    request_id: str | None = None


class AuditQuery(Request):
    user: Name | None = Field(None, description="By whom: a user's id or name.")
    action: Name | None = Field(None, description="What: 'token.created', or all of a kind, 'token'.")
    session_id: SessionId | None = None
    since: Moment | None = None
    until: Moment | None = None
    before: Annotated[int, Field(ge=1, le=2**53)] | None = Field(None, description="Only entries before this id.")
    after: Annotated[int, Field(ge=0, le=2**53)] | None = Field(
        None, description="Only entries after this id, the oldest of them first: to follow the log."
    )
    limit: Annotated[int, Field(ge=1, le=MAX_AUDIT_ENTRIES)] = 100


class AuditPage(Model):
    """Entries, the newest first (with `after`, the oldest). `more` says that there are others beyond the last."""

    entries: tuple[AuditEntry, ...] = ()
    more: bool = False
