"""What the daemon keeps, as a closed set of verbs: list, get, add, update, delete.

An atomic action is one verb; no transaction leaves the store. What a verb changes is on disk before it returns, and its
events were handed to `publish`, in the order of their seqs, before that. `by` says who acts: whoever is not a member of
a session meets `SessionNotFound`. Every verb that writes honours `by.once`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from segue.events import DurableEvent, Snapshot
from segue.models import (
    Account,
    AddContext,
    Approval,
    ApprovalId,
    Attachment,
    Binding,
    BindingState,
    ContextEntry,
    ContextView,
    CreateLink,
    CreateSession,
    Delivery,
    ForkSession,
    Identity,
    ImportedMemory,
    ItemsAdded,
    ItemsRefused,
    LinkCode,
    LinkOffer,
    McpUsage,
    MemoriesImported,
    Memory,
    MemoryHistory,
    MemoryHit,
    MemoryId,
    MemorySaved,
    Message,
    MessageId,
    MessageStatus,
    NewToken,
    PendingApproval,
    Policy,
    PostMessage,
    PostReceipt,
    Project,
    Rebuilt,
    Receipt,
    Reply,
    Role,
    SaveMemory,
    Scope,
    SearchHit,
    SearchPage,
    Session,
    SessionId,
    Summary,
    Token,
    TokenId,
    TokenSource,
    ToolCall,
    ToolCallId,
    ToolUse,
    Turn,
    TurnError,
    TurnId,
    Undelivered,
    UpdateBinding,
    UpdateSession,
    Usage,
    User,
    UserId,
)


@dataclass(frozen=True)
class Once:
    """An Idempotency-Key: the same key with the same fingerprint (of the whole request) gives the same answer again."""

    key: str
    fingerprint: bytes


@dataclass(frozen=True)
class Actor:
    """Who acts, from which interface; what is written carries both. `sees_all`: every session (admin, the daemon)."""

    user_id: UserId | None
    name: str
    interface: str
    sees_all: bool = False
    once: Once | None = None

    def without_key(self) -> Actor:
        return replace(self, once=None)


@dataclass(frozen=True)
class Commit:
    """An event that is on disk, its position in the whole log, and who may see it."""

    event: DurableEvent
    position: int
    audience: frozenset[UserId]


@dataclass(frozen=True)
class McpUse:
    """Calls of an MCP tool in a session, or outside of any (None): how many, how many of them failed, how long they took
    together and at most."""

    server: str
    tool: str
    session_id: SessionId | None
    calls: int
    errors: int
    seconds: float
    max_seconds: float
    last_used_at: datetime


Publish = Callable[[Sequence[Commit]], None]


@dataclass(frozen=True)
class SessionFilter:
    search: str | None = None
    archived: bool | None = None
    pinned: bool | None = None
    project_id: str | None = None
    owner_id: UserId | None = None


@dataclass(frozen=True)
class ChatItem:
    """An item of a conversation as its JSON, and the seq of its message."""

    seq: int
    text: str


@dataclass(frozen=True)
class ChatChanges:
    """What is to change of a chat; None stays as it is. `conversation` is the whole of it."""

    title: str | None = None
    archived: bool | None = None
    conversation: tuple[NewItem, ...] | None = None


def chat_place(by: Actor, name: str) -> tuple[str, str]:
    """Return the interface and place of the session that the actor calls so. Everybody has names of their own."""
    return "http", f"{by.user_id}/{name}"


@dataclass(frozen=True)
class SearchFilter:
    """Which messages are searched: `user` is the name of who said it, or their user's name or id; from `since` on, and
    before `until`."""

    session_id: SessionId | None = None
    project_id: str | None = None
    user: str | None = None
    interface: str | None = None
    role: Role | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Meant:
    """A vector that says what a message or a memory means; `number` is that of the text it was made of."""

    number: int
    vector: bytes


@dataclass(frozen=True)
class Unembedded:
    """A text that has no vector of the model yet."""

    number: int
    text: str


@dataclass(frozen=True)
class Vectors:
    """Vectors of one model, one behind the other, and the ids of the memories or messages that they are of."""

    ids: tuple[str, ...]
    joined: bytes


@dataclass(frozen=True)
class NewItem:
    """The message that people see of an item, and what is kept of the item beside it (None: the message says all)."""

    post: PostMessage
    kept: str | None


@dataclass(frozen=True)
class NewItems:
    """Items that go into a session together."""

    session_id: SessionId
    items: tuple[NewItem, ...]


@dataclass(frozen=True)
class ItemTexts:
    """Items as their JSON, oldest first; if there may be earlier ones, the seq before which they are."""

    texts: tuple[str, ...]
    before_seq: int | None


@dataclass(frozen=True)
class PoppedText:
    session_id: SessionId
    text: str | None


@dataclass(frozen=True)
class ItemsCleared:
    """Up to which seq a session is to be emptied, and whether messages are left there."""

    session_id: SessionId
    upto_seq: int
    is_left: bool


@dataclass(frozen=True)
class Reading:
    """Up to which seq somebody has read a session, and how many messages of others came after it, counted up to 100."""

    seq: int = 0
    unread: int = 0


@dataclass(frozen=True)
class Counted:
    """How many tokens a turn's last request took with its answer, as the provider counted; it was given the messages up
    to `prompted_seq`."""

    tokens: int
    turn_id: TurnId
    prompted_seq: int


@dataclass(frozen=True)
class Uncovered:
    """What of a session no summary stands for: the messages behind the present one, oldest first. Those from
    `waits_from` on wait for an answer or are being answered; `counted` is about the last answer since the summary."""

    session: Session
    summary: Summary | None
    messages: tuple[Message, ...]
    waits_from: int
    counted: Counted | None


@dataclass(frozen=True)
class NewSummary:
    """A summary, made of the one with seq `after` (None: of none) and of what the session held at `read_seq`; for a
    turn that waits for it, or on demand."""

    after: int | None
    read_seq: int
    upto_seq: int
    upto_at: datetime
    message_count: int
    text: str
    model_id: str
    tokens_before: int
    tokens_after: int
    tokens_source: TokenSource
    turn_id: TurnId | None = None


@dataclass(frozen=True)
class TurnEnd:
    """How a turn ends: its state, the answer's text (kept even if not whole) and what the model reported."""

    state: Literal["completed", "failed", "cancelled", "interrupted"]
    text: str
    error: TurnError | None = None
    usage: Usage | None = None
    model_id: str | None = None
    response_time_ms: int | None = None

    @property
    def message_status(self) -> MessageStatus:
        return "complete" if self.state == "completed" else self.state


