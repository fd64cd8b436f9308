from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.discord_bot.controls import ALLOW, RETRY, STOP, button_id, read_id, read_ids
from segue.discord_bot.tools import outcome, request, used
from segue.models import Approval, Message, ToolUse

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def use(server: str = "lamp", tool: str = "switch", **arguments: Any) -> ToolUse:
    return ToolUse.model_construct(id="c", server=server, tool=tool, arguments=arguments)


def approval(call: ToolUse, **fields: Any) -> Approval:
    return Approval.model_construct(
        id="a",
        session_id="s",
        turn_id="t",
        call=call,
        requested_at=NOW,
        expires_at=NOW,
        **{"state": "pending"} | fields,
    )


def result(**fields: Any) -> Message:
    call = fields.pop("call", use())
    return Message.model_construct(role="tool", sender="switch", content="on", tool_call=call, **fields)


def test_a_request_says_what_would_be_done() -> None:
    shown = request(approval(use(room="hall", on=True)))
    assert shown.text == (
        '🔧 May **switch (lamp)** be used?\n```json\n{\n  "room": "hall",\n  "on": true\n}\n```\n'
        "-# Not done unless somebody allows it: denied <t:1795219200:R>."
    )
    assert shown.files == shown.pings == ()
    assert request(approval(use("segue", "remember"))).text.startswith("🔧 May **remember** be used?\n-# ")


@given(st.text(max_size=4000) | st.text("🦉`", min_size=1000), st.text(min_size=1, max_size=300))
def test_nothing_that_is_asked_leaves_its_block_hides_or_makes_it_too_long(text: str, name: str) -> None:
    shown = request(approval(use(tool=name, text=text)))
    assert len(shown.text.encode("utf-16-le")) // 2 <= 2000
    assert shown.text.count("```") == 2
    assert all(c.isprintable() or c == "\n" for c in shown.text.split("```")[1])
    if shown.files:
        assert json.loads(shown.files[0].data) == {"text": text}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "allowed", "decided_by": "b*b", "interface": "tui"}, r"-# ✅ b\*b (terminal) allowed it."),
        (
            {"state": "allowed", "decided_by": "bob", "interface": "discord", "remembered": True},
            "-# ✅ bob (Discord) allowed it, and always here.",
        ),
        ({"state": "denied", "decided_by": "bob", "interface": "cli"}, "-# ⛔ bob (command line) denied it."),
        ({"state": "expired"}, "-# ⌛ Nobody answered in time: it was not done."),
        ({"state": "withdrawn"}, "-# ⏹ The answer ended before anybody allowed it: it was not done."),
    ],
)
def test_an_outcome_says_who_answered_and_from_where(fields: dict[str, Any], words: str) -> None:
    shown = outcome(approval(use(), **({"decided_by": None, "interface": None, "remembered": False} | fields)))
    assert shown.text == f"🔧 May **switch (lamp)** be used?\n{words}"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "complete", "is_error": False}, "-# used switch (lamp)"),
        ({"status": "complete", "is_error": False, "call": use("segue", "re_call")}, r"-# used re\_call"),
        ({"status": "complete", "is_error": True}, "-# tried switch (lamp) in vain"),
        ({"status": "interrupted", "is_error": True}, "-# stopped switch (lamp)"),
    ],
)
def test_of_a_result_only_that_the_tool_was_used_is_shown(fields: dict[str, Any], words: str) -> None:
    assert used(result(**fields)).text == words


def test_buttons_say_what_they_are_about() -> None:
    assert read_id(button_id(STOP, "t1")) == (STOP, "t1")
    assert read_id("segue:explode:t1") is None
    assert read_id("somebody else's") is None
    assert read_ids([button_id(RETRY, "t1")]) == ("t1", None)
    assert read_ids([button_id(ALLOW, "a1"), button_id("deny", "a1")]) == (None, "a1")
    assert read_ids([]) == (None, None)
