"""The verbs about MCP servers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from segue.models import McpUsage, SessionId
from segued.store.base.actors import Actor


@dataclass(frozen=True)
class McpUse:
    """Calls of an MCP tool in a session, or outside of any (None): how many, how many of them failed, how long they
    took together and at most."""

    server: str
    tool: str
    session_id: SessionId | None
    calls: int
    errors: int
    seconds: float
    max_seconds: float
    last_used_at: datetime


class McpVerbs(Protocol):
    async def add_mcp_uses(self, uses: tuple[McpUse, ...]) -> None:
        """Add what was counted to what is stored. Of a session that was deleted only the tool's part is kept."""
        ...

    async def get_mcp_usage(self, by: Actor, session_id: SessionId | None) -> McpUsage:
        """Return the use of tools in a session, or in all that the actor may see and, for one who sees all, outside of
        any."""
        ...

    async def claim_call(self, by: Actor, call_id: str) -> str:
        """Return `call_id` the first time that the actor's key is seen, and the first one again when it comes again."""
        ...