@dataclass(frozen=True)
class NewToolCall:
    """A tool call that the model asks for. One that `asks` waits for a person until `expires_at`."""

    use: ToolUse
    read_only: bool = False
    asks: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True)
class ToolResult:
    """What became of a tool call: `text` is what the model is told, also of why it failed."""

    state: Literal["completed", "failed", "denied"]
    text: str
    images: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class ToolStep:
    """What a model said before it asked for tools, and what it asks for."""

    text: str
    calls: tuple[NewToolCall, ...]
    usage: Usage | None = None
    model_id: str | None = None
    response_time_ms: int | None = None


@dataclass(frozen=True)
class Origin:
    """A conversation that is brought in: `name` is what it is called where it comes from. It goes into the session
    `into`, else into that of the actor into which it was brought before, else into a new one that began `at` that
    time."""

    name: str
    new: CreateSession
    reply: Reply
    at: datetime
    pinned: bool = False
    archived: bool = False
    into: SessionId | None = None


@dataclass(frozen=True)
class ImportedMessage:
    """A message that is brought in: `name` is what it is called where it comes from. Without a `sender`, it is the
    actor's own. `fields` are those of the message besides."""

    name: str
    role: Role
    sender: str | None
    content: str
    created_at: datetime
    edited_at: datetime | None = None
    images: tuple[Attachment, ...] = ()
    documents: tuple[Attachment, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportedEntry:
    """An entry of the context that is brought in."""

    name: str
    entry: AddContext
    at: datetime
    actor: str


@dataclass(frozen=True)
class Imported:
    """What became of something that was brought in: `known` is how much of it was there already."""

    session_id: SessionId
    created: bool
    messages: int
    entries: int
    known: int


@dataclass(frozen=True)
class StoreStats:
    sessions: int
    messages: int
    turns_queued: int
    turns_running: int
    deliveries_retrying: int
    deliveries_failed: int
    bytes: int


@dataclass(frozen=True)
class MemoryRead:
    """How often a memory was read by now, and when last."""

    memory_id: MemoryId
    last_accessed: datetime
    accessed_count: int


class Store(Protocol):
    # --- sessions
    async def list_sessions(
        self, by: Actor, where: SessionFilter, limit: int, offset: int
    ) -> tuple[tuple[Session, ...], int]:
        """Return a page, pinned first, then the latest changed; and how many there are in all."""
        ...

    async def list_related_sessions(self, by: Actor, session_id: SessionId, limit: int) -> tuple[Session, ...]:
        """Return other sessions of the same project or owner that are not archived, latest changed first."""
        ...

    async def get_session(self, by: Actor, session_id: SessionId) -> Session: ...

    async def get_snapshot(self, by: Actor, session_id: SessionId, messages: int) -> Snapshot:
        """Return all that is durable in one consistent view, with the last `messages` messages."""
        ...

    async def add_session(self, by: Actor, new: CreateSession, reply: Reply) -> Session:
        """Add a session, bound to `new.place` if given. Raises `PlaceTaken` if that is bound already."""
        ...

    async def get_or_add_session(self, by: Actor, new: CreateSession, reply: Reply) -> tuple[Session, bool]:
        """Return the session bound at `new.place`, added if there is none, and whether it was added."""
        ...

    async def update_session(self, by: Actor, session_id: SessionId, changes: UpdateSession) -> Session:
        """Change the fields that were set in `changes`."""
        ...

    async def fork_session(self, by: Actor, session_id: SessionId, fork: ForkSession) -> Session:
        """Copy the session up to a point, for who may read it: messages, context and summary, into a new one of the
        actor's that is bound nowhere."""
        ...

    async def delete_session(self, by: Actor, session_id: SessionId) -> None:
        """Delete the session with all that belongs to it; only `session.deleted` stays in the log."""
        ...

    # --- messages
    async def list_messages(
        self,
        by: Actor,
        session_id: SessionId,
        limit: int,
        offset: int | None = None,
        before_seq: int | None = None,
        after_seq: int | None = None,
    ) -> tuple[Message, ...]:
        """Return messages oldest first: from `offset`, the last before a seq, the first after one, or the first."""
        ...

    async def list_prompt_messages(self, turn_id: TurnId, max_characters: int) -> tuple[Message, ...]:
        """Return what the turn is to be answered on, in the order to be read: each answer behind its question,
        without the questions that wait for later turns; the newest up to `max_characters`."""
        ...

    async def get_message(self, by: Actor, session_id: SessionId, message_id: MessageId) -> Message: ...

    async def add_messages(
        self, by: Actor, session_id: SessionId, posts: tuple[PostMessage, ...]
    ) -> tuple[Message, ...]:
        """Append messages, and a queued turn for each that calls for an answer; all or none. One with an `external_id`
        that is known at its place is returned as it is."""
        ...

    async def add_imported(
        self, by: Actor, origin: Origin, messages: tuple[ImportedMessage, ...], entries: tuple[ImportedEntry, ...]
    ) -> Imported:
        """Append what a conversation holds, with its times, where it was not brought in before; all or none. It asks
        for no answer."""
        ...

    async def update_message(
        self, by: Actor, session_id: SessionId, message_id: MessageId, content: str
    ) -> Message: ...

    async def delete_message(self, by: Actor, session_id: SessionId, message_id: MessageId) -> None:
        """Delete the message; its text leaves the database and the log. A queued turn that was to answer it is
        cancelled."""
        ...

    # --- search
    async def list_hits(self, by: Actor, query: str, where: SearchFilter, limit: int, offset: int = 0) -> SearchPage:
        """Return a page of the messages that match the words of `query`, best first."""
        ...

    async def list_hits_by_id(
        self, by: Actor, query: str, message_ids: tuple[MessageId, ...]
    ) -> tuple[SearchHit, ...]:
        """Return these messages as hits, in this order, without those that the actor does not see."""
        ...

    async def list_unembedded(self, model: str, after: int, limit: int, messages: bool) -> tuple[Unembedded, ...]:
        """Return texts of memories, and with `messages` of messages, that have no vector of the model, by their
        numbers, behind `after`."""
        ...

    async def list_memory_vectors(self, by: Actor, project_id: str, model: str) -> Vectors: ...

    async def list_message_vectors(self, by: Actor, where: SearchFilter, model: str, limit: int) -> Vectors:
        """Return the vectors of the newest messages that there are in question."""
        ...

    async def add_vectors(self, model: str, vectors: tuple[Meant, ...]) -> None:
        """Keep vectors, instead of those that an other model gave; not those of texts that are gone."""
        ...

    async def get_unindexed(self) -> int:
        """Return how many messages and memories are not in the full-text index yet, counted up to 10,000."""
        ...

    async def rebuild_index(self, by: Actor) -> Rebuilt:
        """Empty the full-text index, to be filled again from the messages and memories while the daemon goes on, and
        drop the vectors of what is gone."""
        ...

    # --- chats: the actor's own sessions, under their ids or the names that the actor gave them
    async def get_chat(self, by: Actor, chat_id: str) -> Session:
        """Raises `SessionNotFound`, too if the session is somebody else's."""
        ...

    async def list_chat_items(self, by: Actor, chat_id: str, after_seq: int, limit: int) -> tuple[ChatItem, ...]:
        """Return what was said behind `after_seq`, oldest first."""
        ...

    async def add_chat(self, by: Actor, new: CreateSession, conversation: tuple[NewItem, ...]) -> SessionId:
        """Add a session with its first messages; it answers when asked."""
        ...

    async def add_chat_items(
        self, by: Actor, session_id: SessionId, items: tuple[NewItem, ...]
    ) -> tuple[Message, ...]:
        """Do as `add_messages`, and keep the items as they were given."""
        ...

    async def update_chat(self, by: Actor, chat_id: str, changes: ChatChanges) -> SessionId: ...

    # --- items: the messages of a session as agent programs keep them
    async def list_items(
        self, by: Actor, session_id: SessionId, limit: int, before_seq: int | None = None
    ) -> ItemTexts:
        """Return the last `limit` items, or the last before a seq; of a message that somebody posted, what it says."""
        ...

    async def add_items(self, by: Actor, additions: tuple[NewItems, ...]) -> tuple[ItemsAdded | ItemsRefused, ...]:
        """Add to several sessions; what is refused in one of them leaves the others be."""
        ...

    async def pop_item(self, by: Actor, session_id: SessionId) -> PoppedText:
        """Delete the session's last message and return it as an item."""
        ...

    async def clear_items(self, by: Actor, session_id: SessionId, upto_seq: int | None, limit: int) -> ItemsCleared:
        """Delete the first `limit` messages up to a seq (None: of all that are there now)."""
        ...

    # --- context
    async def list_context(
        self, by: Actor, session_id: SessionId, after_seq: int, limit: int
    ) -> tuple[ContextEntry, ...]:
        """Return what was added to the session's context behind `after_seq`, oldest first."""
        ...

    async def get_context(
        self, by: Actor, session_id: SessionId, limit: int, upto_seq: int | None = None
    ) -> ContextView:
        """Return the session's context as it was at `upto_seq`, or is now, with the last `limit` of each kind."""
        ...

    async def add_context(
        self, by: Actor, session_id: SessionId, additions: tuple[AddContext, ...]
    ) -> tuple[ContextEntry, ...]:
        """Add to the session's context; all or none."""
        ...

    # --- summaries
    async def get_uncovered(
        self, by: Actor, session_id: SessionId, max_characters: int, to_write: bool = False
    ) -> Uncovered:
        """Return what no summary stands for, of the messages the newest up to `max_characters`. Raises `Forbidden` with
        `to_write` where the actor may not add a summary."""
        ...

    async def add_summary(self, by: Actor, session_id: SessionId, new: NewSummary) -> Summary:
        """Let the summary stand for all messages up to `upto_seq`, until one of them is edited or deleted: then it is
        emptied. Raises `Conflict` if that, or another summary, came before: so it is added once, without a key."""
        ...

    # --- memories
    async def list_projects(self, by: Actor, limit: int, offset: int) -> tuple[Project, ...]:
        """Return the projects of the actor's sessions, and those that are theirs, by name."""
        ...

    async def list_memories(
        self, by: Actor, project_id: str, limit: int, also: tuple[MemoryId, ...] = ()
    ) -> tuple[Memory, ...]:
        """Return the project's memories that were read last, behind them those of `also`. Of a project that is not
        the actor's, or that nobody knows: none."""
        ...

    async def list_memories_by_key(
        self, by: Actor, project_id: str, after_key: str, limit: int
    ) -> tuple[Memory, ...]: ...

    async def list_memory_hits(self, by: Actor, project_id: str, query: str, limit: int) -> tuple[MemoryHit, ...]:
        """Return the project's memories that match the words of `query`, best first."""
        ...

    async def get_memory(self, by: Actor, project_id: str, key: str) -> Memory:
        """Raises `MemoryNotFound`, too if it has expired or the project is not the actor's."""
        ...

    async def get_memory_history(self, by: Actor, project_id: str, key: str) -> MemoryHistory: ...

    async def save_memory(self, by: Actor, project_id: str, new: SaveMemory) -> MemorySaved:
        """Save the next version of a memory, its first where there is none. Raises `Forbidden` if the project is
        somebody else's."""
        ...

    async def save_memories(self, by: Actor, project_id: str, memories: tuple[ImportedMemory, ...]) -> MemoriesImported:
        """Save those that are new or say something new; all or none."""
        ...

    async def restore_memory(self, by: Actor, project_id: str, key: str, version: int) -> MemorySaved:
        """Let the memory say again what it said in that version, as its next one. It expires when it did."""
        ...

    async def delete_memory(self, by: Actor, project_id: str, key: str) -> None:
        """Delete the memory with all its versions; only `memory.deleted` stays in the log."""
        ...

    async def delete_expired_memories(self, limit: int) -> tuple[int, datetime | None]:
        """Delete memories that have expired, at most `limit`; return how many, and when the next one expires."""
        ...

    async def update_memory_reads(self, reads: tuple[MemoryRead, ...]) -> None:
        """Note how often memories were read. Neither count nor time moves back."""
        ...

    # --- turns
    async def list_turns(self, by: Actor, session_id: SessionId, limit: int) -> tuple[Turn, ...]:
        """Return the open turns in order, behind the last ended ones: oldest first, at most `limit`."""
        ...

    async def list_open_sessions(self) -> tuple[SessionId, ...]:
        """Return the sessions in which a turn is queued or was running."""
        ...

    async def get_turn(self, by: Actor, turn_id: TurnId) -> Turn: ...

    async def get_partial_text(self, turn_id: TurnId) -> str:
        """Return the last saved text of the answer being written."""
        ...

    async def add_turn(self, by: Actor, session_id: SessionId, agent_name: str | None, model_id: str | None) -> Turn:
        """Queue a turn on the conversation as it stands."""
        ...

    async def retry_turn(self, by: Actor, turn_id: TurnId) -> Turn:
        """Queue a new turn for the same question. Raises `TurnConflict` unless the old one ended without an answer."""
        ...

    async def start_turn(self, session_id: SessionId) -> Turn | None:
        """Mark the session's next turn as running and return it: one that a crash left running, else one that
        interrupts, else the oldest queued. None if there is none. Only the session's one runner calls this, and never
        while a turn of it runs."""
        ...

    async def update_turn_text(self, turn_id: TurnId, text: str) -> None:
        """Save the answer's text so far. No event: it is followed live, and this is for after a crash."""
        ...

    async def end_turn(self, turn_id: TurnId, end: TurnEnd) -> Turn:
        """Add the answer as a message (if anything was said) and end the turn. If messages were handed to a turn
        that completes (mode steer) and are not yet answered, it stays running with a new `answer_id`. A turn that has
        ended already is returned as it is."""
        ...

    async def cancel_turn(self, by: Actor, turn_id: TurnId, withdraw: bool = False) -> Turn:
        """Cancel a queued turn (with `withdraw`, delete its question too). A running one is returned unchanged, for
        its runner to stop. Raises `TurnConflict` if it has ended, or is running and was to be withdrawn."""
        ...

    # --- tools
    async def list_tool_calls(self, turn_id: TurnId) -> tuple[ToolCall, ...]:
        """Return the turn's tool calls, in the order in which they were asked for."""
        ...

    async def add_tool_calls(self, turn_id: TurnId, step: ToolStep) -> tuple[ToolCall, ...]:
        """Add what was said as a message, and the calls: running, or waiting for a person unless one has answered for
        the whole session. One that was denied so is ended already."""
        ...

    async def end_tool_call(self, call_id: ToolCallId, result: ToolResult) -> ToolCall:
        """Add the result as a message and end the call. One that has ended already is returned as it is."""
        ...

    async def begin_answer(self, turn_id: TurnId) -> Turn:
        """Let the turn's next answer begin, on all messages up to now. A turn that has ended is returned as it is."""
        ...

    async def list_approvals(self, by: Actor, session_id: SessionId, limit: int) -> tuple[Approval, ...]:
        """Return the session's approvals: the pending ones, behind the last that were answered; oldest first."""
        ...

    async def list_pending_approvals(self, by: Actor, limit: int) -> tuple[PendingApproval, ...]:
        """Return those that wait in any session that the actor may see, oldest first."""
        ...

    async def get_approval(self, by: Actor, approval_id: ApprovalId) -> Approval: ...

    async def decide_approval(
        self,
        by: Actor,
        approval_id: ApprovalId,
        decision: Literal["allow", "deny"],
        remember: bool,
        author: Account | None = None,
        name: str | None = None,
    ) -> Approval:
        """Answer a pending approval: the call runs, or ends as denied. It is the answer of `author` where one is given,
        who is called `name` if they are linked to nobody. Raises `ApprovalConflict` if somebody answered it otherwise
        before."""
        ...

    async def expire_approval(self, call_id: ToolCallId) -> None:
        """Deny a call that nobody answered in time."""
        ...

    # --- MCP servers
    async def add_mcp_uses(self, uses: tuple[McpUse, ...]) -> None:
        """Add what was counted to what is stored. Of a session that was deleted only the tool's part is kept."""
        ...

    async def get_mcp_usage(self, by: Actor, session_id: SessionId | None) -> McpUsage:
        """Return the use of tools in a session, or in all that the actor may see and, for one who sees all, outside of
        any."""
        ...

    async def claim_call(self, by: Actor, call_id: str) -> str:
        """Return `call_id` the first time that the actor's key is seen, and the first one again when it comes again."""
        ...

    # --- reading
    async def list_reading(self, by: Actor, session_ids: Sequence[SessionId]) -> dict[SessionId, Reading]:
        """Return how far the actor has read these sessions."""
        ...

    async def update_read(self, by: Actor, session_id: SessionId, seq: int) -> int:
        """Note up to which seq the actor has read, and return it; it never moves back."""
        ...

    # --- events
    async def list_events(self, session_id: SessionId, after: int, limit: int) -> tuple[DurableEvent, ...]:
        """Return the session's events behind seq `after`, in order."""
        ...

    async def list_all_events(self, by: Actor, after: int, limit: int) -> tuple[tuple[DurableEvent, ...], int]:
        """Return events behind position `after` of the whole log that `by` may see, in order, with their position as
        `id`; and the position up to which the log was read."""
        ...

    async def get_last_position(self) -> int: ...

    # --- people
    async def list_users(self, by: Actor) -> tuple[User, ...]: ...

    async def get_user(self, user_id: UserId) -> User: ...

    async def get_user_of(self, interface: str, external_id: str) -> User | None: ...

    async def add_user(self, name: str, identity: tuple[str, str] | None = None) -> User:
        """Return the user of that name, added where new, joined to the identity (interface, external id) if given."""
        ...

    async def list_tokens(self, by: Actor) -> tuple[Token, ...]: ...

    async def get_token(self, secret: str) -> Token | None:
        """Return the token with this secret, if it was not deleted."""
        ...

    async def add_token(self, by: Actor, name: str, user: str | None, scopes: tuple[Scope, ...]) -> NewToken: ...

    async def update_token_used(self, token_id: TokenId) -> None: ...

    async def delete_token(self, by: Actor, token_id: TokenId) -> None: ...

    async def add_link(self, by: Actor, ttl_seconds: int, account: CreateLink | None = None) -> LinkCode:
        """Add a code that stands for the actor's user, or for the account. Raises `IdentityTaken` if that is linked."""
        ...

    async def get_link(self, code: str) -> LinkOffer:
        """Return what the code stands for. Raises `LinkNotFound`."""
        ...

    async def add_identity(self, by: Actor, code: str, account: Account | None = None, name: str | None = None) -> User:
        """Use up a link code: join the account to the user for whom it stands, or without one the account for which
        it stands to the actor's user. Raises `LinkNotFound`, too for a code of the other kind."""
        ...

    async def delete_identity(self, by: Actor, interface: str, external_id: str) -> None: ...

    async def list_identities(self, by: Actor) -> tuple[Identity, ...]: ...

    # --- places
    async def list_bindings(self, by: Actor, session_id: SessionId | None = None) -> tuple[BindingState, ...]: ...

    async def get_binding(self, by: Actor, interface: str, place: str) -> BindingState: ...

    async def update_binding(
        self,
        by: Actor,
        interface: str,
        place: str,
        session_id: SessionId,
        policy: Policy,
        name: str | None = None,
    ) -> Binding:
        """Bind the place to the session, instead of what it was bound to. Without a `name` it keeps the one it has."""
        ...

    async def update_place(self, by: Actor, interface: str, place: str, changes: UpdateBinding) -> Binding:
        """Change how a bound place is served, or what it is called."""
        ...

    async def delete_binding(self, by: Actor, interface: str, place: str) -> None: ...

    async def update_cursor(self, by: Actor, interface: str, place: str, seq: int) -> BindingState:
        """Move the binding's cursor forward to `seq`; it never moves back."""
        ...

    async def get_place_message(self, by: Actor, interface: str, place: str, external_id: str) -> Message:
        """Return what is called so at the place: a message that came from there, or one that was delivered there.
        Raises `MessageNotFound`."""
        ...

    async def list_receipts(self, by: Actor, interface: str, place: str, limit: int) -> tuple[Receipt, ...]: ...

    async def list_deliveries(self, by: Actor, state: Undelivered | None, limit: int) -> tuple[Delivery, ...]:
        """Return the receipts of what was not delivered, newest first; only those of `state` where it is given."""
        ...

    async def add_receipt(self, by: Actor, interface: str, place: str, receipt: PostReceipt) -> Receipt: ...

    # --- the store itself
    async def get_stats(self) -> StoreStats: ...

    async def delete_old_keys(self, days: int) -> int:
        """Forget idempotency keys older than `days`; return how many."""
        ...

    @property
    def healthy(self) -> bool:
        """False once a write failed for the disk's sake, until one succeeds again."""
        ...
