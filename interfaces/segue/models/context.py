"""What happened in a session besides talk."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from segue.models.base import MemoryId, Model, Name, NoTruth, Request, SessionId, UserId, no_control
from segue.models.memories import MemoryKey
from segue.models.summaries import Summary


def _says_something(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank: leave it out, or say something")
    return text


FilePath = Annotated[
    str, StringConstraints(max_length=4096), AfterValidator(_says_something), AfterValidator(no_control)
]
Importance = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), NoTruth]


class AddContext(Request):
    """Something that happened in a session besides talk: any of these, in any combination."""

    file_path: FilePath | None = Field(None, description="A file that was read or written.")
    file_importance: Importance | None = Field(None, description="How important that file is, from 0 to 1.")
    search_query: Annotated[str, Field(max_length=2000), AfterValidator(_says_something)] | None = None
    decision: Annotated[str, Field(max_length=20_000), AfterValidator(_says_something)] | None = None
    memory_id: Name | None = Field(None, description="A memory that was used, by its id, its key, or both.")
    memory_key: MemoryKey | None = None

    @model_validator(mode="after")
    def _holds_something(self) -> AddContext:
        if self.file_importance is not None and self.file_path is None:
            raise ValueError("file_importance is about a file: give its file_path too")
        if all(value is None for value in dict(self).values()):
            names = ", ".join(type(self).model_fields)
            raise ValueError(f"there is nothing to add: give at least one of {names}")
        return self


class ContextEntry(Model):
    """What was added to a session's context at once. `seq` is that of its event; `file_order` counts the files that
    were accessed in the session: 1, 2, 3 …"""

    session_id: SessionId
    seq: int
    file_path: str | None = None
    file_order: int | None = None
    file_importance: float | None = None
    search_query: str | None = None
    decision: str | None = None
    memory_id: MemoryId | None = None
    memory_key: str | None = None
    user_id: UserId | None = None
    actor: str
    interface: str
    timestamp: datetime


class FileAccess(Model):
    """A file that was accessed. `accessed_at` is the timestamp, for those who ask by this name."""

    path: str
    order: int
    importance: float | None = None
    timestamp: datetime
    accessed_at: datetime


class SearchMade(Model):
    query: str
    timestamp: datetime


class Decision(Model):
    decision: str
    timestamp: datetime


class MemoryUse(Model):
    memory_id: MemoryId | None = None
    memory_key: str | None = None
    timestamp: datetime


class Context(Model):
    """What happened in a session besides talk, each list oldest first. The importance of a file is the last given."""

    files_accessed: tuple[FileAccess, ...] = ()
    file_importance_scores: dict[str, float] = Field(default_factory=dict)
    recent_searches: tuple[SearchMade, ...] = ()
    decisions: tuple[Decision, ...] = ()
    saved_memories: tuple[MemoryUse, ...] = ()


class ContextView(Model):
    """A session's context. `compressed`: earlier messages are summarised for the model, in `compressed_context` (the
    transcript is whole). `left_out`: there are older entries, to be had with a higher limit.
    `size_bytes` is the size of the context and the summary as they stand here, in JSON."""

    session_id: SessionId
    context: Context
    compressed: bool
    size_bytes: int
    left_out: bool = False
    compressed_context: Summary | None = None
