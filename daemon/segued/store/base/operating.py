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
    places_waiting: dict[str, int]
    """By interface, how many bound places were not yet served all that they are owed."""
    bytes: int


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
