"""The nouns on the wire, in the core and in the store: one frozen model each. Times are UTC, ids are opaque strings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, NewType

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

SessionId = NewType("SessionId", str)
MessageId = NewType("MessageId", str)
TurnId = NewType("TurnId", str)
UserId = NewType("UserId", str)
TokenId = NewType("TokenId", str)

Role = Literal["user", "assistant", "system", "tool"]
Reply = Literal["always", "mention", "never"]
SendMode = Literal["queue", "steer", "interrupt"]
TurnState = Literal["queued", "running", "completed", "failed", "cancelled", "interrupted"]
MessageStatus = Literal["complete", "failed", "cancelled", "interrupted"]
Policy = Literal["live", "final", "mention", "muted"]
Scope = Literal["read", "write", "run", "admin"]

ENDED: frozenset[TurnState] = frozenset({"completed", "failed", "cancelled", "interrupted"})
PREVIEW_LENGTH = 100


def _no_control(text: str) -> str:
    if any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in text):
        raise ValueError("must not contain control characters")
    return text


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_no_control)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_no_control)]
Attachment = str | dict[str, Any]


class Model(BaseModel):
    """Base of what the daemon answers: frozen, and unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Request(BaseModel):
    """Base of what the daemon is asked: an unknown field is an error, so that a typing mistake is not silently lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- sessions ---------------------------------------------------------------------------------------------------------


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
    """A session in a list, with the interfaces through which somebody is attached right now."""

    attached: tuple[str, ...] = ()


class SessionDetail(SessionSummary):
    """A session with its messages, oldest first."""

    messages: tuple[Message, ...] = ()


class SessionPage(Model):
    sessions: tuple[SessionSummary, ...]
    total: int
    limit: int
    offset: int


class Place(Request):
    """Where on an interface: a Discord channel, a terminal, any string that an agent picks."""

    interface: Name
    place: Name


class CreateSession(Request):
    title: Title = "New Chat"
    agent_name: Name = "chat"
    model_id: Name | None = None
    reply: Reply | None = None
    project_id: Name | None = None
    tool_id: Name | None = None
    workspace_path: Annotated[str, Field(max_length=4096)] | None = None
    place: Place | None = None


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


class MemberChange(Request):
    user_id: UserId
    role: Literal["writer", "reader"] = "writer"


# --- messages ---------------------------------------------------------------------------------------------------------


class Message(Model):
    """One entry of a transcript. `seq` is the position of the event that created it; `turn_id` the turn that it asks
    for or answers. An answer that did not come to its end says so in `status` and keeps what was said."""

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
    user_id: UserId | None = None
    turn_id: TurnId | None = None
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

    @model_validator(mode="after")
    def _only_users_ask(self) -> PostMessage:
        if self.respond and self.role != "user":
            raise ValueError("only a message with role 'user' can ask for an answer: drop respond, or change the role")
        return self


class PostMessages(Request):
    messages: Annotated[tuple[PostMessage, ...], Field(min_length=1, max_length=500)]


class EditMessage(Request):
    content: str


class SearchHit(Model):
    """A message that matched. `snippet` marks each hit with ⟦ and ⟧; a higher `score` is a better match."""

    message: Message
    session_title: str
    snippet: str
    score: float


class SearchPage(Model):
    query: str
    hits: tuple[SearchHit, ...]


# --- turns ------------------------------------------------------------------------------------------------------------


class TurnError(Model):
    code: str
    message: str


class Usage(Model):
    input_tokens: int | None = None
    output_tokens: int | None = None


class Turn(Model):
    """One run of the agent. `seq` is the position of the event that queued it, and so its place in the queue;
    `message_id` is the message that asked, `answer_id` the answer being written or written; `route` the places the
    answer goes to, fixed when the turn was accepted."""

    id: TurnId
    session_id: SessionId
    seq: int
    state: TurnState
    mode: SendMode = "queue"
    message_id: MessageId | None = None
    answer_id: MessageId | None = None
    agent_name: str
    model_id: str | None = None
    user_id: UserId | None = None
    route: tuple[Place, ...] = ()
    attempt: int = 0
    retry_of: TurnId | None = None
    error: TurnError | None = None
    usage: Usage | None = None
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None


class CreateTurn(Request):
    agent_name: Name | None = None
    model_id: Name | None = None


class Partial(Model):
    """An answer being written: the text so far. Offsets of deltas count Unicode code points of it."""

    turn_id: TurnId
    message_id: MessageId
    text: str = ""


# --- people and places ------------------------------------------------------------------------------------------------


class Attached(Model):
    """Who follows a session, and from which interface."""

    user: str
    interface: str


class Identity(Model):
    interface: str
    external_id: str
    linked_at: datetime


class User(Model):
    id: UserId
    name: str
    created_at: datetime
    identities: tuple[Identity, ...] = ()


class Me(Model):
    """The caller, as the daemon sees it."""

    user: User
    scopes: tuple[Scope, ...]


class Token(Model):
    id: TokenId
    name: str
    user_id: UserId
    user: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    last_used_at: datetime | None = None


class NewToken(Token):
    """A token with its secret, which is shown this once and stored only as a hash."""

    token: str


class CreateToken(Request):
    name: Name
    user: Name | None = Field(None, description="The user it belongs to, made where new; by default the caller.")
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)] = ("read", "write", "run")


class Binding(Model):
    """A place and the session it shows."""

    interface: str
    place: str
    session_id: SessionId
    policy: Policy
    user_id: UserId | None = None
    created_at: datetime


class BindingState(Binding):
    """A binding with its `cursor`: the seq up to which the place has been served. It moves without an event."""

    cursor: int = 0


class BindingList(Model):
    bindings: tuple[BindingState, ...]


class PutBinding(Request):
    session_id: SessionId
    policy: Policy = "live"


class PutCursor(Request):
    seq: Annotated[int, Field(ge=0, le=2**53)]


class Receipt(Model):
    """What became of one part of a message at a place."""

    interface: str
    place: str
    message_id: MessageId
    part: int
    external_id: str | None
    state: Literal["sent", "failed"]
    reason: str | None = None
    at: datetime


class PostReceipt(Request):
    message_id: MessageId
    part: Annotated[int, Field(ge=0, le=10_000)] = 0
    external_id: Name | None = None
    state: Literal["sent", "failed"]
    reason: Annotated[str, Field(max_length=1000)] | None = None


class LinkCode(Model):
    """A code that joins an identity of another interface to the user who asked for it, once, until it expires."""

    code: str
    expires_at: datetime


class ClaimLink(Request):
    interface: Name
    external_id: Name


# --- operating --------------------------------------------------------------------------------------------------------


class Alive(Model):
    status: Literal["ok"] = "ok"
    version: str


class Ready(Model):
    status: Literal["ready", "not ready"]
    checks: dict[str, bool]


class Status(Model):
    """One look at the daemon. Sizes in bytes, times in seconds."""

    version: str
    pid: int
    uptime_seconds: float
    listening: tuple[str, ...]
    sessions: int
    messages: int
    attached: int
    turns_queued: int
    turns_running: int
    store_bytes: int
    store_path: str
    memory_bytes: int
    loop_lag_seconds: float
    agents: dict[str, str] = Field(description="Agent name to model.")


for _model in (SessionDetail, UpdateSession):
    _model.model_rebuild()
