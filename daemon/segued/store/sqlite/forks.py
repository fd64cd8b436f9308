"""A session copied up to one of its events. What is copied keeps its seqs, and the copy's own log begins behind them: a
follower with an older cursor is given a snapshot. So it is a few statements, however long the session is."""

from __future__ import annotations

from segue.errors import Invalid
from segue.models import PREVIEW_LENGTH, CreateSession, ForkedFrom, ForkSession, Session, SessionId
from segued.store.base import Actor
from segued.store.sqlite import access, sessions, transcript
from segued.store.sqlite.transaction import Transaction, new_id

_LONGEST_TITLE = 500
_COPIED = "session_id = :parent AND seq <= :upto"
_FIELDS = ("agent_name", "model_id", "project_id", "tool_id", "workspace_path")
_NOT_COPIED = ("turn_id", "place", "external_id")  # of a message: what ties it to the session that it was said in


def add(tx: Transaction, by: Actor, session_id: SessionId, fork: ForkSession) -> Session:
    parent = access.visible(tx, by, session_id)
    upto = _end(tx, session_id, parent["last_seq"], fork)
    title = fork.title or f"{parent['title'][: _LONGEST_TITLE - 7]} (fork)"
    count, preview = _summed_up(tx, session_id, upto)
    first = tx.batch.position + 1
    tx.batch.position += count  # these are the numbers of the messages
    session = sessions.make(
        tx,
        by,
        CreateSession.model_construct(title=title, **{name: parent[name] for name in _FIELDS}),
        parent["reply"],
        message_count=count,
        last_message_preview=preview,
        last_seq=upto + 1,
        forked_from=ForkedFrom(session_id=session_id, seq=upto, title=parent["title"]).model_dump_json(),
    )
    _copy_all(tx, {"parent": session_id, "upto": upto, "session": session.id, "first": first})
    tx.execute(
        "INSERT INTO reads (session_id, user_id, seq) VALUES (?, ?, ?)", (session.id, by.user_id, session.last_seq)
    )
    return session


def _end(tx: Transaction, session_id: SessionId, last_seq: int, fork: ForkSession) -> int:
    if fork.message_id is not None:
        return transcript.find(tx, session_id, fork.message_id).seq
    if fork.upto_seq is not None and fork.upto_seq > last_seq:
        raise Invalid(f"upto_seq: the session's last event is {last_seq}", field="upto_seq")
    return last_seq if fork.upto_seq is None else fork.upto_seq


def _summed_up(tx: Transaction, session_id: SessionId, upto: int) -> tuple[int, str]:
    """Return how many messages there are up to there, and the beginning of the last one."""
    ids = {"parent": session_id, "upto": upto}
    (count,) = tx.execute(f"SELECT count(*) FROM messages WHERE {_COPIED} AND NOT deleted", ids).fetchone()
    row = tx.execute(
        f"SELECT substr(content, 1, {PREVIEW_LENGTH}) FROM messages WHERE {_COPIED} AND NOT deleted"
        " ORDER BY seq DESC LIMIT 1",
        ids,
    ).fetchone()
    return count, row[0] if row else ""


def _copy_all(tx: Transaction, ids: dict[str, object]) -> None:
    tx.batch.connection.create_function("new_id", 0, new_id)
    number = ":first - 1 + row_number() OVER (ORDER BY seq)"
    changed = {"number": number, "id": "new_id()", **dict.fromkeys(_NOT_COPIED, "NULL")}
    _copy(tx, "messages", ids, changed, "AND NOT deleted ORDER BY seq")
    tx.execute(
        "INSERT INTO chat_objects (message_id, object) SELECT copies.id, object FROM messages AS copies"
        " JOIN messages AS originals ON originals.session_id = :parent AND originals.seq = copies.seq"
        " JOIN chat_objects ON message_id = originals.id WHERE copies.session_id = :session",
        ids,
    )
    tx.execute(
        "INSERT INTO message_items (number, item) SELECT copies.number, item FROM messages AS copies"
        " JOIN messages AS originals ON originals.session_id = :parent AND originals.seq = copies.seq"
        " JOIN message_items ON message_items.number = originals.number WHERE copies.session_id = :session",
        ids,
    )
    for table in ("context", "summaries"):
        _copy(tx, table, ids)


def _copy(
    tx: Transaction, table: str, ids: dict[str, object], changed: dict[str, str] | None = None, rest: str = ""
) -> None:
    """Copy a session's rows of a table, with other values in the columns that are `changed`."""
    values = {row["name"]: row["name"] for row in tx.execute(f"PRAGMA table_info({table})")}
    values |= {"session_id": ":session"} | (changed or {})
    tx.execute(
        f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {table}"
        f" WHERE {_COPIED} {rest}",
        ids,
    )
