"""What is brought in from elsewhere: each message once, in the order and at the times of where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TypeVar

from segue.errors import Forbidden, SessionNotFound
from segue.models import IMPORTED, CreateSession, Message, MessageId, SessionId
from segued.store.base import Actor, Imported, ImportedEntry, ImportedMessage, Origin
from segued.store.sqlite import access, context, projects, quotas, sessions, transcript
from segued.store.sqlite.transaction import Transaction, from_time, new_id

T = TypeVar("T", ImportedMessage, ImportedEntry)


def add(
    tx: Transaction,
    by: Actor,
    origin: Origin,
    messages: tuple[ImportedMessage, ...],
    entries: tuple[ImportedEntry, ...],
) -> Imported:
    known_id = _session(tx, by, origin)
    new = origin.new if known_id else _admitted(tx, by, origin)
    session_id = known_id or _new_session(tx, by, origin, new)
    import_id = _import(tx, by, origin.name, session_id)
    new_messages, new_entries = _unknown(tx, import_id, messages), _unknown(tx, import_id, entries)
    if new_messages:
        _add_messages(tx, by, origin.name, session_id, new_messages)
    for entry in new_entries:
        context.append(tx, by, session_id, entry.entry, at=entry.at, actor=entry.actor)
    known = len(messages) + len(entries) - len(new_messages) - len(new_entries)
    dropped = new is not origin.new
    return Imported(session_id, known_id is None, len(new_messages), len(new_entries), known, dropped)


def _session(tx: Transaction, by: Actor, origin: Origin) -> SessionId | None:
    """Return the session that it goes to: the one that is asked for, else where the actor brought it in before."""
    if origin.into is not None:
        access.writable(tx, by, origin.into)
        return origin.into
    rows = tx.execute(
        "SELECT session_id FROM imports WHERE user_id = ? AND origin = ? ORDER BY id", (by.user_id, origin.name)
    ).fetchall()
    return next((SessionId(row[0]) for row in rows if _is_writable(tx, by, row[0])), None)


def _is_writable(tx: Transaction, by: Actor, session_id: SessionId) -> bool:
    try:
        access.writable(tx, by, session_id)
    except (SessionNotFound, Forbidden):
        return False
    return True


def _new_session(tx: Transaction, by: Actor, origin: Origin, new: CreateSession) -> SessionId:
    at = from_time(origin.at)
    session = sessions.make(
        tx,
        by,
        new,
        origin.reply,
        created_at=at,
        updated_at=at,
        pinned=origin.pinned,
        archived=origin.archived,
    )
    return session.id


def _admitted(tx: Transaction, by: Actor, origin: Origin) -> CreateSession:
    """Return what the session is to be like: without the project that the file names, where that is somebody else's."""
    if origin.new.project_id is not None and origin.projects_own:
        try:
            projects.writable(tx, by, origin.new.project_id)
        except Forbidden:
            return origin.new.model_copy(update={"project_id": None})
    return origin.new


def _import(tx: Transaction, by: Actor, origin: str, session_id: SessionId) -> int:
    tx.execute(
        "INSERT INTO imports (session_id, origin, user_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (session_id, origin, by.user_id),
    )
    (import_id,) = tx.execute(
        "SELECT id FROM imports WHERE session_id = ? AND origin = ?", (session_id, origin)
    ).fetchone()
    return int(import_id)


def _unknown(tx: Transaction, import_id: int, items: Iterable[T]) -> list[T]:
    """Return those that were not brought in before, and note that they are now."""
    return [
        item
        for item in items
        if tx.execute(
            "INSERT INTO imported (import_id, mark) VALUES (?, ?) ON CONFLICT DO NOTHING", (import_id, _mark(item.name))
        ).rowcount
    ]


def _mark(name: str) -> bytes:
    return hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=16).digest()


def _add_messages(tx: Transaction, by: Actor, origin: str, session_id: SessionId, new: list[ImportedMessage]) -> None:
    session = access.writable(tx, by, session_id)
    quotas.check_bytes(tx, by, session["owner_id"], (item.content for item in new))
    messages = [_message(by, origin, session_id, session["last_seq"] + n, item) for n, item in enumerate(new, 1)]
    for message, item in zip(messages, new, strict=True):
        transcript.add(tx, by, message)
        if item.kept is not None:
            tx.batch.add_item(tx.commits[-1].position, item.kept)
    newest = max(from_time(message.created_at) for message in messages)
    transcript.count_messages(tx, session_id, messages[-1].seq, len(new), new[-1].content, newest)
    edited = [(from_time(m.edited_at), m.id) for m in messages if m.edited_at is not None]
    tx.executemany("UPDATE messages SET edited_at = ? WHERE id = ?", edited)


def _message(by: Actor, origin: str, session_id: SessionId, seq: int, item: ImportedMessage) -> Message:
    return Message(
        id=MessageId(new_id()),
        session_id=session_id,
        seq=seq,
        role=item.role,
        sender=by.name if item.sender is None else item.sender,
        content=item.content,
        created_at=item.created_at,
        edited_at=item.edited_at,
        interface=IMPORTED,
        place=origin,
        user_id=by.user_id if item.sender is None else None,
        images=item.images,
        documents=item.documents,
        **item.fields,
    )
