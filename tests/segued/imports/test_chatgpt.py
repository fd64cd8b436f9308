from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from segued.imports import chatgpt
from tests.segued.imports.files import begun, conversation, items, left_out, node, said, talk


def read(content: Any) -> Any:
    return items(chatgpt.read, content)


def test_the_current_branch_is_brought_in_and_the_others_are_counted() -> None:
    tree = conversation(
        node("root", None, role=""),
        node("q", "root", "why?"),
        node("a1", "q", "because", "assistant"),
        node("a2", "q", "it depends", "assistant", metadata={"model_slug": "gpt-4o"}),
        node("more", "a1", "and?"),
        current="a2",
    )
    found = read([tree])
    assert [(b.origin, b.title) for b in begun(found)] == [("chatgpt/c1", "A talk")]
    assert [(s.id, s.role, s.sender, s.text) for s in said(found)] == [
        ("q", "user", None, "why?"),
        ("a2", "assistant", "ChatGPT", "it depends"),
    ]
    assert said(found)[1].fields == {"model_id": "gpt-4o"}
    assert said(found)[0].at == datetime(2023, 11, 14, 22, 13, 20, 500_000, UTC)
    assert left_out(found) == ["it is on a branch that was left: asked or answered anew"] * 2


def test_several_conversations_come_in_order_and_one_alone_does_too() -> None:
    assert [b.title for b in begun(read([talk(2, 1), talk(1, 2)]))] == ["Talk 1", "Talk 2"]
    assert [s.text for s in said(read(talk(3)))] == ["message 0", "message 1", "message 2"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"content_type": "text", "parts": ["a", "", "b"]}, "a\n\nb"),
        ({"content_type": "code", "language": "python", "text": "1"}, "```python\n1\n```"),
        ({"content_type": "code", "language": "unknown", "text": "```"}, "````\n```\n````"),
        ({"content_type": "execution_output", "text": "42"}, "42"),
        ({"content_type": "tether_quote", "title": "T", "url": "u", "text": "x\ny"}, "> [T](u)\n> x\n> y"),
        ({"content_type": "multimodal_text", "parts": [{"content_type": "audio_transcription", "text": "hm"}]}, "hm"),
    ],
)
def test_each_content_type_becomes_text(content: dict[str, Any], text: str) -> None:
    found = read([conversation(node("q", None, content=content), current="q")])
    assert [s.text for s in said(found)] == [text]


def test_files_and_images_are_named() -> None:
    content = {
        "content_type": "multimodal_text",
        "parts": [{"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1"}, "see"],
    }
    metadata = {"attachments": [{"id": "file-2", "name": "a.pdf", "mimeType": "application/pdf"}]}
    (message,) = said(read([conversation(node("q", None, content=content, metadata=metadata), current="q")]))
    assert message.images == ({"name": "file-1", "asset": "file-service://file-1"},)
    assert message.documents == ({"name": "a.pdf", "id": "file-2", "content_type": "application/pdf"},)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"metadata": {"is_visually_hidden_from_conversation": True}}, "does not show it"),
        ({"content": {"content_type": "thoughts", "thoughts": []}}, "thought to itself"),
        ({"content": {"content_type": "new_thing"}}, "content type 'new_thing'"),
        ({"content": {"content_type": "text", "parts": [""]}}, "nothing in it"),
        ({"content": None}, "content type"),
        ({"author": {"role": "critic"}}, "role 'critic'"),
        ({"author": "ada"}, "role 'None'"),
    ],
)
def test_what_is_left_out_says_why(fields: dict[str, Any], reason: str) -> None:
    found = read([conversation(node("q", None, "text", **fields), current="q")])
    assert said(found) == []
    assert reason in left_out(found)[0]


def test_odd_trees_are_read_as_far_as_they_go() -> None:
    a, b = node("a", "b", "a"), node("b", "a", "b")
    assert [s.text for s in said(read([conversation(a, b, current="b")]))] == ["a", "b"]  # a circle
    lost = conversation(node("a", "nowhere", "a"), node("b", "a", "b"), current="gone")
    assert [s.text for s in said(read([lost]))] == ["a", "b"]
    assert left_out(read([conversation(node("root", None, role=""), current="root")])) == ["the conversation is empty"]
    assert left_out(read([{"title": None, "mapping": None}])) == ["the conversation is empty"]
    assert said(read([conversation(node("a", None, "a", create_time="noon"), current="a")]))[0].at is None


def test_a_node_that_is_too_long_is_left_out_alone() -> None:
    found = read([conversation(node("a", None, "x" * 2**20), node("b", "a", "b"), current="b")])
    assert [s.text for s in said(found)] == ["b"]
    assert left_out(found) == ["it is longer than a message may be"]
