"""A project's memories on their way out, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator

from segue.models import ExportedMemory, Memory, MemoryExport
from segued import clock
from segued.store.base import Actor, Store

_PAGE = 100  # memories read and encoded at once


async def as_json(store: Store, by: Actor, project_id: str) -> AsyncIterator[bytes]:
    """Yield a `MemoryExport` piece by piece."""
    head = MemoryExport(project_id=project_id, exported_at=clock.utc()).model_dump_json().encode()
    yield head.removesuffix(b"]}")
    after, comma = "", b""
    while page := await store.list_memories_by_key(by, project_id, after, _PAGE):
        yield comma + b",".join(_exported(memory).model_dump_json().encode() for memory in page)
        after, comma = page[-1].key, b","
    yield b"]}"


def _exported(memory: Memory) -> ExportedMemory:
    return ExportedMemory(
        key=memory.key,
        value=memory.value,
        metadata=memory.metadata,
        expires_at=memory.expires_at,
        version=memory.version,
        created_at=memory.created_at,
        saved_at=memory.saved_at,
        saved_by=memory.saved_by,
        interface=memory.interface,
        session_id=memory.session_id,
    )
