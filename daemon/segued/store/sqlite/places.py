"""Places: which session is bound where, how far each place has been served, and what was delivered there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from segue.errors import BindingNotFound, MessageNotFound, SessionNotFound
from segue.models import (
    IMPORTED,
    PREVIEW_LENGTH,
    Binding,
    BindingState,
    Delivery,
    Message,
    Place,
    Policy,
    PostReceipt,
    Receipt,
    SessionId,
    Undelivered,
    UpdateBinding,
    UserId,
)
from segued.store.base import Actor
from segued.store.sqlite import access, transcript
from segued.store.sqlite.transaction import Transaction, to_time

_BINDINGS = """
SELECT bindings.*, (
    SELECT external_id FROM messages
    WHERE interface = bindings.interface AND place = bindings.place AND external_id IS NOT NULL
    ORDER BY number DESC LIMIT 1
) AS last_external_id, (SELECT title FROM sessions WHERE id = session_id) AS session_title
FROM bindings
"""
# What is bound otherwise meanwhile, or not at all, is owed nothing any more.
_OWED = """
receipts JOIN messages ON messages.id = message_id
JOIN bindings ON bindings.interface = receipts.interface AND bindings.place = receipts.place
    AND bindings.session_id = messages.session_id
"""

# What a place is given of its session: what others say, and what turns answer whose route leads there.
_WAITING = """
SELECT interface, count(*) FROM bindings WHERE policy <> 'muted' AND EXISTS (
    SELECT 1 FROM messages AS m
    WHERE m.session_id = bindings.session_id AND m.seq > bindings.cursor AND NOT m.deleted AND m.interface <> :imported
    AND CASE WHEN m.role IN ('assistant', 'tool') AND m.turn_id IS NOT NULL THEN
        (m.role <> 'tool' OR (policy <> 'final' AND m.tool_call IS NOT NULL)) AND EXISTS (
            SELECT 1 FROM turns JOIN json_each(turns.route) AS way LEFT JOIN messages AS asked
                ON asked.id = turns.message_id
            WHERE turns.id = m.turn_id AND way.value ->> 'interface' = bindings.interface
            AND way.value ->> 'place' = bindings.place AND (policy <> 'mention'
                OR (asked.interface = bindings.interface AND asked.place = bindings.place)))
    ELSE policy <> 'mention' AND NOT (m.interface = bindings.interface AND m.place IS bindings.place) END
) GROUP BY interface
"""


def _binding(row: sqlite3.Row) -> Binding:
    return Binding(
        interface=row["interface"],
        place=row["place"],
        name=row["name"],
        session_id=row["session_id"],
        policy=row["policy"],
        user_id=row["user_id"],
        created_at=to_time(row["created_at"]),
    )


def _state(row: sqlite3.Row) -> BindingState:
    served = {column: row[column] for column in ("session_title", "cursor", "last_external_id")}
    return BindingState(**served, **_binding(row).model_dump())


def _receipt(row: sqlite3.Row) -> Receipt:
    return Receipt(
        interface=row["interface"],
        place=row["place"],
        message_id=row["message_id"],
        part=row["part"],
        external_id=row["external_id"],
        state=row["state"],
        reason=row["reason"],
        at=to_time(row["at"]),
    )


def find(reader: access.Reader, interface: str, place: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = reader.execute(
        f"{_BINDINGS} WHERE interface = ? AND place = ?", (interface, place)
    ).fetchone()
    return row


def _visible(reader: access.Reader, by: Actor, interface: str, place: str) -> sqlite3.Row:
    row = find(reader, interface, place)
    try:
        if row is not None:
            access.visible(reader, by, SessionId(row["session_id"]))
            return row
    except SessionNotFound:
        pass  # somebody else's place is not there
    raise BindingNotFound(f"no session is bound at {interface} {place!r}: bind one there first")


def of_session(connection: sqlite3.Connection, session_id: SessionId) -> tuple[Binding, ...]:
    rows = connection.execute("SELECT * FROM bindings WHERE session_id = ? ORDER BY interface, place", (session_id,))
    return tuple(_binding(row) for row in rows)


def listing(connection: sqlite3.Connection, by: Actor, session_id: SessionId | None = None) -> tuple[BindingState, ...]:
    if session_id is not None:
        access.visible(connection, by, session_id)
    rows = connection.execute(
        f"{_BINDINGS} WHERE (:session IS NULL OR session_id = :session) AND (:sees_all OR session_id IN"
        " (SELECT session_id FROM members WHERE user_id = :user)) ORDER BY interface, place",
        {"session": session_id, "sees_all": by.sees_all, "user": by.user_id},
    )
    return tuple(_state(row) for row in rows)


def get(connection: sqlite3.Connection, by: Actor, interface: str, place: str) -> BindingState:
    return _state(_visible(connection, by, interface, place))


def bind(
    tx: Transaction,
    by: Actor,
    place: Place,
    session_id: SessionId,
    policy: Policy = "live",
    name: str | None = None,
) -> Binding:
    """Bind a place that is free, from now on: what was said before is not delivered there."""
    seq = tx.next_seq(session_id)
    tx.execute(
        "INSERT INTO bindings (interface, place, name, session_id, policy, cursor, user_id, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (place.interface, place.place, name, session_id, policy, seq, by.user_id, tx.now),
    )
    row = find(tx, place.interface, place.place)
    assert row is not None
    binding = _binding(row)
    tx.append(by, session_id, seq, "binding.added", binding)
    return binding


def update(
    tx: Transaction,
    by: Actor,
    interface: str,
    place: str,
    session_id: SessionId,
    policy: Policy,
    name: str | None = None,
) -> Binding:
    access.writable(tx, by, session_id)
    where = Place(interface=interface, place=place)
    if (old := find(tx, interface, place)) is None:
        return bind(tx, by, where, session_id, policy, name)
    _visible(tx, by, interface, place)
    name = name or old["name"]
    if old["session_id"] != session_id:
        delete(tx, by, interface, place)
        return bind(tx, by, where, session_id, policy, name)
    return _change(tx, by, _binding(old).model_copy(update={"policy": policy, "name": name}))


def change(tx: Transaction, by: Actor, interface: str, place: str, changes: UpdateBinding) -> Binding:
    binding = _binding(_visible(tx, by, interface, place))
    access.writable(tx, by, binding.session_id)
    return _change(tx, by, binding.model_copy(update=changes.model_dump(exclude_none=True)))


def _change(tx: Transaction, by: Actor, binding: Binding) -> Binding:
    tx.execute(
        "UPDATE bindings SET policy = :policy, name = :name WHERE interface = :interface AND place = :place",
        binding.model_dump(include={"policy", "name", "interface", "place"}),
    )
    tx.append(by, binding.session_id, tx.next_seq(binding.session_id), "binding.added", binding)
    return binding


def delete(tx: Transaction, by: Actor, interface: str, place: str) -> None:
    row = _visible(tx, by, interface, place)
    session_id = SessionId(row["session_id"])
    access.writable(tx, by, session_id)
    tx.execute("DELETE FROM bindings WHERE interface = ? AND place = ?", (interface, place))
    tx.append(by, session_id, tx.next_seq(session_id), "binding.removed", _binding(row))


def bequeath(tx: Transaction, by: Actor, session_id: SessionId, user_id: UserId, heir: UserId) -> None:
    """Let what a user bound to the session count as bound by another."""
    rows = tx.execute(
        "UPDATE bindings SET user_id = ? WHERE session_id = ? AND user_id = ? RETURNING *", (heir, session_id, user_id)
    ).fetchall()
    for row in sorted(rows, key=lambda row: (row["interface"], row["place"])):
        tx.append(by, session_id, tx.next_seq(session_id), "binding.added", _binding(row))


def unbind_of(tx: Transaction, by: Actor, session_id: SessionId, user_id: UserId) -> None:
    """Unbind what a user bound to the session."""
    rows = tx.execute(
        f"{_BINDINGS} WHERE session_id = ? AND user_id = ? ORDER BY interface, place", (session_id, user_id)
    ).fetchall()
    for row in rows:
        tx.execute("DELETE FROM bindings WHERE interface = ? AND place = ?", (row["interface"], row["place"]))
        tx.append(by, session_id, tx.next_seq(session_id), "binding.removed", _binding(row))


def move_cursor(tx: Transaction, by: Actor, interface: str, place: str, seq: int) -> BindingState:
    access.writable(tx, by, SessionId(_visible(tx, by, interface, place)["session_id"]))
    tx.execute("UPDATE bindings SET cursor = max(cursor, ?) WHERE interface = ? AND place = ?", (seq, interface, place))
    return _state(_visible(tx, by, interface, place))


def receipts(connection: sqlite3.Connection, by: Actor, interface: str, place: str, limit: int) -> tuple[Receipt, ...]:
    _visible(connection, by, interface, place)
    rows = connection.execute(
        "SELECT * FROM receipts WHERE interface = ? AND place = ? ORDER BY at DESC, message_id DESC, part DESC LIMIT ?",
        (interface, place, limit),
    ).fetchall()
    return tuple(_receipt(row) for row in reversed(rows))


def receipts_of_messages(connection: sqlite3.Connection, messages: Iterable[Message]) -> tuple[Receipt, ...]:
    ids = [message.id for message in messages]
    rows = connection.execute(
        f"SELECT * FROM receipts WHERE message_id IN ({', '.join('?' * len(ids))})"
        " ORDER BY message_id, interface, place, part",
        ids,
    )
    return tuple(_receipt(row) for row in rows)


def deliveries(
    connection: sqlite3.Connection, by: Actor, state: Undelivered | None, limit: int
) -> tuple[Delivery, ...]:
    rows = connection.execute(
        "SELECT receipts.*, sessions.id AS session_id, title, content, bindings.name AS place_name"
        f" FROM {_OWED} JOIN sessions ON sessions.id = messages.session_id"
        " WHERE state <> 'sent' AND state <> 'dismissed' AND (:state IS NULL OR state = :state)"
        " AND (:sees_all OR sessions.id IN (SELECT session_id FROM members WHERE user_id = :user))"
        " ORDER BY receipts.at DESC LIMIT :limit",
        {"state": state, "sees_all": by.sees_all, "user": by.user_id, "limit": limit},
    )
    return tuple(
        Delivery(
            session_id=row["session_id"],
            session_title=row["title"],
            preview=" ".join(row["content"].split())[:PREVIEW_LENGTH],
            place_name=row["place_name"],
            **_receipt(row).model_dump(),
        )
        for row in rows
    )


def count_undelivered(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many parts are in each state of those that did not arrive where they are owed."""
    rows = connection.execute(f"SELECT state, count(*) FROM {_OWED} WHERE state <> 'sent' GROUP BY state")
    return {row[0]: row[1] for row in rows}


