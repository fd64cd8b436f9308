"""The transcript as a list of entries, ready to be shown: what was said, by whom, from where, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from segue.tui import outbox, tools
from segue.tui.deliveries import delivered_to
from segue.tui.outbox import Pending
from segue.tui.plain import one_line
from segue.tui.view import View, retryable
from segue.tui.words import answer_remark, interface_name, local_day, local_time, question_remark

if TYPE_CHECKING:
    from segue.models import Message, Turn

RETRY_HINT = "Ctrl+R tries again."
NEW = "new since you were here"
SUMMARISED = "the model is given a summary of what is above; the transcript is whole"


@dataclass(frozen=True)
class Entry:
    """One entry. `body` is as it was written, not made plain; `kind` is a message's role, or `pending`. `above` are the
    lines that divide it from the one before, `footer` tells where it was delivered."""

    key: str
    kind: str
    who: str
    details: str
    body: str
    remark: str = ""
    session_id: str = ""
    above: tuple[str, ...] = ()
    footer: str = ""
    is_mine: bool = False
    is_live: bool = False


def entries(view: View) -> list[Entry]:
    """Return the entries of the window, oldest first; lines of this window that are on their way come last."""
    asked = _turns_by_question(view)
    again = retryable(view)
    said = [_said(message, view, asked, again) for message in view.window]
    divided = [replace(e, above=above) if above else e for e, above in zip(said, _divisions(view), strict=True)]
    if not view.is_at_tail:
        return divided
    typed = [_typed(pending, view) for pending in outbox.visible(view.outbox, view.window)]
    return [*divided, *tool_entries(view), *typed]


def live_entry(view: View) -> Entry | None:
    """Return the answer that is being written, if the window includes the end."""
    partial = view.snapshot.partial if view.snapshot and view.is_at_tail else None
    if partial is None or (not partial.text and view.snapshot and view.snapshot.tool_calls):
        return None
    who = view.running.agent_name if view.running else ""
    thinking = "is summarising what was said before…" if view.is_compressing else "is thinking…"
    if tools.pending(view):
        thinking = "waits for somebody to allow a tool…"
    state = "is writing…" if partial.text else thinking
    return Entry(partial.message_id, "assistant", one_line(who), state, partial.text, is_live=True)


def _divisions(view: View) -> Iterator[tuple[str, ...]]:
    """Yield what stands above each message: where the summary ends, a day that begins, the first one that is new to the
    reader."""
    day = local_day(datetime.now(UTC))
    new, whole = _first_new(view), _first_whole(view)
    for message in view.window:
        before, day = day, local_day(message.created_at)
        yield (
            *((SUMMARISED,) if message is whole else ()),
            *((day,) if day != before else ()),
            *((NEW,) if message is new else ()),
        )


def _first_whole(view: View) -> Message | None:
    """Return the first message that the model is given as it is, if the window holds one before it."""
    summary = view.snapshot.summary if view.snapshot else None
    if summary is None or not view.window or view.window[0].seq > summary.upto_seq:
        return None
    return next((m for m in view.window if m.seq > summary.upto_seq), None)


def _first_new(view: View) -> Message | None:
    """Return the first message that came while the reader was away, if the window holds the one before it."""
    if not view.window or view.window[0].seq > view.read_seq:
        return None
    return next((m for m in view.window if view.read_seq < m.seq <= view.opened_seq and not _is_mine(m, view.me)), None)


def tool_entries(view: View) -> list[Entry]:
    """Return the tools that run now."""
    return [
        Entry(call.id, "tool", one_line(call.tool), _details(tools.called_by(call), "runs…"), tools.arguments(call))
        for call in tools.running(view)
    ]


def _details(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _said(message: Message, view: View, asked: dict[str, Turn], again: Turn | None) -> Entry:
    if message.role == "assistant":
        turn = view.turns.get(message.turn_id) if message.turn_id else None
        remark = answer_remark(turn, message.status)
    else:
        turn = asked.get(message.id)
        remark = "" if turn is None or turn.answer_id or _is_next(turn, view) else question_remark(turn)
    if remark and turn is not None and turn is again:
        remark = f"{remark.rstrip('.')}. {RETRY_HINT}"
    if message.tool_call:
        details = [
            tools.called_by(message.tool_call),
            tools.how_it_ended(message),
            local_time(message.created_at),
        ]
    else:
        details = [interface_name(message.interface), local_time(message.created_at)]
    if message.edited_at:
        details.append("edited")
    return Entry(
        key=message.id,
        kind=message.role,
        who=one_line(message.sender),
        details=_details(*details),
        body=tools.result(message),
        remark=remark,
        session_id=message.session_id,
        footer=delivered_to(message, view),
        is_mine=_is_mine(message, view.me),
    )


def _is_mine(message: Message, me: str) -> bool:
    return message.role == "user" and one_line(message.sender) == me


def _typed(pending: Pending, view: View) -> Entry:
    if pending.problem:
        remark = f"✗ not sent: {one_line(pending.problem).rstrip('.')}. {RETRY_HINT}"
        return Entry(pending.key, "pending", view.me, "not sent", pending.text, remark)
    waits = "is sent when the daemon is back" if view.connection == "away" else "sending…"
    state = "delivered" if pending.message else waits
    return Entry(pending.key, "pending", view.me, f"{interface_name('tui')} · {state}", pending.text)


def _is_next(turn: Turn, view: View) -> bool:
    return view.open_turns[:1] == (turn,)


def _turns_by_question(view: View) -> dict[str, Turn]:
    """Return the latest turn of each message that asked for an answer."""
    turns = sorted((*view.turns.values(), *view.open_turns), key=lambda turn: turn.seq)
    return {turn.message_id: turn for turn in turns if turn.message_id}
