"""What the daemon keeps, as a closed set of verbs: list, get, add, update, delete.

An atomic action is one verb; no transaction leaves the store. What a verb changes is on disk before it returns, and its
events were handed to `publish`, in the order of their seqs, before that. `by` says who acts: whoever is not a member of
a session meets `SessionNotFound`. Every verb that writes honours `by.once`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol

from segue.events import DurableEvent, Snapshot
from segue.models import (
    Account,
    AddContext,
    Binding,
    BindingState,
    ContextEntry,
    ContextView,
    CreateLink,
    CreateSession,
    Delivery,
    Identity,
    ImportedMemory,
    LinkCode,
    LinkOffer,
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
    Policy,
    PostMessage,
    PostReceipt,
    Project,
    Receipt,
    Reply,
    SaveMemory,
    Scope,
    SearchHit,
    Session,
    SessionId,
    Token,
    TokenId,
    Turn,
    TurnError,
    TurnId,
    Undelivered,
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


Publish = Callable[[Sequence[Commit]], None]


@dataclass(frozen=True)
class SessionFilter:
    search: str | None = None
    archived: bool | None = None
    pinned: bool | None = None
    project_id: str | None = None


@dataclass(frozen=True)
class Reading:
    """Up to which seq somebody has read a session, and how many messages of others came after it, counted up to 100."""

    seq: int = 0
    unread: int = 0


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

    async def update_message(
        self, by: Actor, session_id: SessionId, message_id: MessageId, content: str
    ) -> Message: ...

    async def delete_message(self, by: Actor, session_id: SessionId, message_id: MessageId) -> None:
        """Delete the message; its text leaves the database and the log. A queued turn that was to answer it is
        cancelled."""
        ...

    async def list_hits(
        self, by: Actor, query: str, session_id: SessionId | None, project_id: str | None, limit: int
    ) -> tuple[SearchHit, ...]:
        """Return the messages that match the words of `query`, best first."""
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

    async def add_identity(self, by: Actor, code: str, account: Account | None = None) -> User:
        """Use up a link code: join the account to the user for whom it stands, or without one the account for which
        it stands to the actor's user. Raises `LinkNotFound`, too for a code of the other kind."""
        ...

    async def delete_identity(self, by: Actor, interface: str, external_id: str) -> None: ...

    async def list_identities(self, by: Actor) -> tuple[Identity, ...]: ...

    # --- places
    async def list_bindings(self, by: Actor, session_id: SessionId | None = None) -> tuple[BindingState, ...]: ...

    async def get_binding(self, by: Actor, interface: str, place: str) -> BindingState: ...

    async def update_binding(
        self, by: Actor, interface: str, place: str, session_id: SessionId, policy: Policy
    ) -> Binding:
        """Bind the place to the session, instead of what it was bound to."""
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
