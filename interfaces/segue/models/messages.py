"""Messages, and what is posted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from segue.models.base import Attachment, MessageId, Model, Moment, Name, Request, Role, SessionId, TurnId, UserId
from segue.models.people import Account
from segue.models.tools import ToolUse

SendMode = Literal["queue", "steer", "interrupt"]
MessageStatus = Literal["complete", "failed", "cancelled", "interrupted"]


class Message(Model):
    """One entry of a transcript. `seq` is the position of the event that created it; `turn_id` the turn that it asks
    for or answers. An answer that did not come to its end says so in `status` and keeps what was said. One that a
    bridge brought in says from which `place`, and what it is called there (`external_id`). The result of a tool says
    which call it answers (`tool_call`)."""

    id: MessageId
    session_id: SessionId
    seq: int
    role: Role
    sender: str
    content: str
    token_count: int | None = None
    model_id: str | None = None
    agent_name: str | None = None
    response_time_ms: int | None = None
    is_error: bool = False
    status: MessageStatus = "complete"
    created_at: datetime
    edited_at: datetime | None = None
    deleted: bool = False
    interface: str
    place: str | None = None
    external_id: str | None = None
    user_id: UserId | None = None
    turn_id: TurnId | None = None
    tool_call: ToolUse | None = None
    images: tuple[Attachment, ...] = ()
    documents: tuple[Attachment, ...] = ()


class PostMessage(Request):
    role: Role = "user"
    content: str
    sender: Name | None = None
    images: tuple[Attachment, ...] = ()
    documents: tuple[Attachment, ...] = ()
    respond: bool | None = Field(None, description="Ask for an answer; by default as the session's `reply` says.")
    mode: SendMode = "queue"
    author: Account | None = Field(
        None,
        description="Whose words a bridge brings in (scope admin): the user that the account is linked to, else a guest"
        " with the name `sender`.",
    )
    place: Name | None = Field(None, description="The place on the author's interface that it comes from.")
    external_id: Name | None = Field(
        None, description="What the message is called at that place. One that is known already is not added again."
    )
    said_at: Moment | None = Field(
        None, description="When it was said at that place, if not just now; never later than it is stored."
    )

    @model_validator(mode="after")
    def _only_users_ask(self) -> PostMessage:
        if self.respond and self.role != "user":
            raise ValueError("only a message with role 'user' can ask for an answer: drop respond, or change the role")
        return self

    @model_validator(mode="after")
    def _a_bridge_says_all(self) -> PostMessage:
        if self.author is None and (self.place is not None or self.external_id is not None):
            raise ValueError("place and external_id are for what a bridge brings in: give its author too")
        if self.author is None and self.said_at is not None:
            raise ValueError("said_at is for what a bridge brings in: give its author too")
        if (self.place is None) != (self.external_id is None):
            raise ValueError("place and external_id go together: give both, or neither")
        return self


class PostMessages(Request):
    messages: Annotated[tuple[PostMessage, ...], Field(min_length=1, max_length=500)]


class EditMessage(Request):
    content: str


class ReadMark(Request):
    """Up to which seq somebody has read a session."""

    seq: Annotated[int, Field(ge=0, le=2**53)]
