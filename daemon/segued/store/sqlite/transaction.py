"""What a verb that writes is given: the connection inside a transaction, the time, and the log to append to."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sized
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from uuid_utils import uuid7

from segue.events import (
    ApprovalEvent,
    BindingEvent,
    ContextEvent,
    DeliveryEvent,
    DurableEvent,
    MemoryEvent,
    MessageEvent,
    SessionEvent,
    SummaryEvent,
    ToolEvent,
    TurnEvent,
)
from segue.models import (
    Approval,
    Binding,
    ContextEntry,
    Memory,
    Message,
    Model,
    Receipt,
    Session,
    SessionId,
    Summary,
    ToolCall,
    Turn,
    UserId,
)
from segued import clock
from segued.store.base import Actor, Commit, Quotas

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSERT_MESSAGE = """
INSERT INTO messages (number, id, session_id, seq, role, sender, content, token_count, model_id, agent_name,
    response_time_ms, is_error, status, created_at, interface, place, external_id, user_id, turn_id, images, documents,
    tool_call)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_EVENT = """
INSERT INTO events (position, session_id, seq, type, at, actor, interface, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_COUNT_MESSAGES = """
UPDATE sessions SET last_seq = ?, message_count = message_count + ?, last_message_preview = ?,
    updated_at = max(updated_at, ?) WHERE id = ?
"""
_INSERT_CONTEXT = """
INSERT INTO context (session_id, seq, file_path, file_order, file_importance, search_query, decision, memory_id,
    memory_key, user_id, actor, interface, at)
VALUES (:session_id, :seq, :file_path, :file_order, :file_importance, :search_query, :decision, :memory_id,
    :memory_key, :user_id, :actor, :interface, :at)
