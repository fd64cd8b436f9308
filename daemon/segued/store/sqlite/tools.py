"""Tool calls of turns, and the approvals that some of them wait for."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from typing import Literal

from segue.errors import ApprovalConflict, ApprovalNotFound, TurnNotFound
from segue.models import (
    OPEN_CALLS,
    Account,
    Approval,
    ApprovalId,
    ApprovalState,
    Audited,
    Message,
    MessageId,
    PendingApproval,
    SessionId,
    ToolCall,
    ToolCallId,
    ToolState,
    ToolUse,
    TurnId,
)
from segued.store.base import Actor, NewToolCall, ToolResult, ToolStep
from segued.store.sqlite import access, audit, people, permissions, transcript
from segued.store.sqlite.transaction import Transaction, from_time, new_id, to_time

_DENIED = "Not run: {who} denied this call."
_EXPIRED = "Not run: nobody allowed this call in time."
_WITHDRAWN = "Not run: the turn ended before anybody allowed this call."
_STOPPED = "Stopped before it was done: whether it took effect is not known."
_CUT_OFF = "Cut off, as the daemon stopped; it is called again."
_APPROVALS = (
    "SELECT a.*, c.turn_id, c.server, c.tool, c.arguments FROM approvals a JOIN tool_calls c ON c.id = a.call_id"
)


def call_from_row(row: sqlite3.Row) -> ToolCall:
    return ToolCall(
        id=row["id"],
        server=row["server"],
        tool=row["tool"],
        arguments=json.loads(row["arguments"]),
        session_id=row["session_id"],
        turn_id=row["turn_id"],
        seq=row["seq"],
        step=row["step"],
        state=row["state"],
        read_only=bool(row["read_only"]),
        message_id=row["message_id"],
        created_at=to_time(row["created_at"]),
        started_at=to_time(row["started_at"]) if row["started_at"] is not None else None,
        ended_at=to_time(row["ended_at"]) if row["ended_at"] is not None else None,
    )


def approval_from_row(row: sqlite3.Row) -> Approval:
    use = ToolUse(id=row["call_id"], server=row["server"], tool=row["tool"], arguments=json.loads(row["arguments"]))
    return Approval(
        id=row["id"],
        session_id=row["session_id"],
        turn_id=row["turn_id"],
        call=use,
        state=row["state"],
        requested_at=to_time(row["requested_at"]),
        expires_at=to_time(row["expires_at"]),
        decided_by=row["decided_by"],
        user_id=row["user_id"],
        interface=row["interface"],
        decided_at=to_time(row["decided_at"]) if row["decided_at"] is not None else None,
        remembered=bool(row["remembered"]),
    )


# --- reading


def of_turn(connection: sqlite3.Connection, turn_id: TurnId) -> tuple[ToolCall, ...]:
    rows = connection.execute(
        "SELECT c.*, a.expires_at FROM tool_calls c LEFT JOIN approvals a ON a.call_id = c.id AND a.state = 'pending'"
        " WHERE c.turn_id = ? ORDER BY c.seq, c.id",
        (turn_id,),
    )
    return tuple(_with_expiry(row) for row in rows)


def _with_expiry(row: sqlite3.Row) -> ToolCall:
    expires_at = to_time(row["expires_at"]) if row["expires_at"] is not None else None
    return call_from_row(row).model_copy(update={"expires_at": expires_at})


def open_calls(reader: access.Reader, session_id: SessionId) -> tuple[ToolCall, ...]:
    """Return the calls that run. (Those that wait are told as approvals.)"""
    rows = reader.execute(
        "SELECT * FROM tool_calls WHERE session_id = ? AND state IN ('waiting', 'running') AND state = 'running'"
        " ORDER BY seq, id",
        (session_id,),
    )
    return tuple(call_from_row(row) for row in rows)


def pending(reader: access.Reader, session_id: SessionId) -> tuple[Approval, ...]:
    rows = reader.execute(
        f"{_APPROVALS} WHERE a.session_id = ? AND a.state = 'pending' ORDER BY a.requested_at, a.id", (session_id,)
    )
    return tuple(approval_from_row(row) for row in rows)


def approvals(connection: sqlite3.Connection, by: Actor, session_id: SessionId, limit: int) -> tuple[Approval, ...]:
    access.visible(connection, by, session_id)
    rows = connection.execute(
        f"{_APPROVALS} WHERE a.session_id = ?"
        " ORDER BY a.state = 'pending' DESC, a.requested_at DESC, a.id DESC LIMIT ?",
        (session_id, limit),
    )
    return tuple(sorted((approval_from_row(row) for row in rows), key=lambda a: (a.requested_at, a.id)))


def all_pending(
    connection: sqlite3.Connection, by: Actor, limit: int, ended: bool = False
) -> tuple[PendingApproval, ...]:
    # An id begins with the time, so that the newest are found by the primary key.
    which, order = ("a.id > ''", "a.id DESC") if ended else ("a.state = 'pending'", "a.requested_at, a.id")
    rows = connection.execute(
        "SELECT a.*, c.turn_id, c.server, c.tool, c.arguments, s.title FROM approvals a JOIN tool_calls c"
        f" ON c.id = a.call_id JOIN sessions s ON s.id = a.session_id WHERE {which}"
        " AND (:sees_all OR EXISTS (SELECT 1 FROM members WHERE session_id = a.session_id AND user_id = :user))"
        f" ORDER BY {order} LIMIT :limit",
        {"sees_all": by.sees_all, "user": by.user_id, "limit": limit},
    )
    found = [PendingApproval(session_title=row["title"], **dict(approval_from_row(row))) for row in rows]
    return tuple(sorted(found, key=lambda a: (a.requested_at, a.id)))


def approval(reader: access.Reader, by: Actor, approval_id: ApprovalId) -> Approval:
    row = reader.execute(
        f"{_APPROVALS} WHERE a.id = :id AND (:sees_all OR EXISTS"
        " (SELECT 1 FROM members WHERE session_id = a.session_id AND user_id = :user))",
        {"id": approval_id, "sees_all": by.sees_all, "user": by.user_id},
    ).fetchone()
    if row is None:
        raise ApprovalNotFound(
            f"there is no approval {approval_id!r} in any session that you may see: list what waits for you"
        )
    return approval_from_row(row)


# --- calling


def add(tx: Transaction, turn: sqlite3.Row, step: ToolStep, by: Actor) -> tuple[ToolCall, ...]:
    """Add the calls of one step of the turn's model."""
    (number,) = tx.execute(
        "SELECT coalesce(max(step), 0) + 1 FROM tool_calls WHERE turn_id = ?", (turn["id"],)
    ).fetchone()
    return tuple(_add_one(tx, turn, number, new, by) for new in step.calls)


