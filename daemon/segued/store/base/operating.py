"""The verbs about the store itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class StoreStats:
    sessions: int
    messages: int
    turns_queued: int
    turns_running: int
    deliveries_retrying: int
    deliveries_failed: int
    bytes: int


class OperatingVerbs(Protocol):
    async def get_stats(self) -> StoreStats: ...

    async def delete_old_keys(self, days: int) -> int:
        """Forget idempotency keys older than `days`; return how many."""
        ...

    @property
    def healthy(self) -> bool:
        """False once a write failed for the disk's sake, until one succeeds again."""
        ...
