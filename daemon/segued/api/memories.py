"""Projects, and what they remember."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field, TypeAdapter, ValidationError

from segue import routes
from segue.errors import Invalid
from segue.models import (
    ImportMemories,
    MemoriesImported,
    MemoryAnswer,
    MemoryExport,
    MemoryHistory,
    MemoryHits,
    MemoryList,
    MemorySaved,
    Moment,
    Name,
    ProjectList,
    Request,
    RestoreMemory,
    SaveMemory,
    SessionId,
)
from segued import audit
from segued.api.export import streamed
from segued.api.registry import Call, Registry
from segued.api.search import SearchWords
from segued.memory.export import as_json
from segued.store.base import SearchFilter

api = Registry("Memories")

_PROJECT_ID = TypeAdapter[str](Name)


class ProjectsQuery(Request):
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    offset: Annotated[int, Field(ge=0, le=2**53)] = 0


class MemoriesQuery(Request):
    limit: Annotated[int, Field(ge=1, le=500)] = 20
    offset: Annotated[int, Field(ge=0, le=10_000)] = Field(0, description="An export gives what is further behind.")
    key: Annotated[str, Field(max_length=1000)] | None = Field(None, description="Only the memory under this key.")


class SearchQuery(Request):
    q: SearchWords
    session_id: SessionId | None = Field(None, description="Only what was saved from this session.")
    user: Name | None = Field(None, description="Only what somebody saved: the name that is shown, or a user's or id.")
    interface: Name | None = Field(None, description="Only what was saved there: tui, discord, http, …")
    since: Moment | None = Field(None, description="Only what was saved from then on.")
    until: Moment | None = Field(None, description="Only what was saved before then.")
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    offset: Annotated[int, Field(ge=0, le=500)] = Field(0, description="Only the best 500 are ranked.")


@api.operation("GET", routes.PROJECTS)
async def list_projects(call: Call, query: ProjectsQuery) -> ProjectList:
    """List the projects of the sessions that you see, and those that are yours."""
    found = await call.store.list_projects(call.by, query.limit, query.offset)
    return ProjectList(projects=found, count=len(found))


@api.operation("GET", routes.MEMORIES, answer=MemoryList | MemoryAnswer, at_root=True)
async def list_memories(call: Call, project_id: str, query: MemoriesQuery) -> MemoryList | MemoryAnswer:
    """List what a project remembers, read last first; or with `key`, get one memory. Each read is counted."""
    memories = call.manager.memories
    if query.key is not None:
        return MemoryAnswer(project_id=project_id, memory=await memories.get(call.by, project_id, query.key))
    found = await memories.latest(call.by, project_id, query.limit, query.offset)
    return MemoryList(project_id=project_id, memories=found, count=len(found))


@api.operation("POST", routes.MEMORIES, scope="write", at_root=True)
async def save_memory(call: Call, project_id: str, body: SaveMemory) -> MemorySaved:
    """Remember something in a project. Under a key that is taken, it is the next version of that memory."""
    return await call.manager.memories.save(call.by, _named(project_id), body)


@api.operation("GET", routes.MEMORY_SEARCH, at_root=True)
async def search_memories(call: Call, project_id: str, query: SearchQuery) -> MemoryHits:
    """Search a project's memories, best match first: by the words of their keys and values, and with an embedder by
    what they mean. What they are narrowed down by is that of their present versions."""
    where = SearchFilter(
        session_id=query.session_id,
        user=query.user,
        interface=query.interface,
        since=query.since,
        until=query.until,
    )
    return await call.manager.memories.search(call.by, project_id, query.q, where, query.limit, query.offset)


@api.operation("GET", routes.MEMORY_EXPORT, answer=MemoryExport, at_root=True)
async def export_memories(call: Call, project_id: str) -> web.StreamResponse:
    """Take out all that a project remembers, as JSON that an import takes."""
    pieces = as_json(call.store, call.by, project_id)
    await audit.note(call.store, call.by, "memories.exported", project_id)
    return await streamed(call, pieces, "application/json", f"{project_id} memories.json")


@api.operation("POST", routes.MEMORY_IMPORT, scope="write", at_root=True)
async def import_memories(call: Call, project_id: str, body: ImportMemories) -> MemoriesImported:
    """Bring in up to 1000 memories, all or none. What is there already is not saved again."""
    imported = await call.manager.memories.bring_in(call.by, _named(project_id), body.memories)
    await call.store.add_audit(call.by.without_key(), "memories.imported", project_id)
    return imported


@api.operation("GET", routes.MEMORY_VERSIONS, at_root=True)
async def list_memory_versions(call: Call, project_id: str, key: str) -> MemoryHistory:
    """List what a memory said before and says now, newest first, and who said so."""
    return await call.store.get_memory_history(call.by, project_id, key)


@api.operation("POST", routes.MEMORY_RESTORE, scope="write", at_root=True)
async def restore_memory(call: Call, project_id: str, key: str, body: RestoreMemory) -> MemorySaved:
    """Let a memory say again what it said in an earlier version, as its next one, and for as long: one that was to
    expire does so after the same time again, from now on."""
    return await call.manager.memories.restore(call.by, project_id, key, body.version)


@api.operation("DELETE", routes.MEMORY, scope="write", status=204, at_root=True)
async def delete_memory(call: Call, project_id: str, key: str) -> None:
    """Forget a memory with all its versions."""
    await call.store.delete_memory(call.by, project_id, key)


def _named(project_id: str) -> str:
    """Return the name for a project that may be a new one, or raise `Invalid`."""
    try:
        return _PROJECT_ID.validate_python(project_id)
    except ValidationError as exc:
        problem = exc.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise Invalid(f"the project's name is no good: {problem}", field="project_id") from exc
