"""Turns: the answers that are owed, in the order they were asked for, and how each ends."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from segue.errors import MessageNotFound, TurnConflict, TurnNotFound
from segue.models import (
    ENDED,
    Message,
    MessageId,
    Partial,
    PostMessage,
    SendMode,
    SessionId,
    ToolCall,
    Turn,
    TurnError,
    TurnId,
    Usage,
)
from segued.store.base import Actor, ToolStep, TurnEnd
from segued.store.sqlite import access, tools, transcript
from segued.store.sqlite.transaction import Transaction, new_id, to_time

_TURN_SESSION = "there is no turn {!r} that you may see"


def turn_from_row(row: sqlite3.Row) -> Turn:
    return Turn(
        id=row["id"],
        session_id=row["session_id"],
        seq=row["seq"],
        state=row["state"],
        mode=row["mode"],
        message_id=row["message_id"],
        answer_id=row["answer_id"],
        agent_name=row["agent_name"],
        model_id=row["model_id"],
        user_id=row["user_id"],
        route=json.loads(row["route"]),
        attempt=row["attempt"],
        retry_of=row["retry_of"],
        error=TurnError.model_validate_json(row["error"]) if row["error"] else None,
        usage=Usage.model_validate_json(row["usage"]) if row["usage"] else None,
        created_at=to_time(row["created_at"]),
        started_at=to_time(row["started_at"]) if row["started_at"] is not None else None,
        ended_at=to_time(row["ended_at"]) if row["ended_at"] is not None else None,
    )


def _find(reader: access.Reader, by: Actor, turn_id: TurnId) -> sqlite3.Row:
    row: sqlite3.Row | None = reader.execute(
        "SELECT * FROM turns WHERE id = :turn AND (:sees_all OR EXISTS"
        " (SELECT 1 FROM members WHERE session_id = turns.session_id AND user_id = :user))",
        {"turn": turn_id, "sees_all": by.sees_all, "user": by.user_id},
    ).fetchone()
    if row is None:
        raise TurnNotFound(_TURN_SESSION.format(turn_id))
    return row


def _row(tx: Transaction, turn_id: TurnId) -> sqlite3.Row | None:
    row: sqlite3.Row | None = tx.execute("SELECT * FROM turns WHERE id = ?", (turn_id,)).fetchone()
    return row


def get(connection: sqlite3.Connection, by: Actor, turn_id: TurnId) -> Turn:
    return turn_from_row(_find(connection, by, turn_id))


def listing(connection: sqlite3.Connection, by: Actor, session_id: SessionId, limit: int) -> tuple[Turn, ...]:
    access.visible(connection, by, session_id)
    rows = connection.execute(
        "SELECT * FROM turns WHERE session_id = ? ORDER BY state IN ('queued', 'running') DESC, seq DESC LIMIT ?",
        (session_id, limit),
    )
    return tuple(sorted((turn_from_row(row) for row in rows), key=lambda turn: turn.seq))


def open_turns(reader: access.Reader, session_id: SessionId) -> tuple[Turn, ...]:
    rows = reader.execute(
        "SELECT * FROM turns WHERE session_id = ? AND state IN ('queued', 'running') ORDER BY seq", (session_id,)
    )
    return tuple(turn_from_row(row) for row in rows)


def saved_partial(reader: access.Reader, turns: Iterable[Turn]) -> Partial | None:
    """Return the answer that was being written, as last saved."""
    for turn in turns:
        if turn.state == "running" and turn.answer_id is not None and not _is_said(reader, turn.answer_id):
            (text,) = reader.execute("SELECT text FROM turns WHERE id = ?", (turn.id,)).fetchone()
            return Partial(turn_id=turn.id, message_id=turn.answer_id, text=text)
    return None


def _is_said(reader: access.Reader, answer_id: str) -> bool:
    """Tell whether the answer is a message already: the turn is at its tools then."""
    return reader.execute("SELECT 1 FROM messages WHERE id = ?", (answer_id,)).fetchone() is not None


def open_sessions(connection: sqlite3.Connection) -> tuple[SessionId, ...]:
    rows = connection.execute("SELECT DISTINCT session_id FROM turns WHERE state IN ('queued', 'running')")
    return tuple(SessionId(row[0]) for row in rows)


def partial_text(connection: sqlite3.Connection, turn_id: TurnId) -> str:
    row = connection.execute("SELECT text FROM turns WHERE id = ?", (turn_id,)).fetchone()
    return str(row[0]) if row else ""


# --- asking


def ask(tx: Transaction, session: Mapping[str, Any], post: PostMessage) -> tuple[TurnId, bool]:
    """Return the turn that is to answer `post`, and whether it runs already (mode steer) or is to be queued."""
    if post.mode == "steer":
        running = tx.execute(
            "SELECT id FROM turns WHERE session_id = ? AND state = 'running'", (session["id"],)
        ).fetchone()
        if running is not None:
            return TurnId(running[0]), True
    return TurnId(new_id()), False


def hand_over(tx: Transaction, turn_id: TurnId, seq: int) -> None:
    """Note that the running turn was handed the message at `seq`, and owes an answer to it."""
    tx.execute("UPDATE turns SET steered_seq = ? WHERE id = ?", (seq, turn_id))


def queue(
    tx: Transaction,
    by: Actor,
    session: Mapping[str, Any] | sqlite3.Row,
    turn_id: TurnId,
    seq: int,
    *,
    message_id: MessageId | None = None,
    mode: SendMode = "queue",
    agent_name: str | None = None,
    model_id: str | None = None,
    retry_of: TurnId | None = None,
) -> Turn:
    """Add a queued turn at `seq`, with the places that its answer goes to as they are bound now."""
    route = [
        {"interface": row[0], "place": row[1]}
        for row in tx.execute(
            "SELECT interface, place FROM bindings WHERE session_id = ? AND policy <> 'muted'"
            " ORDER BY interface, place",
            (session["id"],),
        )
    ]
    values = {
        "id": turn_id,
        "session_id": session["id"],
        "seq": seq,
        "state": "queued",
        "mode": mode,
        "message_id": message_id,
        "agent_name": agent_name or session["agent_name"],
        "model_id": model_id or session["model_id"],
        "user_id": by.user_id,
        "route": json.dumps(route),
        "retry_of": retry_of,
        "created_at": tx.now,
    }
    tx.execute(f"INSERT INTO turns ({', '.join(values)}) VALUES ({', '.join(f':{c}' for c in values)})", values)
    row = _row(tx, turn_id)
    assert row is not None
    turn = turn_from_row(row)
    tx.append(by, session["id"], seq, "turn.queued", turn)
    return turn


def add(tx: Transaction, by: Actor, session_id: SessionId, agent_name: str | None, model_id: str | None) -> Turn:
    session = access.writable(tx, by, session_id)
    seq = tx.next_seq(session_id)
    return queue(tx, by, session, TurnId(new_id()), seq, agent_name=agent_name, model_id=model_id)


def retry(tx: Transaction, by: Actor, turn_id: TurnId) -> Turn:
    old = turn_from_row(_find(tx, by, turn_id))
    session = access.writable(tx, by, old.session_id)
    if old.state not in ENDED or old.state == "completed":
        raise TurnConflict(f"the turn is {old.state}: only one that ended without an answer can be tried again")
    _check_is_open(tx, old)
    return queue(
        tx,
        by,
        session,
        TurnId(new_id()),
        tx.next_seq(old.session_id),
        message_id=old.message_id,
        mode=old.mode,
        agent_name=old.agent_name,
        model_id=session["model_id"] or old.model_id,
        retry_of=old.id,
    )


def _check_is_open(tx: Transaction, old: Turn) -> None:
    """Raise `TurnConflict` if the question has an answer, or will get one, by another try."""
    others = tx.execute(
        "WITH RECURSIVE tries (id, retry_of, state) AS ("
        " SELECT id, retry_of, state FROM turns WHERE id = :turn"
        " UNION SELECT t.id, t.retry_of, t.state FROM tries JOIN turns AS t"
        " ON t.session_id = :session AND (t.retry_of = tries.id OR t.id = tries.retry_of))"
        " SELECT state FROM tries",
        {"turn": old.id, "session": old.session_id},
    )
    states = {row["state"] for row in others}
    if "completed" in states:
        raise TurnConflict("the question was answered meanwhile: somebody asked it again")
    if states & {"queued", "running"}:
        raise TurnConflict("the question is asked again already: wait for that answer, or cancel it")


# --- running


def _agent(row: sqlite3.Row) -> Actor:
    return Actor(user_id=None, name=row["agent_name"], interface="agent", sees_all=True)


def start(tx: Transaction, session_id: SessionId) -> Turn | None:
    row = tx.execute(
        "SELECT * FROM turns WHERE session_id = ? AND state IN ('queued', 'running')"
        " ORDER BY state = 'running' DESC, mode = 'interrupt' DESC, seq LIMIT 1",
        (session_id,),
    ).fetchone()
    return _begin(tx, row, _next_answer(tx, row), row["attempt"] + 1) if row is not None else None


def begin_answer(tx: Transaction, turn_id: TurnId) -> Turn:
    row = _present(tx, turn_id)
    return turn_from_row(row) if row["state"] in ENDED else _begin(tx, row, _next_answer(tx, row), row["attempt"])


def _next_answer(tx: Transaction, row: sqlite3.Row) -> str | None:
    """Return the answer that was begun and not said yet, if there is one."""
    answer_id: str | None = row["answer_id"]
    return None if answer_id is None or _is_said(tx, answer_id) else answer_id


def _present(tx: Transaction, turn_id: TurnId) -> sqlite3.Row:
    row = _row(tx, turn_id)
    if row is None:
        raise TurnNotFound(_TURN_SESSION.format(turn_id))
    return row


def _begin(tx: Transaction, row: sqlite3.Row, answer_id: str | None, attempt: int) -> Turn:
    """Let a new answer of the turn begin: it is given all messages up to now."""
    seq = tx.next_seq(row["session_id"])
    tx.execute(
        "UPDATE turns SET state = 'running', attempt = ?, answer_id = ?, prompted_seq = ?,"
        " started_at = coalesce(started_at, ?) WHERE id = ?",
        (attempt, answer_id or new_id(), seq, tx.now, row["id"]),
    )
    return _changed(tx, _agent(row), TurnId(row["id"]), seq, "turn.started")


def _changed(tx: Transaction, by: Actor, turn_id: TurnId, seq: int, kind: str) -> Turn:
    row = _row(tx, turn_id)
    assert row is not None
    turn = turn_from_row(row)
    tx.append(by, turn.session_id, seq, kind, turn)
    return turn


def save_text(tx: Transaction, turn_id: TurnId, text: str) -> None:
    tx.execute("UPDATE turns SET text = ? WHERE id = ? AND state = 'running'", (text, turn_id))


def use_tools(tx: Transaction, turn_id: TurnId, step: ToolStep) -> tuple[ToolCall, ...]:
    row = _present(tx, turn_id)
    if step.text:
        said = TurnEnd("completed", step.text, None, step.usage, step.model_id, step.response_time_ms)
        _add_answer(tx, row, said)
    if used := _used(row, step.usage):
        tx.execute("UPDATE turns SET used = ? WHERE id = ?", (used.model_dump_json(), turn_id))
    tx.execute("UPDATE turns SET text = '' WHERE id = ?", (turn_id,))
    return tools.add(tx, row, step, _agent(row))


def _used(row: sqlite3.Row, more: Usage | None) -> Usage | None:
    """Return what the turn has used by now, with the last request."""
    return Usage.model_validate_json(row["used"]).plus(more) if row["used"] else more


def end(tx: Transaction, turn_id: TurnId, end: TurnEnd) -> Turn:
    row = _present(tx, turn_id)
    if row["state"] in ENDED:
        return turn_from_row(row)
    if end.state != "completed":
        tools.end_open(tx, turn_id, _agent(row), "cancelled" if end.state == "cancelled" else "interrupted")
    if end.text:
        _add_answer(tx, row, end)
    if end.state == "completed" and row["steered_seq"] > row["prompted_seq"]:
        tx.execute("UPDATE turns SET text = '' WHERE id = ?", (turn_id,))
        return _begin(tx, row, None, row["attempt"])
    seq = tx.next_seq(row["session_id"])
    used = _used(row, end.usage)
    tx.execute(
        "UPDATE turns SET state = ?, ended_at = ?, error = ?, usage = ?, text = '',"
        " answer_id = CASE WHEN ? THEN answer_id END WHERE id = ?",
        (
            end.state,
            tx.now,
            end.error.model_dump_json() if end.error else None,
            used.model_dump_json() if used else None,
            bool(end.text) or _is_said(tx, row["answer_id"]),
            turn_id,
        ),
    )
    return _changed(tx, _agent(row), turn_id, seq, f"turn.{end.state}")


def _add_answer(tx: Transaction, row: sqlite3.Row, end: TurnEnd) -> None:
    agent = _agent(row)
    session_id = SessionId(row["session_id"])
    seq = tx.next_seq(session_id)
    message = Message(
        id=row["answer_id"],
        session_id=session_id,
        seq=seq,
        role="assistant",
        sender=row["agent_name"],
        content=end.text,
        token_count=end.usage.output_tokens if end.usage else None,
        model_id=end.model_id or row["model_id"],
        agent_name=row["agent_name"],
        response_time_ms=end.response_time_ms,
        is_error=end.state == "failed",
        status=end.message_status,
        created_at=tx.time,
        interface=agent.interface,
        turn_id=row["id"],
    )
    transcript.add(tx, agent, message)
    transcript.count_messages(tx, session_id, seq, 1, end.text)


def cancel(tx: Transaction, by: Actor, turn_id: TurnId, withdraw: bool = False) -> Turn:
    row = _find(tx, by, turn_id)
    session = access.writable(tx, by, SessionId(row["session_id"]))
    if row["state"] in ENDED:
        raise TurnConflict(f"the turn has ended already ({row['state']})")
    if row["state"] == "running":
        if withdraw:
            raise TurnConflict("the turn is running already: cancel it with POST /api/v1/turns/ID/cancel")
        return turn_from_row(row)
    if withdraw and row["user_id"] != by.user_id and session["role"] != "owner" and not by.sees_all:
        raise TurnConflict("only who asked, or the session's owner, may withdraw a queued turn")
    seq = tx.next_seq(SessionId(row["session_id"]))
    tx.execute("UPDATE turns SET state = 'cancelled', ended_at = ? WHERE id = ?", (tx.now, turn_id))
    turn = _changed(tx, by, turn_id, seq, "turn.cancelled")
    if withdraw and row["message_id"]:
        with suppress(MessageNotFound):  # deleted already
            transcript.erase(tx, by, _question(tx, row))
    return turn


def cancel_queued(tx: Transaction, by: Actor, question: Message) -> None:
    """Cancel the turns that still wait to answer the question: it is about to be gone."""
    rows = tx.execute(
        "SELECT id FROM turns WHERE session_id = ? AND state = 'queued' AND message_id = ? ORDER BY seq",
        (question.session_id, question.id),
    ).fetchall()
    for row in rows:
        cancel(tx, by, TurnId(row[0]))


def _question(tx: Transaction, row: sqlite3.Row) -> Message:
    return transcript.find(tx, SessionId(row["session_id"]), MessageId(row["message_id"]))
