"""The audit log's old end: what is older than is to be kept goes, once a day."""

from __future__ import annotations

from segued import clock
from segued.jobs import NEVER
from segued.store.base import Store

_DAY_SECONDS = 86_400.0


async def trim(store: Store, keep_days: int) -> float:
    """Delete what is too old, some entries a commit; return when to look again."""
    if not keep_days:
        return NEVER
    while await store.delete_old_audit(keep_days):
        pass
    return clock.now() + _DAY_SECONDS
