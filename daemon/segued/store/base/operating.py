"""The verbs about the store itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class StoreStats:
    sessions: int = 0
    messages: int = 0
    turns_queued: int = 0
    turns_running: int = 0
    deliveries_retrying: int = 0
    deliveries_failed: int = 0
    places_waiting: dict[str, int] = field(default_factory=dict)
    """By interface, how many bound places were not yet served all that they are owed."""
    bytes: int = 0


class OperatingVerbs(Protocol):
    async def get_stats(self) -> StoreStats: ...

    @property
    def healthy(self) -> bool:
        """False once a write failed for the disk's sake, until one succeeds again."""
        ...

    @property
    def trouble(self) -> str | None:
        """What is wrong with the disk or the file, and what to do; None where nothing is known to be."""
        ...
