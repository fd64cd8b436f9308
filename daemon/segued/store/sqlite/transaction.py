"""What a verb that writes is given: the connection inside a transaction, the time, and the log to append to."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from uuid_utils import uuid7

from segue.events import EVENT, BindingEvent, DeliveryEvent, DurableEvent, MessageEvent, SessionEvent, TurnEvent
from segue.models import Binding, Message, Model, Receipt, Session, SessionId, Turn, UserId
from segued.store.base import Actor, Commit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EVENT_OF: Mapping[type[Model], type[Any]] = {
    Session: SessionEvent,
    Message: MessageEvent,
    Turn: TurnEvent,
    Binding: BindingEvent,
    Receipt: DeliveryEvent,
}


def new_id() -> str:
    """Return a UUIDv7: sortable by the time it was made."""
    return str(uuid7())


def to_time(microseconds: int) -> datetime:
    return _EPOCH + timedelta(0, 0, microseconds)


class Transaction:
    """One verb's part of a group commit. `now` is in microseconds since 1970; `commits` are the events appended."""

    def __init__(self, connection: sqlite3.Connection, audiences: dict[SessionId, frozenset[UserId]]) -> None:
        self.execute = connection.execute
        self.executemany = connection.executemany
        self.now = time.time_ns() // 1000
        self.time = to_time(self.now)
        self.commits: list[Commit] = []
        self._audiences = audiences

    def append(self, by: Actor, session_id: SessionId, seq: int, kind: str, data: Model) -> None:
        """Append the event of `kind` at `seq`; the caller has counted `seq` up and stores it with the session."""
        stored = None if kind == "message.created" else data.model_dump_json()
        cursor = self.execute(
            "INSERT INTO events (session_id, seq, type, at, actor, interface, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (session_id, seq, kind, self.now, by.name, by.interface, stored),
        )
        event: DurableEvent = _EVENT_OF[type(data)](
            id=seq, session_id=session_id, seq=seq, type=kind, at=self.time, actor=by.name, interface=by.interface,
            data=data,
        )  # fmt: skip
        self.commits.append(Commit(event, cursor.lastrowid or 0, self.audience(session_id)))

    def next_seq(self, session_id: SessionId) -> int:
        """Count the session's last_seq up and return it."""
        row = self.execute(
            "UPDATE sessions SET last_seq = last_seq + 1 WHERE id = ? RETURNING last_seq", (session_id,)
        ).fetchone()
        return int(row[0])

    def audience(self, session_id: SessionId) -> frozenset[UserId]:
        """Return the members of the session, from a cache that `forget_audience` keeps true."""
        if (known := self._audiences.get(session_id)) is None:
            rows = self.execute("SELECT user_id FROM members WHERE session_id = ?", (session_id,))
            known = self._audiences[session_id] = frozenset(UserId(r[0]) for r in rows)
        return known

    def forget_audience(self, session_id: SessionId) -> None:
        self._audiences.pop(session_id, None)


def event_from_row(row: sqlite3.Row, message: Message | None) -> DurableEvent:
    """Build an event from its row in the log, and its message where it is a message.created."""
    envelope = {
        "id": row["seq"],
        "session_id": row["session_id"],
        "seq": row["seq"],
        "at": to_time(row["at"]),
        "actor": row["actor"],
        "interface": row["interface"],
    }
    if message is not None:
        return MessageEvent(type="message.created", data=message, **envelope)
    model = next(m for m in _EVENT_OF.values() if row["type"] in m.model_fields["type"].annotation.__args__)
    data = model.model_fields["data"].annotation.model_validate_json(row["data"])
    event: DurableEvent = model(type=row["type"], data=data, **envelope)
    return event


__all__ = ["EVENT", "Transaction", "event_from_row", "new_id", "to_time"]