def _add_one(tx: Transaction, turn: sqlite3.Row, step: int, new: NewToolCall, by: Actor) -> ToolCall:
    session_id = SessionId(turn["session_id"])
    known = permissions.decision(tx, session_id, new.use.server, new.use.tool) if new.asks else "allow"
    call = ToolCall(
        **(dict(new.use) | {"step": step}),
        session_id=session_id,
        turn_id=turn["id"],
        seq=tx.next_seq(session_id),
        state="running" if known == "allow" else "waiting",
        read_only=new.read_only,
        created_at=tx.time,
        started_at=tx.time if known == "allow" else None,
    )
    tx.execute(
        "INSERT INTO tool_calls (id, session_id, turn_id, seq, step, server, tool, arguments, read_only, state,"
        " created_at, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            call.id, session_id, call.turn_id, call.seq, step, call.server, call.tool,
            json.dumps(call.arguments, ensure_ascii=False), call.read_only, call.state, tx.now,
            tx.now if known == "allow" else None,
        ),
    )  # fmt: skip
    if known == "allow":
        tx.append(by, session_id, call.seq, "tool.called", call)
        return call
    asked = _add_approval(tx, call, new)
    if known == "deny":  # nobody is asked, so that nobody is told of a question
        _resolve(tx, by, asked, "denied", decided_by=None, remembered=True, seq=call.seq)
        return _end(tx, by, call, "denied", _DENIED.format(who="an earlier answer"))
    tx.append(by, call.session_id, call.seq, "approval.requested", asked)
    return call


