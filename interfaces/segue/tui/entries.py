"""The transcript as a list of entries, ready to be shown: what was said, by whom, from where, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from segue.tui import outbox
from segue.tui.outbox import Pending
from segue.tui.plain import one_line
from segue.tui.view import View, retryable
from segue.tui.words import answer_remark, interface_name, local_time, question_remark

if TYPE_CHECKING:
    from segue.models import Message, Turn

RETRY_HINT = "Ctrl+R tries again."


@dataclass(frozen=True)
class Entry:
    """One entry. `body` is as it was written, not made plain; `kind` is a message's role, or `pending`."""

    key: str
    kind: str
    who: str
    details: str
    body: str
    remark: str = ""
    session_id: str = ""


def entries(view: View) -> list[Entry]:
    """Return the entries, oldest first; lines of this window that are on their way come last."""
    asked = _turns_by_question(view)
    again = retryable(view)
    shown = [_said(message, view, asked, again) for message in view.messages]
    return shown + [_typed(pending, view.me) for pending in outbox.visible(view.outbox, view.messages)]


def _said(message: Message, view: View, asked: dict[str, Turn], again: Turn | None) -> Entry:
    if message.role == "assistant":
        turn = view.turns.get(message.turn_id) if message.turn_id else None
        remark = answer_remark(turn, message.status)
    else:
        turn = asked.get(message.id)
        remark = "" if turn is None or turn.answer_id or _is_next(turn, view) else question_remark(turn)
    if remark and turn is not None and turn is again:
        remark = f"{remark.rstrip('.')}. {RETRY_HINT}"
    details = [interface_name(message.interface), local_time(message.created_at)]
    if message.edited_at:
        details.append("edited")
    return Entry(
        key=message.id,
        kind=message.role,
        who=one_line(message.sender),
        details=" · ".join(details),
        body=message.content,
        remark=remark,
        session_id=message.session_id,
    )


def _typed(pending: Pending, me: str) -> Entry:
    if pending.problem:
        remark = f"✗ not sent: {one_line(pending.problem).rstrip('.')}. {RETRY_HINT}"
        return Entry(pending.key, "pending", me, "not sent", pending.text, remark)
    state = "delivered" if pending.message else "sending…"
    return Entry(pending.key, "pending", me, f"{interface_name('tui')} · {state}", pending.text)


def _is_next(turn: Turn, view: View) -> bool:
    return view.open_turns[:1] == (turn,)


def _turns_by_question(view: View) -> dict[str, Turn]:
    """Return the latest turn of each message that asked for an answer."""
    turns = sorted((*view.turns.values(), *view.open_turns), key=lambda turn: turn.seq)
    return {turn.message_id: turn for turn in turns if turn.message_id}