def count_waiting(connection: sqlite3.Connection) -> dict[str, int]:
    """Return by interface how many places are behind what they are owed."""
    return dict(tuple(row) for row in connection.execute(_WAITING, {"imported": IMPORTED}))


def add_receipt(tx: Transaction, by: Actor, interface: str, place: str, receipt: PostReceipt) -> Receipt:
    session_id = SessionId(_visible(tx, by, interface, place)["session_id"])
    access.writable(tx, by, session_id)
    message = tx.execute(
        "SELECT 1 FROM messages WHERE id = ? AND session_id = ?", (receipt.message_id, session_id)
    ).fetchone()
    if message is None:
        raise MessageNotFound(f"there is no message {receipt.message_id!r} in the session bound there")
    noted = Receipt(interface=interface, place=place, at=tx.time, **receipt.model_dump())
    tx.execute(
        "INSERT OR REPLACE INTO receipts (interface, place, at, message_id, part, external_id, state, reason)"
        " VALUES (:interface, :place, :now, :message_id, :part, :external_id, :state, :reason)",
        noted.model_dump(exclude={"at"}) | {"now": tx.now},
    )
    kind = "binding.delivered" if receipt.state == "sent" else "binding.failed"
    tx.append(by, session_id, tx.next_seq(session_id), kind, noted)
    return noted


def message_from(reader: access.Reader, interface: str, place: str, external_id: str) -> Message | None:
    """Return the message that came from the place under that id, also if it is deleted."""
    row = reader.execute(
        "SELECT * FROM messages WHERE interface = ? AND place = ? AND external_id = ?", (interface, place, external_id)
    ).fetchone()
    return transcript.message_from_row(row) if row is not None else None


def message_at(connection: sqlite3.Connection, by: Actor, interface: str, place: str, external_id: str) -> Message:
    """Return what is called so at the place: a message that came from there, or one that was delivered there."""
    row = connection.execute(
        "SELECT * FROM messages WHERE interface = :interface AND place = :place AND external_id = :id AND NOT deleted"
        " UNION ALL SELECT * FROM messages WHERE id IN (SELECT message_id FROM receipts"
        " WHERE interface = :interface AND place = :place AND external_id = :id) AND NOT deleted",
        {"interface": interface, "place": place, "id": external_id},
    ).fetchone()
    try:
        if row is not None:
            access.visible(connection, by, SessionId(row["session_id"]))
            return transcript.message_from_row(row)
    except SessionNotFound:
        pass  # somebody else's message is not there
    raise MessageNotFound(f"no message is known as {external_id!r} at {interface} {place!r}")