"""
_COUNT_BYTES = "UPDATE users SET bytes = bytes + ? WHERE id = (SELECT owner_id FROM sessions WHERE id = ?)"
_INSERT_ITEM = "INSERT INTO message_items (number, item) VALUES (?, ?)"
_INSERT_KEY = "INSERT INTO keys (user_id, key, fingerprint, answer, session_id, at) VALUES (?, ?, ?, ?, ?, ?)"
_EVENT_OF: Mapping[type[Model], type[Any]] = {
    Session: SessionEvent,
    Message: MessageEvent,
    Turn: TurnEvent,
    ToolCall: ToolEvent,
    Approval: ApprovalEvent,
    Binding: BindingEvent,
    Receipt: DeliveryEvent,
    ContextEntry: ContextEvent,
    Summary: SummaryEvent,
    Memory: MemoryEvent,
}
_MODEL_OF_TYPE = {kind: m for m in _EVENT_OF.values() for kind in get_args(m.model_fields["type"].annotation)}
_KEPT_ELSEWHERE = frozenset(  # in the log without their data
    {"message.created", "context.added", "context.compressed", "memory.saved"}
)
NO_SESSION = ""  # the session of an event of a project; its seq there is its position


def new_id() -> str:
    """Return a UUIDv7: sortable by the time it was made."""
    return str(uuid7())


def to_time(microseconds: int) -> datetime:
    return _EPOCH + timedelta(0, 0, microseconds)


def from_time(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def now_microseconds() -> int:
    return clock.nanoseconds() // 1000


def _size(text: str | None) -> int:
    """Return how many bytes a text takes."""
    if text is None:
        return 0
    return len(text) if text.isascii() else len(text.encode())


class Audiences:
    """Who may see each session and each project, remembered until members change."""

    def __init__(self) -> None:
        self.of_session: dict[SessionId, frozenset[UserId]] = {}
        self.of_project: dict[str, frozenset[UserId]] = {}

    def __len__(self) -> int:
        return len(self.of_session) + len(self.of_project)

    def forget(self, session_id: SessionId) -> None:
        """Forget who may see the session; and of the projects, for they go by their sessions."""
        self.of_session.pop(session_id, None)
        self.of_project.clear()

    def clear(self) -> None:
        self.of_session.clear()
        self.of_project.clear()


class Batch:
    """The verbs that are committed together, and what they add to the big tables.

    New messages, their items, entries of a context, events, keys and counts wait here and go in together, in a few
    statements for the whole batch: what a statement costs is mostly the way into SQLite and back. Whatever else a verb
    executes goes behind them, so it sees them.
    """

    def __init__(self, connection: sqlite3.Connection, audiences: Audiences, position: int, quotas: Quotas) -> None:
        self.connection = connection
        self.quotas = quotas
        self.audiences = audiences
        self.position = position  # of the last event in the whole log
        self.sessions: dict[SessionId, dict[str, Any]] = {}  # rows as the posts of this batch have left them
        self.writers: set[tuple[SessionId, UserId | None, bool]] = set()  # who may post there (sees_all)
        self.keys: dict[tuple[str, str], tuple[bytes, str, str | None, int]] = {}
        self._messages: list[tuple[Any, ...]] = []
        self._items: list[tuple[int, str]] = []
        self._context: list[dict[str, Any]] = []
        self._events: list[tuple[Any, ...]] = []
        self._counts: dict[SessionId, tuple[int, int, str, int]] = {}
        self._bytes: dict[SessionId, int] = {}

    @property
    def changes(self) -> int:
        """Return what grows when something is written, and not when what waited goes in."""
        rows: tuple[Sized, ...] = (self._messages, self._context, self._events)
        sums: tuple[Sized, ...] = (self._counts, self._bytes, self.keys)
        return self.connection.total_changes + sum(map(len, (*rows, *sums)))

    def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        self.flush()
        return self.connection.execute(sql, values)

    def executemany(self, sql: str, values: Any) -> sqlite3.Cursor:
        self.flush()
        return self.connection.executemany(sql, values)

    def add_message(self, row: tuple[Any, ...]) -> None:
        self._messages.append(row)
        self.count_bytes(row[2], sum(map(_size, (row[6], row[19], row[20]))))

    def add_item(self, number: int, item: str) -> None:
        """Keep an item beside the message with this number."""
        self._items.append((number, item))

    def add_context(self, row: dict[str, Any]) -> None:
        self._context.append(row)

    def add_event(self, *row: Any) -> int:
        """Add an event and return its position in the whole log."""
        self.position += 1
        self._events.append((self.position, *row))
        return self.position

    def count_messages(self, session_id: SessionId, last_seq: int, more: int, preview: str, now: int) -> None:
        """Note on the session what `message.created` implies."""
        _, before, _, at = self._counts.get(session_id, (0, 0, "", 0))
        self._counts[session_id] = (last_seq, before + more, preview, max(at, now))

    def count_event(self, session: dict[str, Any], last_seq: int, now: int) -> None:
        """Note on the session, given by its row, that it changed without a message."""
        session_id = session["id"]
        _, messages, preview, at = self._counts.get(session_id, (0, 0, session["last_message_preview"], 0))
        self._counts[session_id] = (last_seq, messages, preview, max(at, now))

    def count_bytes(self, session_id: SessionId, more: int) -> None:
        """Note on the session's owner how much more, or less, their sessions hold."""
        self._bytes[session_id] = self._bytes.get(session_id, 0) + more

    def flush(self) -> None:
        """Write what waits."""
        self.sessions = {}
        self.writers = set()
        if self._messages:
            self.connection.executemany(_INSERT_MESSAGE, self._messages)
            self._messages = []
        if self._items:
            self.connection.executemany(_INSERT_ITEM, self._items)
            self._items = []
        if self._context:
            self.connection.executemany(_INSERT_CONTEXT, self._context)
            self._context = []
        if self._events:
            self.connection.executemany(_INSERT_EVENT, self._events)
            self._events = []
        if self._counts:
            counts = [(*count, session_id) for session_id, count in self._counts.items()]
            self.connection.executemany(_COUNT_MESSAGES, counts)
            self._counts = {}
        if self._bytes:
            self.connection.executemany(_COUNT_BYTES, [(more, session_id) for session_id, more in self._bytes.items()])
            self._bytes = {}
        if self.keys:
            rows = [(*key, *answer) for key, answer in self.keys.items()]
            self.connection.executemany(_INSERT_KEY, rows)
            self.keys = {}


