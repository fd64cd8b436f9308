"""Small files of every format, as those programs write them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from segued.imports.base import Begun, Item, LeftOut, Read, Said, Source


def items(read: Read, content: bytes | str | Any, name: str = "log") -> list[Item]:
    """Return what a reader makes of a content; what is no text is written as JSON."""
    if not isinstance(content, bytes | str):
        content = json.dumps(content)
    raw = content.encode() if isinstance(content, str) else content
    return list(read(Source(io.BytesIO(raw), name, 1024 * 1024)))


def said(found: list[Item]) -> list[Said]:
    return [item for item in found if isinstance(item, Said)]


def left_out(found: list[Item]) -> list[str]:
    return [item.reason for item in found if isinstance(item, LeftOut)]


def begun(found: list[Item]) -> list[Begun]:
    return [item for item in found if isinstance(item, Begun)]


def node(name: str, parent: str | None, text: str = "", role: str = "user", **fields: Any) -> dict[str, Any]:
    """Return a node of a ChatGPT conversation."""
    content = fields.pop("content", {"content_type": "text", "parts": [text]})
    message = {
        "id": name,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": 1_700_000_000.5,
        "content": content,
        "metadata": {},
        "recipient": "all",
    }
    return {"id": name, "message": message | fields if role else None, "parent": parent, "children": []}


def conversation(*nodes: dict[str, Any], current: str, **fields: Any) -> dict[str, Any]:
    return {
        "title": "A talk",
        "create_time": 1_699_999_999.0,
        "update_time": None,
        "mapping": {n["id"]: n for n in nodes},
        "moderation_results": [],
        "current_node": current,
        "conversation_id": "c1",
    } | fields


def talk(count: int, number: int = 1) -> dict[str, Any]:
    """Return a conversation of so many messages, one behind the other."""
    root = node("root", None, role="")
    nodes = [
        node(
            f"{number}-{n}", "root" if n == 0 else f"{number}-{n - 1}", f"message {n}", "assistant" if n % 2 else "user"
        )
        for n in range(count)
    ]
    last = f"{number}-{count - 1}"
    return conversation(root, *nodes, current=last, conversation_id=f"c{number}", title=f"Talk {number}")


def zipped(files: dict[str, bytes], level: int = 6) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return archive.getvalue()


def discord_message(identity: int, content: str = "hi", **fields: Any) -> dict[str, Any]:
    return {
        "id": str(identity),
        "type": "Default",
        "timestamp": f"2024-01-31T12:00:{identity % 60:02d}.25+00:00",
        "timestampEdited": None,
        "isPinned": False,
        "content": content,
        "author": {"id": "7", "name": "ada", "nickname": "Ada L.", "isBot": False},
        "attachments": [],
        "embeds": [],
        "stickers": [],
        "reactions": [],
        "mentions": [],
    } | fields


def channel(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "guild": {"id": "1", "name": "Guild"},
        "channel": {"id": "77", "type": "GuildTextChat", "name": "general"},
        "dateRange": {"after": None, "before": None},
        "exportedAt": "2024-02-01T00:00:00+00:00",
        "messages": list(messages),
        "messageCount": len(messages),
    } | fields
