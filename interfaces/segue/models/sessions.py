"""Sessions, as listed, opened and changed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from segue.models.base import Model, Name, Request, SessionId, Title, UserId
from segue.models.context import ContextEntry
from segue.models.messages import Message
from segue.models.places import Place

Reply = Literal["always", "mention", "never"]
PREVIEW_LENGTH = 100


class Member(Model):
    user_id: UserId
    name: str
    role: Literal["owner", "writer", "reader"]


class Session(Model):
    """One conversation. `last_seq` is the position of its newest event."""

    id: SessionId
    title: str
    agent_name: str
    model_id: str | None = None
    reply: Reply
    created_at: datetime
    updated_at: datetime
    message_count: int = 0
    last_message_preview: str = ""
    pinned: bool = False
    archived: bool = False
    project_id: str | None = None
    tool_id: str | None = None
    workspace_path: str | None = None
    owner_id: UserId
    members: tuple[Member, ...] = ()
    last_seq: int = 0


class SessionSummary(Session):
    """A session as one caller finds it: the interfaces through which somebody is attached right now, up to which seq
    the caller has read, and how many messages of others came after that (counted up to 100)."""

    attached: tuple[str, ...] = ()
    read_seq: int = 0
    unread: int = 0


class SessionDetail(SessionSummary):
    """A session with its messages, oldest first."""

    messages: tuple[Message, ...] = ()


class SessionPage(Model):
    sessions: tuple[SessionSummary, ...]
    total: int
    limit: int
    offset: int


class CreateSession(Request):
    title: Title = "New Chat"
    agent_name: Name = "chat"
    model_id: Name | None = None
    reply: Reply | None = None
    project_id: Name | None = None
    tool_id: Name | None = None
    workspace_path: Annotated[str, Field(max_length=4096)] | None = None
    place: Place | None = None


class MemberChange(Request):
    user_id: UserId
    role: Literal["writer", "reader"] = "writer"


class UpdateSession(Request):
    title: Title | None = None
    agent_name: Name | None = None
    model_id: Name | None = None
    reply: Reply | None = None
    pinned: bool | None = None
    archived: bool | None = None
    project_id: Name | None = None
    members: tuple[MemberChange, ...] | None = Field(
        None, description="The whole list of members besides the owner; who is not in it is removed."
    )


class SessionExport(Model):
    """A session with all its messages and its context, oldest first."""

    format: Literal["segue-session/1"] = "segue-session/1"
    exported_at: datetime
    session: Session
    messages: tuple[Message, ...] = ()
    context: tuple[ContextEntry, ...] = ()
