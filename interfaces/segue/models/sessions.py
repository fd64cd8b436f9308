"""Sessions, as listed, opened and changed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from segue.models.base import MessageId, Model, Name, Request, SessionId, Title, UserId
from segue.models.context import ContextEntry
from segue.models.messages import Message
from segue.models.places import Place
from segue.models.summaries import TokenCount

Reply = Literal["always", "mention", "never"]
PREVIEW_LENGTH = 100


class Member(Model):
    user_id: UserId
    name: str
    role: Literal["owner", "writer", "reader"]


class ForkedFrom(Model):
    """The session that another was copied from, up to and with which seq, and its title at that time."""

    session_id: SessionId
    seq: int
    title: str


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
    forked_from: ForkedFrom | None = None


class SessionSummary(Session):
    """A session as one caller finds it: the interfaces through which somebody is attached right now, up to which seq
    the caller has read, and how many messages of others came after that (counted up to 100)."""

    attached: tuple[str, ...] = ()
    read_seq: int = 0
    unread: int = 0


class SessionDetail(SessionSummary):
    """A session with its messages, oldest first. `tokens` is what the model is given of it next, where the session is
    asked for by itself."""

    tokens: TokenCount | None = None
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


class ForkSession(Request):
    """Up to where a session is to be copied: a seq, or a message; by default whole."""

    title: Title | None = None
    upto_seq: Annotated[int, Field(ge=0, le=2**53)] | None = None
    message_id: MessageId | None = None

    @model_validator(mode="after")
    def _one_end(self) -> ForkSession:
        if self.upto_seq is not None and self.message_id is not None:
            raise ValueError("upto_seq and message_id both say where to end: give one of them")
        return self


class MemberChange(Request):
    user_id: UserId
    role: Literal["writer", "reader"] = "reader"


class PutMember(Request):
    role: Literal["owner", "writer", "reader"] = Field(
        "reader",
        description="'owner' hands the session over to a member: who owned it stays as a writer. It leaves its project"
        " unless both may write what that remembers.",
    )


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


class ExportedMessage(Message):
    """A message with the item that is kept beside it, letter by letter; without that field where it says all."""

    item: str | None = None


class SessionExport(Model):
    """A session with all its messages and its context, oldest first."""

    format: Literal["segue-session/1"] = "segue-session/1"
    exported_at: datetime
    session: Session
    messages: tuple[ExportedMessage, ...] = ()
    context: tuple[ContextEntry, ...] = ()
