"""The nouns on the wire, in the core and in the store: one frozen model each. Times are UTC, ids are opaque strings."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal, NewType

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    computed_field,
    model_validator,
)

SessionId = NewType("SessionId", str)
MessageId = NewType("MessageId", str)
TurnId = NewType("TurnId", str)
UserId = NewType("UserId", str)
TokenId = NewType("TokenId", str)
MemoryId = NewType("MemoryId", str)

Role = Literal["user", "assistant", "system", "tool"]
Reply = Literal["always", "mention", "never"]
SendMode = Literal["queue", "steer", "interrupt"]
TurnState = Literal["queued", "running", "completed", "failed", "cancelled", "interrupted"]
MessageStatus = Literal["complete", "failed", "cancelled", "interrupted"]
Policy = Literal["live", "final", "mention", "muted"]
ReceiptState = Literal["sent", "retrying", "failed"]
FrontEndState = Literal["online", "connecting", "deaf", "failing", "stopped"]
Undelivered = Literal["retrying", "failed"]
Scope = Literal["read", "write", "run", "admin"]

ENDED: frozenset[TurnState] = frozenset({"completed", "failed", "cancelled", "interrupted"})
PREVIEW_LENGTH = 100


def _no_control(text: str) -> str:
    if any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in text):
        raise ValueError("must not contain control characters")
    return text


def _no_dots(text: str) -> str:
    if text in (".", ".."):
        raise ValueError("must not be only dots: a path would lose them")
    return text


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_no_control)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_no_control)]
MemoryKey = Annotated[
    str, StringConstraints(min_length=1, max_length=255), AfterValidator(_no_control), AfterValidator(_no_dots)
]
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


class Place(Request):
    """Where on an interface: a Discord channel, a terminal, any string that an agent picks."""

    interface: Name
    place: Name


class Account(Request):
    """Somebody on an interface: a Discord account, a nick."""

    interface: Name
    external_id: Name


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
    for or answers. An answer that did not come to its end says so in `status` and keeps what was said. One that a
    bridge brought in says from which `place`, and what it is called there (`external_id`)."""

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

    @model_validator(mode="after")
    def _only_users_ask(self) -> PostMessage:
        if self.respond and self.role != "user":
            raise ValueError("only a message with role 'user' can ask for an answer: drop respond, or change the role")
        return self

    @model_validator(mode="after")
    def _a_bridge_says_all(self) -> PostMessage:
        if self.author is None and (self.place is not None or self.external_id is not None):
            raise ValueError("place and external_id are for what a bridge brings in: give its author too")
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


# --- context and memories ---------------------------------------------------------------------------------------------


def _says_something(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank: leave it out, or say something")
    return text


FilePath = Annotated[
    str, StringConstraints(max_length=4096), AfterValidator(_says_something), AfterValidator(_no_control)
]
Importance = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


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
    file_importance_scores: dict[str, float] = {}
    recent_searches: tuple[SearchMade, ...] = ()
    decisions: tuple[Decision, ...] = ()
    saved_memories: tuple[MemoryUse, ...] = ()


class ContextView(Model):
    """A session's context. `compressed`: the oldest entries were left out here, to be had with a higher limit;
    `size_bytes` is the size of `context` as it stands here, in JSON."""

    session_id: SessionId
    context: Context
    compressed: bool
    size_bytes: int


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
    ttl_seconds: Annotated[int, Field(ge=1, le=MAX_TTL_SECONDS)] | None = Field(
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
    project_id: str
    query: str
    memories: tuple[MemoryHit, ...]
    count: int


class MemoryHistory(Model):
    """The versions of a memory, newest first; the last 100 are kept."""

    project_id: str
    key: str
    memory_id: MemoryId
    versions: tuple[MemoryVersion, ...]


class RestoreMemory(Request):
    version: Annotated[int, Field(ge=1, le=2**53)]


class ImportedMemory(Model):
    """A memory as an export gives it, or as somebody writes it; whatever else is in it is left out."""

    key: MemoryKey
    value: str
    metadata: Metadata | None = None
    expires_at: AwareDatetime | None = None


class ImportMemories(Model):
    """Memories to be brought in, as an export gives them, at most 1000 at once."""

    memories: Annotated[tuple[ImportedMemory, ...], Field(max_length=1000)]


class SessionExport(Model):
    """A session with all its messages and its context, oldest first."""

    format: Literal["segue-session/1"] = "segue-session/1"
    exported_at: datetime
    session: Session
    messages: tuple[Message, ...] = ()
    context: tuple[ContextEntry, ...] = ()


class MemoryExport(Model):
    """All that a project remembers: the present version of each memory, by key."""

    format: Literal["segue-memories/1"] = "segue-memories/1"
    project_id: str
    exported_at: datetime
    memories: tuple[ExportedMemory, ...] = ()


class ExportedMemory(ImportedMemory):
    version: int
    created_at: datetime
    saved_at: datetime
    saved_by: str
    interface: str
    session_id: SessionId | None = None


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
    """A binding with its `cursor`: the seq up to which the place has been served. It moves without an event.
    `last_external_id` is that of the message that came from the place last."""

    cursor: int = 0
    last_external_id: str | None = None


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
    state: ReceiptState
    reason: str | None = None
    at: datetime


class PostReceipt(Request):
    message_id: MessageId
    part: Annotated[int, Field(ge=0, le=10_000)] = 0
    external_id: Name | None = None
    state: ReceiptState
    reason: Annotated[str, Field(max_length=1000)] | None = None


class Delivery(Receipt):
    """A receipt with the session that the message is of."""

    session_id: SessionId
    session_title: str


class LinkCode(Model):
    """A code that joins an account of another interface to a user, once, until it expires. One of the two asked for it;
    it is entered where the other is."""

    code: str
    expires_at: datetime


class CreateLink(Account):
    """The account that a code is to stand for (scope admin): whoever enters the code, has it from then on."""

    name: Name | None = Field(None, description="What the account is called, for people.")


class LinkOffer(Model):
    """What a code stands for: a user, or an account."""

    user: str | None = None
    account: Account | None = None
    name: str | None = None
    expires_at: datetime


# --- operating --------------------------------------------------------------------------------------------------------


class Alive(Model):
    status: Literal["ok"] = "ok"
    version: str


class Ready(Model):
    status: Literal["ready", "not ready"]
    checks: dict[str, bool]


class ReportHealth(Request):
    """How a front-end says that it is. `deaf`: connected, and told nothing although something happens."""

    state: FrontEndState
    detail: Annotated[str, Field(max_length=500)] = ""
    account: Name | None = Field(None, description="As whom it is logged in there.")
    last_event_at: AwareDatetime | None = Field(None, description="When something last came in from there.")
    latency_ms: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    places: Annotated[int, Field(ge=0)] | None = Field(None, description="How many places it serves.")
    deliveries_waiting: Annotated[int, Field(ge=0)] = 0


class FrontEnd(Model):
    """How a front-end is: as it said `age_seconds` ago, or `lost` where that is too long."""

    name: str
    state: FrontEndState | Literal["lost"]
    detail: str = ""
    account: str | None = None
    last_event_at: datetime | None = None
    latency_ms: float | None = None
    places: int | None = None
    deliveries_waiting: int = 0
    reported_at: datetime
    age_seconds: float


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
    deliveries_retrying: int = 0
    deliveries_failed: int = 0
    front_ends: tuple[FrontEnd, ...] = ()


for _model in (SessionDetail, UpdateSession, MemoryExport):
    _model.model_rebuild()
