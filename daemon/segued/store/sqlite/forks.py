"""A session copied up to one of its events, some messages a commit, so that nobody waits long for a long one.

Nobody sees the copy before the commit that ends it and adds the session: until then its messages belong to no session.
What is copied keeps its seqs, and the copy's own log begins behind them; a follower with an older cursor is given a
snapshot."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from segue.errors import Invalid
from segue.models import PREVIEW_LENGTH, CreateSession, ForkedFrom, ForkSession, Session, SessionId
from segued.store.base import Actor
from segued.store.sqlite import access, audit, fulltext, projects, quotas, sessions, transcript
from segued.store.sqlite.transaction import Transaction, new_id

_SLICE = 2000  # messages copied with one commit
_LONGEST_TITLE = 500
_FIELDS = ("agent_name", "model_id", "tool_id", "workspace_path")
_NOT_COPIED = ("turn_id", "place", "external_id")  # of a message: what ties it to the session that it was said in


@dataclass(frozen=True)
class Plan:
    """What is to be copied, into which session; and the parent's last event when that was settled."""

    id: SessionId
    parent_id: SessionId
    upto: int
    title: str | None
    read_seq: int


def plan(reader: sqlite3.Connection, by: Actor, parent_id: SessionId, fork: ForkSession) -> Plan:
    last_seq = access.visible(reader, by, parent_id)["last_seq"]
    if fork.upto_seq is not None and fork.upto_seq > last_seq:
        raise Invalid(f"upto_seq: the session's last event is {last_seq}", field="upto_seq")
    upto = last_seq if fork.upto_seq is None else fork.upto_seq
    if fork.message_id is not None:
        upto = transcript.find(reader, parent_id, fork.message_id).seq
    return Plan(SessionId(new_id()), parent_id, upto, fork.title, last_seq)


def copy_some(tx: Transaction, plan: Plan, after: int) -> int | None:
    """Copy the next messages behind `after`; return up to where, None if what is left can be copied at the end."""
    row = tx.execute(
        "SELECT seq FROM messages WHERE session_id = ? AND seq > ? AND seq <= ? AND NOT deleted"
        f" ORDER BY seq LIMIT 1 OFFSET {_SLICE}",
        (plan.parent_id, after, plan.upto),
    ).fetchone()
    if row is None:
        return None
    upto = int(row["seq"]) - 1
    _copy_messages(tx, plan, f"seq > {after} AND seq <= {upto}")
    tx.execute(
        "INSERT INTO unfinished_forks (session_id, number) VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET number = excluded.number",
        (plan.id, tx.batch.position),
    )
    return upto


def end(tx: Transaction, by: Actor, plan: Plan, after: int) -> Session:
    """Copy what is left, and what was changed meanwhile, and add the session."""
    parent = access.visible(tx, by, plan.parent_id)
    changed = _changed(tx, plan, after)
    if changed:
        where = "session_id = ? AND seq IN (SELECT value FROM json_each(?))"
        fulltext.forget_messages(tx, where, plan.id, json.dumps(changed))
        tx.execute(f"DELETE FROM messages WHERE {where}", (plan.id, json.dumps(changed)))
    these = ", ".join(map(str, changed))
    _copy_messages(tx, plan, f"(seq > {after} OR seq IN ({these})) AND seq <= {plan.upto}")
    tx.execute("DELETE FROM unfinished_forks WHERE session_id = ?", (plan.id,))
    session = _session(tx, by, plan, parent)
    quotas.count(tx, session.id)
    _copy_items(tx, plan)
    for table in ("context", "summaries"):
        _copy(tx, table, plan, {}, f"seq <= {plan.upto}")
    tx.execute(
        "INSERT INTO reads (session_id, user_id, seq) VALUES (?, ?, ?)", (session.id, by.user_id, session.last_seq)
    )
    audit.record(tx, by, "session.forked", session.id, plan.parent_id)
    return session


def drop(tx: Transaction, session_id: SessionId) -> None:
    """Take away what was copied for a session that is not to be."""
    fulltext.forget_messages(tx, "session_id = ?", session_id)
    tx.execute("DELETE FROM messages WHERE session_id = ?", (session_id,))


def drop_unfinished(tx: Transaction) -> None:
    """Take away what a crash has left. That it was there stays noted: its numbers are not used again."""
    for row in tx.execute("SELECT session_id FROM unfinished_forks").fetchall():
        drop(tx, row["session_id"])


def _changed(tx: Transaction, plan: Plan, copied: int) -> list[int]:
    """Return the seqs of messages that were copied and then edited or deleted in the parent."""
    rows = tx.execute(
        "SELECT DISTINCT json_extract(data, '$.seq') FROM events WHERE session_id = ? AND seq > ?"
        " AND type IN ('message.updated', 'message.deleted') AND json_extract(data, '$.seq') <= ?",
        (plan.parent_id, plan.read_seq, copied),
    )
    return [int(row[0]) for row in rows]


def _session(tx: Transaction, by: Actor, plan: Plan, parent: sqlite3.Row) -> Session:
    (count,) = tx.execute("SELECT count(*) FROM messages WHERE session_id = ?", (plan.id,)).fetchone()
    last = transcript.last(tx, plan.id, 1)
    title = plan.title or f"{parent['title'][: _LONGEST_TITLE - 7]} (fork)"
    project_id = parent["project_id"]
    if project_id is not None and not (by.sees_all or projects.may_write(tx, by.user_id, project_id)):
        project_id = None
    return sessions.make(
        tx,
        by,
        CreateSession.model_construct(title=title, project_id=project_id, **{name: parent[name] for name in _FIELDS}),
        parent["reply"],
        plan.id,
        message_count=count,
        last_message_preview=last[0].content[:PREVIEW_LENGTH] if last else "",
        last_seq=plan.upto + 1,
        forked_from=ForkedFrom(session_id=plan.parent_id, seq=plan.upto, title=parent["title"]).model_dump_json(),
    )


def _copy_messages(tx: Transaction, plan: Plan, where: str) -> None:
    changed = {
        "number": f"{tx.batch.position} + row_number() OVER (ORDER BY seq)",
        "id": "new_id()",
        **dict.fromkeys(_NOT_COPIED, "NULL"),
    }
    tx.batch.position += _copy(tx, "messages", plan, changed, f"NOT deleted AND {where} ORDER BY seq")


def _copy_items(tx: Transaction, plan: Plan) -> None:
    tx.execute(
        "INSERT INTO message_items (number, item) SELECT copies.number, item FROM messages AS copies"
        " JOIN messages AS originals ON originals.session_id = ? AND originals.seq = copies.seq"
        " JOIN message_items ON message_items.number = originals.number WHERE copies.session_id = ?",
        (plan.parent_id, plan.id),
    )


def _copy(tx: Transaction, table: str, plan: Plan, changed: dict[str, str], where: str) -> int:
    """Copy rows of the parent, with other values in the columns that are `changed`; return how many."""
    values = {row["name"]: row["name"] for row in tx.execute(f"PRAGMA table_info({table})")}
    values |= {"session_id": "?"} | changed
    return tx.execute(
        f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {table}"
        f" WHERE session_id = ? AND {where}",
        (plan.id, plan.parent_id),
    ).rowcount
