"""What a project remembers, with its versions."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, computed_field

from segue.models.base import MemoryId, Model, Moment, NoTruth, Request, SessionId, UserId, no_control, no_dots

MemoryKey = Annotated[
    str, StringConstraints(min_length=1, max_length=255), AfterValidator(no_control), AfterValidator(no_dots)
]
MAX_TTL_SECONDS = 3650 * 86_400  # ten years
MAX_METADATA_BYTES = 16 * 1024
MAX_METADATA_DEPTH = 8
MEMORY_VERSIONS = 100  # kept of each memory


def _small_json(metadata: dict[str, Any]) -> dict[str, Any]:
    layer: list[Any] = [metadata]
    for _ in range(MAX_METADATA_DEPTH):
        parts = [part.values() if isinstance(part, dict) else part for part in layer]
        layer = [child for part in parts for child in part if isinstance(child, dict | list)]
    if layer:
        raise ValueError(f"must not be nested deeper than {MAX_METADATA_DEPTH} levels: keep it flat")
    try:
        size = len(json.dumps(metadata, allow_nan=False, ensure_ascii=False).encode())
    except ValueError as exc:
        raise ValueError("must hold no NaN and no Infinity: JSON has no such numbers") from exc
    if size > MAX_METADATA_BYTES:
        raise ValueError(f"must not be larger than {MAX_METADATA_BYTES} bytes as JSON: keep the text in value")
    return metadata


Metadata = Annotated[dict[str, Any], AfterValidator(_small_json)]


class SaveMemory(Request):
    """What a project is to remember. Under a key that it has already, this is the next version of that memory."""

    key: MemoryKey
    value: str
    metadata: Metadata | None = None
    ttl_seconds: Annotated[int, Field(ge=1, le=MAX_TTL_SECONDS), NoTruth] | None = Field(
        None, description="After so long it is forgotten; by default never."
    )
    session_id: SessionId | None = Field(
        None, description="The session it comes from; noted in that session's context too."
    )


class MemorySaved(Model):
    memory_id: MemoryId
    project_id: str
    key: str
    version: int
    message: str = "Memory created successfully"


class MemoryVersion(Model):
    """What a memory said in one of its versions, and who said so, when and where. `session_id` is the session that it
    came from. `key`, `value` and `metadata` are the same once more, for those who ask by these names."""

    memory_id: MemoryId
    project_id: str
    memory_key: str
    memory_value: str
    metadata_json: str | None = None
    version: int
    expires_at: datetime | None = None
    saved_at: datetime
    saved_by: str
    user_id: UserId | None = None
    interface: str
    session_id: SessionId | None = None
    restored_from: int | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def key(self) -> str:
        return self.memory_key

    @computed_field  # type: ignore[prop-decorator]
    @property
    def value(self) -> str:
        return self.memory_value

    @computed_field  # type: ignore[prop-decorator]
    @property
    def metadata(self) -> dict[str, Any] | None:
        return json.loads(self.metadata_json) if self.metadata_json is not None else None


class Memory(MemoryVersion):
    """A memory as it stands. Reads are counted, this one included; the counts are on disk within seconds."""

    created_at: datetime
    last_accessed: datetime
    accessed_count: int = 0


class MemoryHit(Memory):
    """A memory that matched. `snippet` marks each hit with ⟦ and ⟧; a higher `score` is a better match."""

    snippet: str
    score: float


class MemoryAnswer(Model):
    project_id: str
    memory: Memory


class MemoryList(Model):
    project_id: str
    memories: tuple[Memory, ...]
    count: int


class MemoryHits(Model):
    """A page of what was found, best first; `more` says that there are others beyond the last. `note` says in words
    what was left out of the search, and why."""

    project_id: str
    query: str
    memories: tuple[MemoryHit, ...]
    count: int
    more: bool = False
    note: str = ""


class MemoryHistory(Model):
    """The versions of a memory, newest first; the last 100 are kept."""

    project_id: str
    key: str
    memory_id: MemoryId
    versions: tuple[MemoryVersion, ...]


class RestoreMemory(Request):
    version: Annotated[int, Field(ge=1, le=2**53), NoTruth]


class ImportedMemory(Model):
    """A memory as an export gives it, or as somebody writes it; whatever else is in it is left out."""

    key: MemoryKey
    value: str
    metadata: Metadata | None = None
    expires_at: Moment | None = None


class ImportMemories(Model):
    """Memories to be brought in, as an export gives them, at most 1000 at once."""

    memories: Annotated[tuple[ImportedMemory, ...], Field(max_length=1000)]


class ExportedMemory(ImportedMemory):
    version: int
    created_at: datetime
    saved_at: datetime
    saved_by: str
    interface: str
    session_id: SessionId | None = None


class MemoryExport(Model):
    """All that a project remembers: the present version of each memory, by key."""

    format: Literal["segue-memories/1"] = "segue-memories/1"
    project_id: str
    exported_at: datetime
    memories: tuple[ExportedMemory, ...] = ()


class Skipped(Model):
    key: str
    reason: str


class MemoriesImported(Model):
    """What became of an import: how many were saved, how many were there already, which were left out and why."""

    project_id: str
    saved: int
    unchanged: int
    skipped: tuple[Skipped, ...] = ()


class Project(Model):
    """A project by the sessions that you see of it, and its memories if they are yours too."""

    project_id: str
    session_count: int
    memory_count: int


class ProjectList(Model):
    projects: tuple[Project, ...]
    count: int
