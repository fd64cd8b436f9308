from __future__ import annotations

import json
from typing import Any

import pytest

from segue.errors import BadRequest, Invalid
from segued.imports import own
from segued.imports.base import Happened
from tests.segued.imports.files import begun, items, left_out, said

SESSION = {"id": "s1", "title": "Plans", "created_at": "2026-01-01T00:00:00Z", "agent_name": "chat", "pinned": True}
MESSAGE = {"id": "m1", "role": "user", "sender": "ada", "content": "hi", "created_at": "2026-01-02T00:00:00Z"}
ENTRY = {"seq": 3, "decision": "we do", "actor": "ada", "timestamp": "2026-01-03T00:00:00Z"}


def export(**fields: Any) -> dict[str, Any]:
    whole = {"format": "segue-session/1", "exported_at": "2026-01-01T00:00:00Z", "session": SESSION}
    return whole | {"messages": [MESSAGE], "context": [ENTRY]} | fields


def test_several_sessions_are_read_in_an_array_or_one_behind_the_other() -> None:
    one, two = export(), export(session=SESSION | {"id": "s2"})
    for text in (json.dumps([one, two]), f"{json.dumps(one)}\n{json.dumps(two)}\n"):
        found = items(own.read, text)
        assert [b.origin for b in begun(found)] == ["segue/s1", "segue/s2"]
        assert [s.text for s in said(found)] == ["hi", "hi"]


def test_the_order_of_keys_does_not_matter() -> None:
    found = items(own.read, dict(sorted(export().items())))
    assert [type(item).__name__ for item in found] == ["Begun", "Happened", "Said"]


def test_an_entry_of_the_context_keeps_who_and_when() -> None:
    (entry,) = [item for item in items(own.read, export()) if isinstance(item, Happened)]
    assert (entry.id, entry.actor, entry.entry.decision) == ("context 3", "ada", "we do")
    assert f"{entry.at:%Y-%m-%d}" == "2026-01-03"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (MESSAGE | {"role": "king"}, "role"),
        ({"id": "m"}, "role: Field required"),
        (7, "valid dictionary"),
        (MESSAGE | {"created_at": "noon"}, "created_at"),
        (MESSAGE | {"item": "[]"}, "item: an item is a JSON object"),
        (MESSAGE | {"item": "{"}, "item: this is not JSON"),
        (MESSAGE | {"item": {}}, "item: it must be a string"),
        (MESSAGE | {"item": '{"a":"\ud800"}'}, "item: it holds half a character"),
        (MESSAGE | {"tool_call": {"id": "c", "server": "s", "tool": "t", "arguments": {"a": "\ud800"}}}, "tool_call"),
        (MESSAGE | {"content": "x" * 2**20}, "longer than a message may be"),
    ],
)
def test_what_is_no_message_is_left_out(message: Any, reason: str) -> None:
    found = items(own.read, export(messages=[message, MESSAGE]))
    assert len(said(found)) == 1
    assert reason in left_out(found)[0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (export(format="segue-session/9"), "segue-session/9"),
        (export(format="segue-memories/1"), "segue memory import"),
        (export(session={"id": "s1"}), "title"),
        ({"messages": []}, "no 'session'"),
    ],
)
def test_what_is_no_export_is_refused(content: Any, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        items(own.read, content)


def test_an_export_that_is_cut_off_is_refused() -> None:
    with pytest.raises(BadRequest, match="cut off"):
        items(own.read, json.dumps(export())[:-1])
