"""A file without a name, which is gone with the process at the latest."""

from __future__ import annotations

import asyncio
import errno
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from segue.errors import SegueError, StorageFailed, StorageFull, TooLarge

_PIECE = 1024 * 1024


@contextmanager
def spool_file(folder: Path) -> Iterator[BinaryIO]:
    """Give an empty file in the folder, which nobody else can open."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            yield file
    except OSError as exc:
        raise _translate(exc) from exc


async def spool(pieces: AsyncIterator[bytes], file: BinaryIO, most_bytes: int) -> None:
    """Write what comes to the file. Raises `TooLarge`."""
    waiting = bytearray()
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > most_bytes:
            raise TooLarge(
                f"the file has more than the {most_bytes} bytes that imports.max_file_bytes allows: bring it in piece"
                " by piece, or set that higher",
                limit_bytes=most_bytes,
            )
        waiting += piece
        if len(waiting) >= _PIECE:
            await asyncio.to_thread(file.write, waiting)
            waiting = bytearray()
    file.write(waiting)
    file.flush()


def _translate(exc: OSError) -> SegueError:
    if exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull("the disk is full: free some space and bring the file in again", retry_after=10)
    return StorageFailed(f"the data folder cannot be used ({exc.strerror}): nothing more was stored", retry_after=10)