def _add_approval(tx: Transaction, call: ToolCall, new: NewToolCall) -> Approval:
    expires_at = new.expires_at or tx.time
    asked = Approval(
        id=ApprovalId(new_id()),
        session_id=call.session_id,
        turn_id=call.turn_id,
        call=new.use,
        state="pending",
        requested_at=tx.time,
        expires_at=expires_at,
    )
    tx.execute(
        "INSERT INTO approvals (id, call_id, session_id, state, requested_at, expires_at)"
        " VALUES (?, ?, ?, 'pending', ?, ?)",
        (asked.id, call.id, call.session_id, tx.now, from_time(expires_at)),
    )
    return asked


def repeat(tx: Transaction, turn_id: TurnId) -> tuple[ToolCall, ...]:
    turn = tx.execute("SELECT * FROM turns WHERE id = ?", (turn_id,)).fetchone()
    running = [call for call in of_turn(tx.batch.connection, turn_id) if call.state == "running"]
    for call in running:
        by = agent_of(tx, call)
        _end(tx, by, call, "interrupted", _CUT_OFF)
        use = ToolUse(id=ToolCallId(new_id()), server=call.server, tool=call.tool, arguments=call.arguments)
        _add_one(tx, turn, call.step, NewToolCall(use, read_only=call.read_only), by)
    return tuple(call for call in of_turn(tx.batch.connection, turn_id) if call.state in OPEN_CALLS)


def end(tx: Transaction, call_id: ToolCallId, result: ToolResult) -> ToolCall:
    row = tx.execute("SELECT * FROM tool_calls WHERE id = ?", (call_id,)).fetchone()
    if row is None:
        raise TurnNotFound("the session of this tool call was deleted")
    call = call_from_row(row)
    if call.state not in ("waiting", "running"):
        return call
    return _end(tx, agent_of(tx, call), call, result.state, result.text, result.images)


def agent_of(tx: Transaction, call: ToolCall) -> Actor:
    (name,) = tx.execute("SELECT agent_name FROM turns WHERE id = ?", (call.turn_id,)).fetchone()
    return Actor(user_id=None, name=name, interface="agent", sees_all=True)


def end_open(tx: Transaction, turn_id: TurnId, by: Actor, state: Literal["cancelled", "interrupted"]) -> None:
    """End what the turn leaves behind: calls that run are cut off, those that wait are withdrawn."""
    rows = tx.execute("SELECT * FROM tool_calls WHERE turn_id = ? AND state IN ('waiting', 'running')", (turn_id,))
    for call in [call_from_row(row) for row in rows.fetchall()]:
        if call.state == "waiting":
            _resolve(tx, by, _approval_of(tx, call), "withdrawn", decided_by=None)
        _end(tx, by, call, state, _STOPPED if call.state == "running" else _WITHDRAWN)


def _end(
    tx: Transaction, by: Actor, call: ToolCall, state: ToolState, text: str, images: tuple[object, ...] = ()
) -> ToolCall:
    """Add the result as a message, and end the call."""
    message = Message(
        id=MessageId(new_id()),
        session_id=call.session_id,
        seq=tx.next_seq(call.session_id),
        role="tool",
        sender=call.tool,
        content=text,
        agent_name=by.name,
        is_error=state != "completed",
        status=state if state in ("cancelled", "interrupted") else "complete",
        created_at=tx.time,
        interface=by.interface,
        turn_id=call.turn_id,
        tool_call=ToolUse(id=call.id, server=call.server, tool=call.tool, arguments=call.arguments, step=call.step),
        images=images,
    )
    transcript.add(tx, by, message)
    transcript.count_messages(tx, call.session_id, message.seq, 1, message.content)
    seq = tx.next_seq(call.session_id)
    tx.execute(
        "UPDATE tool_calls SET state = ?, message_id = ?, ended_at = ? WHERE id = ?",
        (state, message.id, tx.now, call.id),
    )
    ended = call.model_copy(update={"state": state, "message_id": message.id, "ended_at": tx.time})
    tx.append(by, call.session_id, seq, "tool.finished", ended)
    return ended


# --- answering


