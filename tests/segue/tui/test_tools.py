"""Tools in the transcript, and what waits to be allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from textual.app import App, ComposeResult

from segue.models import Approval, ApprovalId, Partial, ToolCall, ToolCallId, ToolUse, TurnId
from segue.tui.entries import entries, live_entry
from segue.tui.prompt.approval_tray import ApprovalTray, describe
from segue.tui.prompt.queue_tray import describe_queue
from segue.tui.view import View
from tests.segue.tui.views import NOW, message, turn, view


def use(number: int = 1, **arguments: Any) -> ToolUse:
    return ToolUse(id=ToolCallId(f"c{number}"), server="lamp", tool="switch", arguments=arguments)


def with_call(state: View, **arguments: Any) -> View:
    call = ToolCall(
        **(dict(use(**arguments)) | {"step": 1}),
        session_id="s", turn_id=TurnId("t1"), seq=3, state="running", created_at=NOW,
    )  # fmt: skip
    assert state.snapshot
    partial = Partial(turn_id=TurnId("t1"), message_id="m9")
    return replace(state, snapshot=state.snapshot.model_copy(update={"tool_calls": (call,), "partial": partial}))


def approval(number: int, **arguments: Any) -> Approval:
    at = NOW + timedelta(seconds=number)
    return Approval(
        id=ApprovalId(f"a{number}"), session_id="s", turn_id=TurnId("t1"), call=use(number, **arguments),
        state="pending", requested_at=at, expires_at=at,
    )  # fmt: skip


def with_approvals(state: View, *approvals: Approval) -> View:
    assert state.snapshot
    return replace(state, snapshot=state.snapshot.model_copy(update={"approvals": approvals}))


def test_a_tool_that_runs_stands_below_what_was_said_with_what_it_is_asked() -> None:
    state = with_call(view(message(1), turns=(turn(2, "running"),)), room="hall", bright=True)
    *_, tool = entries(state)
    assert (tool.kind, tool.who, tool.details, tool.body) == (
        "tool",
        "switch",
        "lamp · runs…",
        "room: hall, bright: true",
    )
    assert live_entry(state) is None
    assert not state.says_the_same_as(view(message(1), turns=(turn(2, "running"),)))


def test_a_tools_result_says_what_it_was_asked_and_what_came_of_it() -> None:
    said = message(1, "on", role="tool", sender="switch", tool_call=use(room="hall"))
    (entry,) = entries(view(said))
    assert entry.body == "room: hall\n→ on"
    assert entry.details.startswith("lamp · ")
    (failed,) = entries(view(said.model_copy(update={"is_error": True})))
    assert failed.details.startswith("lamp · failed · ")
    for status in ("cancelled", "interrupted"):
        (stopped,) = entries(view(said.model_copy(update={"is_error": True, "status": status})))
        assert stopped.details.startswith("lamp · stopped · ")


def test_while_a_person_is_waited_for_nobody_is_said_to_think_or_to_answer() -> None:
    state = with_approvals(view(message(1), turns=(turn(2, "running"),)), approval(1))
    assert describe_queue(state) == "chat waits for somebody to allow a tool, Esc stops it"
    assert state.snapshot
    partial = Partial(turn_id=TurnId("t1"), message_id="m9")
    live = live_entry(replace(state, snapshot=state.snapshot.model_copy(update={"partial": partial})))
    assert live
    assert live.details == "waits for somebody to allow a tool…"


def test_control_characters_of_a_tools_arguments_reach_no_terminal() -> None:
    assert "\x1b" not in describe(approval(1, room="\x1b[31mred\x07"))


@pytest.mark.parametrize("width", [40, 60, 110])
async def test_however_much_is_asked_the_tray_shows_its_end_and_the_keys(width: int) -> None:
    class Chat(App[None]):
        def compose(self) -> ComposeResult:
            yield ApprovalTray()

    async with Chat().run_test(size=(width, 15)) as pilot:
        tray = pilot.app.query_one(ApprovalTray)
        tray.show(with_approvals(view(message(1)), approval(1, text="word " * 60_000 + "and the end"), approval(2)))
        await pilot.pause()
        drawn = " ".join(strip.text.strip() for strip in pilot.app.screen._compositor.render_strips())
        for part in ("? May it use switch", " characters …]", "and the end?", "(1 more)", "Ctrl+Y", "Ctrl+X denies"):
            assert part in drawn


async def test_the_tray_asks_for_the_oldest_and_says_how_many_wait() -> None:
    decided: list[tuple[str, str]] = []

    class Chat(App[None]):
        def compose(self) -> ComposeResult:
            yield ApprovalTray()

        def on_approval_tray_decided(self, answer: ApprovalTray.Decided) -> None:
            decided.append((answer.approval_id, answer.answer))

    async with Chat().run_test(size=(100, 10)) as pilot:
        tray = pilot.app.query_one(ApprovalTray)
        tray.show(view(message(1)))
        assert not tray.display
        tray.show(with_approvals(view(message(1)), approval(1, room="hall"), approval(2, room="bath")))
        await pilot.pause()
        assert tray.display
        shown = tray.render().plain
        assert shown.splitlines()[0] == "? May it use switch of lamp with room: hall?  (1 more)"
        await pilot.click(ApprovalTray, offset=(5, 1))
        await pilot.pause()
        tray.action_decide("deny")
        await pilot.pause()
        assert decided == [("a1", "allow"), ("a1", "deny")]
        tray.show(view(message(1)))
        assert not tray.display
        tray.action_decide("allow")
        await pilot.pause()
        assert len(decided) == 2
