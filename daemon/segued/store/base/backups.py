"""The verbs about copies of the whole store, and about its being whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from segue.models import Integrity

Show = Callable[[int, int], object]
"""Is told how many bytes of how many are done; (0, 0) where only time goes by. Called in another thread; what it raises
ends the work."""


@dataclass(frozen=True)
class Contents:
    """What a copy was found to hold, once it was checked."""

    schema_version: int
    sessions: int
    messages: int


class BackupVerbs(Protocol):
    async def add_copy(self, file: Path, copying: Show, checking: Show) -> Contents:
        """Copy everything, as it is at one moment, into `file`, which must not be there; then check the copy. Others
        read and write meanwhile. Raises `StorageFull` or `StorageFailed`, and leaves no file then."""
        ...

    async def check_integrity(self, full: bool) -> Integrity:
        """Look whether the store is whole, with `full` at every entry of every index too. Others go on meanwhile."""
        ...
