"""Calls about what projects remember."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any

from segue import routes
from segue.client.calls import Calls, given
from segue.connection import Query
from segue.models import (
    MemoriesImported,
    Memory,
    MemoryAnswer,
    MemoryHistory,
    MemoryHit,
    MemoryHits,
    MemoryList,
    MemorySaved,
    MemoryVersion,
    Project,
    ProjectList,
)
from segue.routes import path


class Memories(Calls):
    async def projects(self, *, limit: int = 100, offset: int = 0) -> list[Project]:
        """Return the projects of the sessions that you see, and those that are yours."""
        found = await self._get(ProjectList, routes.PROJECTS, {"limit": limit, "offset": offset})
        return list(found.projects)

    async def save_memory(
        self,
        project_id: str,
        key: str,
        value: str,
        *,
        metadata: dict[str, Any] | None = None,
        ttl_seconds: int | None = None,
        session_id: str | None = None,
    ) -> MemorySaved:
        """Let a project remember something; under a key that is taken, as the next version of that memory.
        `session_id` is the session that it comes from."""
        body = given(key=key, value=value, metadata=metadata, ttl_seconds=ttl_seconds, session_id=session_id)
        return await self._write(MemorySaved, "POST", path(routes.MEMORIES, project_id=project_id), body)

    async def memory(self, project_id: str, key: str) -> Memory:
        """Return what a project remembers under a key; raise `MemoryNotFound` if it is nothing."""
        return (await self._get(MemoryAnswer, path(routes.MEMORIES, project_id=project_id), {"key": key})).memory

    async def memories(self, project_id: str, *, limit: int = 20, offset: int = 0) -> list[Memory]:
        """Return what a project remembers, read last first. Each read is counted."""
        query: Query = {"limit": limit, "offset": offset}
        return list((await self._get(MemoryList, path(routes.MEMORIES, project_id=project_id), query)).memories)

    async def search_memories(
        self,
        project_id: str,
        query: str,
        *,
        session_id: str | None = None,
        user: str | None = None,
        interface: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> list[MemoryHit]:
        """Search the keys and values of a project's memories, best match first.

        `user` is who saved what a memory says now, by the name that is shown or a user's name or id; `interface` and
        `session_id` are where. `since` and `until` are times with a time zone: from the one on, and before the
        other."""
        where: Query = {
            "q": query,
            "session_id": session_id,
            "user": user,
            "interface": interface,
            "since": since.isoformat() if since else None,
            "until": until.isoformat() if until else None,
            "limit": limit,
            "offset": offset,
        }
        return list((await self._get(MemoryHits, path(routes.MEMORY_SEARCH, project_id=project_id), where)).memories)

    async def memory_versions(self, project_id: str, key: str) -> list[MemoryVersion]:
        """Return what a memory says and said before, newest first, and who said so."""
        where = path(routes.MEMORY_VERSIONS, project_id=project_id, key=key)
        return list((await self._get(MemoryHistory, where)).versions)

    async def restore_memory(self, project_id: str, key: str, version: int) -> MemorySaved:
        """Let a memory say again what it said in an earlier version."""
        where = path(routes.MEMORY_RESTORE, project_id=project_id, key=key)
        return await self._write(MemorySaved, "POST", where, {"version": version})

    async def delete_memory(self, project_id: str, key: str) -> None:
        """Let a project forget a memory, with all its versions."""
        await self._connection.request("DELETE", path(routes.MEMORY, project_id=project_id, key=key))

    def export_memories(self, project_id: str) -> AsyncGenerator[bytes, None]:
        """Yield all that a project remembers, as JSON that `import_memories` takes."""
        return self._connection.download(path(routes.MEMORY_EXPORT, project_id=project_id), {})

    async def import_memories(self, project_id: str, memories: Sequence[dict[str, Any]]) -> MemoriesImported:
        """Bring in up to 1000 memories, each at least with `key` and `value`, all or none."""
        where = path(routes.MEMORY_IMPORT, project_id=project_id)
        return await self._write(MemoriesImported, "POST", where, {"memories": list(memories)})
