"""What programs keep beside messages goes out with a session and comes in again, letter by letter."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

from segue import routes
from segue.client import Client
from segue.models import ImportReport
from segue.routes import path
from tests.daemons import Http
from tests.segued.api.test_chats import ODD
from tests.segued.api.test_export import export
from tests.segued.api.test_items import raw, where

ITEMS: list[dict[str, Any] | str] = [
    {"role": "user", "content": "What is the weather?"},
    {"content": "The other way round.", "role": "user"},
    '{ "type":"reasoning", "n": 1.50, "big": 123456789012345678901234567890, "e":"\\u00e9\\ud800" }',
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Ask."}], "encrypted_content": "gAAA"},
    {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": '{"city":"Ulm \\"Süd\\""}'},
    {"type": "function_call_output", "call_id": "c1", "output": "sunny\n\u2028☀"},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Sunny.", "annotations": []}]},
    {"role": "developer", "content": "Be brief."},
    {"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64," + "A" * 3_000_000}]},
    {"type": "computer_call", "call_id": "c2", "action": {"type": "click", "x": 1}},
    {"type": "computer_call_output", "call_id": "c2", "output": {"type": "computer_screenshot"}},
    {"type": "mcp_call", "name": "find", "arguments": "{}", "output": "found", "server_label": "s"},
    {"type": "image_generation_call", "result": "AAAA", "status": "completed"},
    {"type": "function_call_output", "call_id": "c3", "output": "é" * 600_000},
    {},
]


async def brought_in(client: Client, content: str, **asked: Any) -> ImportReport:
    async def pieces() -> AsyncGenerator[bytes, None]:
        raw = content.encode()
        for start in range(0, len(raw), 1_000_000):
            yield raw[start : start + 1_000_000]

    return await client.import_file(pieces(), **asked)


async def said(http: Http, session_id: str) -> list[tuple[str, str, str]]:
    _, messages = await http("GET", path(routes.MESSAGES, session_id=session_id))
    return [(m["role"], m["sender"], m["content"]) for m in messages]


async def test_items_of_every_type_come_back_letter_by_letter(http: Http, client: Client) -> None:
    session = await client.create_session(reply="never")
    assert (await http("POST", where(session.id), {"items": ITEMS}))[0] == 201
    edited = (await client.messages(session.id))[1]
    await client.edit_message(session.id, edited.id, "How is it outside?")
    await client.post(session.id, "posted by hand", images=["http://x/y.png"])
    taken = await export(client, session.id)
    assert [("item" in m, m["content"]) for m in json.loads(taken)["messages"]][-1] == (False, "posted by hand")
    (copy,) = (await brought_in(client, taken)).sessions
    assert copy.id is not None
    assert await raw(http, where(copy.id)) == await raw(http, where(session.id))
    assert await said(http, copy.id) == await said(http, session.id)
    assert await items_exported(client, copy.id) == await items_exported(client, session.id)
    again = await brought_in(client, taken)
    assert (again.messages, again.known) == (0, len(ITEMS) + 1)
    assert await raw(http, where(copy.id)) == await raw(http, where(session.id))


async def items_exported(client: Client, session_id: str) -> list[str | None]:
    return [message.get("item") for message in json.loads(await export(client, session_id))["messages"]]


async def test_the_conversation_of_a_chat_comes_back_as_it_was_given(http: Http, client: Client) -> None:
    _, chat = await http("POST", "/chats/", {"title": "Plans", "conversation": ODD})
    (copy,) = (await brought_in(client, await export(client, chat["chat_id"]))).sessions
    _, other = await http("GET", f"/chats/{copy.id}")
    assert (other["title"], other["conversation"]) == ("Plans", ODD)
    assert await said(http, str(copy.id)) == await said(http, chat["chat_id"])


async def test_what_the_items_api_would_refuse_is_left_out_and_an_older_export_comes_in(client: Client) -> None:
    session = await client.create_session(reply="never")
    for text in ("one", "two", "three", "four"):
        await client.post(session.id, text)
    taken = json.loads(await export(client, session.id))
    assert all("item" not in message for message in taken["messages"])
    assert (await brought_in(client, json.dumps(taken), dry_run=True)).messages == 4
    large = json.dumps({"type": "reasoning", "x": "y" * 32 * 1024 * 1024})
    for message, item in zip(taken["messages"], ('{"type": NaN}', large, {"type": "reasoning"}), strict=False):
        message["item"] = item
    report = await brought_in(client, json.dumps(taken))
    assert report.messages == 1
    reasons = " | ".join(sorted(remark.reason for remark in report.left_out))
    for part in ("there is no NaN", "longer than a message may be", "a string that holds a JSON object"):
        assert part in reasons
