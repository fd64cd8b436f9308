"""What is left of a server when the process that was to end it is itself killed: found by what it has inherited."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MARK = "SEGUE_MCP_RUN"  # in the environment of all that descends from a server; another at each start

_ROUNDS = 5  # for those that were born while the others were ended


def end_leftovers(mark: str) -> None:
    """End every process that carries the mark, whatever group it is in. Finds none where there is no /proc."""
    entry = f"{MARK}={mark}".encode()
    for _ in range(_ROUNDS):
        found = list(_carriers(entry))
        for pid in found:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


def _carriers(entry: bytes) -> Iterator[int]:
    """Yield the processes with this entry in their environment; of one that has ended nothing is told any more."""
    for file in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if entry in file.read_bytes().split(b"\0"):
                yield int(file.parent.name)
