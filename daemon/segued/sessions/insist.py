"""What must be stored and cannot be yet is tried again: as long as the disk refuses, it is kept here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from segue.errors import Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

_RETRY_SECONDS = 2.0


async def insist(verb: Callable[[], Awaitable[T]], what: str) -> T:
    """Return what the verb returns, once the store takes it."""
    while True:
        try:
            return await verb()
        except Unavailable as exc:
            log.warning("%s cannot be stored yet: %s", what, exc)
            await asyncio.sleep(_RETRY_SECONDS)
