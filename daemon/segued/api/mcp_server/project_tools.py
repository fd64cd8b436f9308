"""The tools about what a project remembers, and about what happened in a session besides talk."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from segue.models import AddContext, MemoryKey, Name, Request, SaveMemory
from segued.api import context, memories, search
from segued.api.mcp_server import naming, words
from segued.api.mcp_server.toolbox import Limit, Said, Session, Toolbox
from segued.api.mcp_server.visit import Visit

box = Toolbox()

Project = Annotated[
    Name | None,
    Field(description="The project's name. Without it: the one that the session belongs to, if it belongs to one."),
]


class Remember(Request):
    key: MemoryKey = Field(description="A short name for it, like deploy-day.")
    value: Annotated[str, Field(min_length=1, description="The fact, in words that make sense by themselves.")]
    project: Project = None
    session: Annotated[Session, Field(description="The session that it comes from: its id or title.")] = None
    ttl_seconds: Annotated[int, Field(ge=1)] | None = Field(None, description="Forget it after so long.")


@box.tool(
    Remember,
    "Save a fact for every conversation of a project, for people and agents alike. The same key again saves its next"
    " version; earlier ones are kept.",
    "write",
)
async def remember(visit: Visit, wanted: Remember) -> Said:
    project = await visit.project(wanted.project, wanted.session)
    source = await visit.named(wanted.session)
    new = SaveMemory(key=wanted.key, value=wanted.value, ttl_seconds=wanted.ttl_seconds, session_id=source)
    saved = await memories.save_memory(visit.call, project, new)
    return Said(
        f"Remembered under {saved.key!r} in project {project!r}, version {saved.version}.",
        {"project": project, "key": saved.key, "version": saved.version},
    )


class Recall(Request):
    about: search.SearchWords | None = Field(None, description="A few words, or a question. Without it: the latest.")
    project: Project = None
    session: Annotated[Session, Field(description="A session of the project, in place of its name.")] = None
    limit: Limit = 10


@box.tool(Recall, "Look up what a project remembers, best match first.")
async def recall(visit: Visit, wanted: Recall) -> Said:
    project = await visit.project(wanted.project, wanted.session)
    note = ""
    if wanted.about is None:
        latest = await memories.list_memories(visit.call, project, memories.MemoriesQuery(limit=wanted.limit))
        found: Any = latest.memories
    else:
        query = memories.SearchQuery(q=wanted.about, limit=wanted.limit)
        hits = await memories.search_memories(visit.call, project, query)
        found, note = hits.memories, hits.note
    lines = [words.remembered(memory) for memory in found] + ([note] if note else [])
    facts = {"project": project, "memories": {memory.memory_key: memory.memory_value for memory in found}}
    return Said("\n".join(lines) if found else "\n".join([await _nothing(visit, project), *lines]), facts)


async def _nothing(visit: Visit, project: str) -> str:
    """Say that nothing was found; where the project remembers nothing at all, say which ones do."""
    known = await naming.projects(visit.call)
    if known.get(project):
        return f"Project {project!r} remembers nothing about that."
    others = [name for name, memories in known.items() if memories]
    hint = f" Projects that remember something: {naming.listed(others)}." if others else ""
    return f"Nothing is remembered in project {project!r}.{hint}"


class ReadContext(Request):
    session: Session = None
    limit: Annotated[int, Field(ge=1, le=1000, description="How many entries of each kind at most.")] = 50


@box.tool(
    ReadContext,
    "Read what happened in a conversation besides talk: files that were accessed and how important they are, searches,"
    " decisions, memories used. JSON, oldest first.",
)
async def read_context(visit: Visit, wanted: ReadContext) -> Said:
    session_id = await visit.session(wanted.session)
    view = await context.get_context(visit.call, session_id, context.ContextQuery(limit=wanted.limit))
    return Said(view.model_dump_json(exclude_none=True))


class AppendContext(AddContext):
    session: Session = None

    @model_validator(mode="after")
    def _holds_something(self) -> AppendContext:
        return self  # `AddContext` checks it, to which a session alone is nothing


@box.tool(
    AppendContext,
    "Note in a conversation that you read or wrote a file, made a search, took a decision or used a memory, so that"
    " the others know. Give at least one of them.",
    "write",
)
async def add_context(visit: Visit, wanted: AppendContext) -> Said:
    body = AddContext(**wanted.model_dump(exclude={"session"}, exclude_none=True))
    session_id = await visit.session(wanted.session)
    await context.add_context(visit.call, session_id, body)
    return Said(f"Noted in session {session_id}.", {"session": session_id})
