"""What a wait says of how it stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from segue.events import ApprovalEvent
from segue.models import Approval, ApprovalId, SessionId, ToolCallId, ToolUse, TurnId
from segued.api.mcp_server.waiting import TurnEar
from segued.store.base import Actor

NOW = datetime(2026, 11, 21, tzinfo=UTC)
WAITING = "waiting for a person to allow a tool call"


def told(
    kind: Literal["approval.requested", "approval.resolved"], name: str = "a1", *, turn_id: str = "t1"
) -> ApprovalEvent:
    call = ToolUse(id=ToolCallId(f"c-{name}"), server="s", tool="put", arguments={})
    approval = Approval(
        id=ApprovalId(name),
        session_id=SessionId("s1"),
        turn_id=TurnId(turn_id),
        call=call,
        state="pending" if kind == "approval.requested" else "allowed",
        requested_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )
    return ApprovalEvent(type=kind, data=approval, at=NOW)


def test_who_waits_for_a_turn_is_told_as_long_as_a_person_is_asked_in_it_and_no_longer() -> None:
    ear = TurnEar(Actor(None, "agent", "mcp"), "t1")
    states = []
    for event in (
        told("approval.requested", turn_id="another"),
        told("approval.requested"),
        told("approval.requested", "a2"),
        told("approval.resolved"),
        told("approval.resolved", "a2"),
    ):
        ear.hear(event)
        states.append(ear.state)
    assert states == ["queued", WAITING, WAITING, WAITING, "running"]
