"""The verbs about imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from segue.models import AddContext, Attachment, CreateSession, Reply, Role, SessionId


@dataclass(frozen=True)
class Origin:
    """A conversation that is brought in: `name` is what it is called where it comes from. It goes into the session
    `into`, else into that of the actor into which it was brought before, else into a new one that began `at` that
    time; in the project that it names there, where the file says so (`projects_own`) only if the actor may."""

    name: str
    new: CreateSession
    reply: Reply
    at: datetime
    pinned: bool = False
    archived: bool = False
    into: SessionId | None = None
    projects_own: bool = False


@dataclass(frozen=True)
class ImportedMessage:
    """A message that is brought in: `name` is what it is called where it comes from. Without a `sender`, it is the
    actor's own. `fields` are those of the message besides; `kept` is what is kept of its item (as in `NewItem`)."""

    name: str
    role: Role
    sender: str | None
    content: str
    created_at: datetime
    edited_at: datetime | None = None
    images: tuple[Attachment, ...] = ()
    documents: tuple[Attachment, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    kept: str | None = None


@dataclass(frozen=True)
class ImportedEntry:
    """An entry of the context that is brought in."""

    name: str
    entry: AddContext
    at: datetime
    actor: str


@dataclass(frozen=True)
class Imported:
    """What became of something that was brought in: `known` is how much of it was there already; with
    `project_dropped`, the project that it names is somebody else's here."""

    session_id: SessionId
    created: bool
    messages: int
    entries: int
    known: int
    project_dropped: bool = False