def decide(
    tx: Transaction,
    by: Actor,
    approval_id: ApprovalId,
    decision: Literal["allow", "deny"],
    remember: bool,
    author: Account | None = None,
    name: str | None = None,
) -> Approval:
    asked = approval(tx, by, approval_id)
    access.writable(tx, by, asked.session_id)
    by, via = (by if author is None else _answerer(tx, author, name)), by.via
    state: ApprovalState = "allowed" if decision == "allow" else "denied"
    if asked.state != "pending":
        if (asked.state, asked.user_id, asked.decided_by) == (state, by.user_id, by.name):
            return asked
        raise ApprovalConflict(_answered(asked), state=asked.state, decided_by=asked.decided_by)
    if remember:
        permissions.remember(tx, by, asked.session_id, asked.call.server, asked.call.tool, decision)
    others = [other for other in pending(tx, asked.session_id) if remember and other.id != asked.id]
    decided = _settle(tx, by, asked, state, remember)
    action: Audited = "approval.allowed" if state == "allowed" else "approval.denied"
    audit.record(tx, replace(by, via=via), action, f"{asked.call.server}/{asked.call.tool}", asked.session_id)
    for other in others:
        if (other.call.server, other.call.tool) == (asked.call.server, asked.call.tool):
            _settle(tx, by, other, state, remember)
    return decided


def _answerer(tx: Transaction, author: Account, name: str | None) -> Actor:
    """Return whose answer a bridge passes on."""
    user = people.speaker_of(tx.batch.connection, author.interface, author.external_id)
    if user is None:
        return Actor(None, name or author.external_id, author.interface)
    return Actor(user.id, user.name, author.interface)


def _answered(asked: Approval) -> str:
    if asked.decided_by is None:
        return f"this call is not waiting any more: it is {asked.state}"
    return f"{asked.decided_by} has answered this already: it is {asked.state}"


def _settle(tx: Transaction, by: Actor, asked: Approval, state: ApprovalState, remember: bool) -> Approval:
    decided = _resolve(tx, by, asked, state, decided_by=by.name, remembered=remember)
    call = _call(tx, asked.call.id)
    if state == "denied":
        _end(tx, agent_of(tx, call), call, "denied", _DENIED.format(who=by.name))
        return decided
    seq = tx.next_seq(call.session_id)
    tx.execute("UPDATE tool_calls SET state = 'running', started_at = ? WHERE id = ?", (tx.now, call.id))
    started = call.model_copy(update={"state": "running", "started_at": tx.time})
    tx.append(agent_of(tx, call), call.session_id, seq, "tool.called", started)
    return decided


def expire(tx: Transaction, call_id: ToolCallId) -> None:
    row = tx.execute("SELECT * FROM tool_calls WHERE id = ? AND state = 'waiting'", (call_id,)).fetchone()
    if row is None:
        return
    call = call_from_row(row)
    by = agent_of(tx, call)
    _resolve(tx, by, _approval_of(tx, call), "expired", decided_by=None)
    _end(tx, by, call, "denied", _EXPIRED)


def _resolve(
    tx: Transaction,
    by: Actor,
    asked: Approval,
    state: ApprovalState,
    *,
    decided_by: str | None,
    remembered: bool = False,
    seq: int | None = None,
) -> Approval:
    seq = tx.next_seq(asked.session_id) if seq is None else seq
    who = (decided_by, by.user_id, by.interface) if decided_by else (None, None, None)
    tx.execute(
        "UPDATE approvals SET state = ?, decided_by = ?, user_id = ?, interface = ?, decided_at = ?, remembered = ?"
        " WHERE id = ?",
        (state, *who, tx.now, remembered, asked.id),
    )
    update = {"state": state, "decided_at": tx.time, "remembered": remembered}
    decided = asked.model_copy(update=update | dict(zip(("decided_by", "user_id", "interface"), who, strict=True)))
    tx.append(by, asked.session_id, seq, "approval.resolved", decided)
    return decided


def _call(tx: Transaction, call_id: ToolCallId) -> ToolCall:
    return call_from_row(tx.execute("SELECT * FROM tool_calls WHERE id = ?", (call_id,)).fetchone())


def _approval_of(tx: Transaction, call: ToolCall) -> Approval:
    return approval_from_row(tx.execute(f"{_APPROVALS} WHERE a.call_id = ?", (call.id,)).fetchone())
