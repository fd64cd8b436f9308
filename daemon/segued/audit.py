"""The audit log: what takes data out is noted, and what is older than is to be kept goes, once a day."""

from __future__ import annotations

import logging

from segue.errors import StorageFailed, StorageFull
from segue.models import Audited, SessionId
from segued import clock
from segued.jobs import NEVER
from segued.store.base import Actor, Store

log = logging.getLogger(__name__)

_DAY_SECONDS = 86_400.0


async def note(
    store: Store, by: Actor, action: Audited, target: str | None = None, session_id: SessionId | None = None
) -> None:
    """Write down what changes nothing in the store; where nothing can be written, into the daemon's own log: taking
    everything out is the rescue then."""
    try:
        await store.add_audit(by, action, target, session_id)
    except (StorageFailed, StorageFull):
        about = " ".join(filter(None, (target, session_id)))
        log.warning("not in the audit log, which cannot be written: %s by %s %s", action, by.name, about)


async def trim(store: Store, keep_days: int) -> float:
    """Delete what is too old, some entries a commit; return when to look again."""
    if not keep_days:
        return NEVER
    while await store.delete_old_audit(keep_days):
        pass
    return clock.now() + _DAY_SECONDS
