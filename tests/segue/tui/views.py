"""Views made of a few words, for tests that need no daemon."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from segue.events import EVENT, Snapshot
from segue.models import Message, Session, Turn
from segue.tui.view import View

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def message(seq: int, content: str = "hi", **fields: Any) -> Message:
    known = {"id": f"m{seq}", "session_id": "s", "seq": seq, "role": "user", "sender": "ada", "content": content}
    return Message.model_validate(known | {"created_at": NOW, "interface": "tui"} | fields)


def turn(seq: int, state: str, **fields: Any) -> Turn:
    known = {"id": f"t{seq}", "session_id": "s", "seq": seq, "state": state, "agent_name": "chat", "created_at": NOW}
    return Turn.model_validate(known | fields)


def view(*messages: Message, turns: tuple[Turn, ...] = (), last_seq: int | None = None) -> View:
    known = {"id": "s", "title": "T", "agent_name": "chat", "reply": "always", "owner_id": "u"}
    seq = max((m.seq for m in messages), default=0) if last_seq is None else last_seq
    session = Session.model_validate(known | {"created_at": NOW, "updated_at": NOW, "last_seq": seq})
    return View(Snapshot(session=session, messages=messages, turns=turns))


def event(kind: str, seq: int, data: Message | Turn) -> Any:
    return EVENT.validate_python({"type": kind, "seq": seq, "at": NOW, "data": data})