class Transaction:
    """One verb's part of a batch. `now` is in microseconds since 1970; `commits` are the events appended."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.execute = batch.execute
        self.executemany = batch.executemany
        self.now = now_microseconds()
        self.time = to_time(self.now)
        self.commits: list[Commit] = []
        self._left: dict[SessionId, set[UserId]] = {}  # members taken out, of which no event has told yet

    def append(self, by: Actor, session_id: SessionId, seq: int, kind: str, data: Model) -> int:
        """Append the event of `kind` at `seq`, and return its position in the whole log. The caller has counted `seq`
        up and stores it with the session."""
        stored = None if kind in _KEPT_ELSEWHERE else data.model_dump_json()
        position = self.batch.add_event(session_id, seq, kind, self.now, by.name, by.interface, stored)
        event: DurableEvent = _EVENT_OF[type(data)](
            id=seq, session_id=session_id, seq=seq, type=kind, at=self.time, actor=by.name, interface=by.interface,
            data=data,
        )  # fmt: skip
        left = frozenset(self._left.pop(session_id, ()))
        self.commits.append(Commit(event, position, self.audience(session_id), left))
        return position

    def append_to_project(self, by: Actor, kind: str, memory: Memory, audience: frozenset[UserId]) -> int:
        """Append an event of a project, for those who may see it; return its position in the whole log."""
        seq = self.batch.position + 1
        stored = None if kind in _KEPT_ELSEWHERE else memory.model_dump_json()
        position = self.batch.add_event(NO_SESSION, seq, kind, self.now, by.name, by.interface, stored)
        event = MemoryEvent(type=kind, at=self.time, actor=by.name, interface=by.interface, data=memory)
        self.commits.append(Commit(event, position, audience))
        return position

    def next_seq(self, session_id: SessionId) -> int:
        """Count the session's last_seq up and return it."""
        row = self.execute(
            "UPDATE sessions SET last_seq = last_seq + 1 WHERE id = ? RETURNING last_seq", (session_id,)
        ).fetchone()
        return int(row[0])

    def audience(self, session_id: SessionId) -> frozenset[UserId]:
        """Return the members of the session, from a cache that `forget_audience` keeps true."""
        if (known := self.batch.audiences.of_session.get(session_id)) is None:
            rows = self.execute("SELECT user_id FROM members WHERE session_id = ?", (session_id,))
            known = self.batch.audiences.of_session[session_id] = frozenset(UserId(r[0]) for r in rows)
        return known

    def forget_member(self, session_id: SessionId, user_id: UserId) -> None:
        """Have the session's next event tell a member that they are none any more."""
        self.forget_audience(session_id)
        self._left.setdefault(session_id, set()).add(user_id)

    def forget_audience(self, session_id: SessionId) -> None:
        self.batch.audiences.forget(session_id)


def event_from_row(row: sqlite3.Row, kept: Model | None) -> DurableEvent:
    """Build an event from its row in the log, and from its data where that is kept elsewhere."""
    model = _MODEL_OF_TYPE[row["type"]]
    data = kept or model.model_fields["data"].annotation.model_validate_json(row["data"])
    seq = row["seq"] if row["session_id"] != NO_SESSION else None
    event: DurableEvent = model(
        id=seq,
        session_id=row["session_id"] or None,
        seq=seq,
        type=row["type"],
        at=to_time(row["at"]),
        actor=row["actor"],
        interface=row["interface"],
        data=data,
    )
    return event
