"""ChatGPT's conversations.json: each conversation is a tree, and what is brought in is its current branch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from segue.models import Attachment
from segued.imports.base import Begun, Item, LeftOut, Said, Source
from segued.imports.chatgpt_content import images_of, said_in
from segued.imports.foreign import object_of, objects_of
from segued.imports.json_reader import TOO_LONG, JsonReader, TooLong

_ROLES = ("user", "assistant", "system", "tool")
_SMALL = 1024 * 1024


@dataclass(slots=True)
class _Tree:
    """A conversation without what was said in it: where in the file each node is, and behind which other."""

    fields: dict[str, Any] = field(default_factory=dict)
    nodes: dict[str, tuple[str | None, int, int]] = field(default_factory=dict)  # its parent, where it begins and ends
    messages: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    newest: str | None = None

    @property
    def title(self) -> str:
        return str(self.fields.get("title") or "New chat")

    def branch(self) -> list[tuple[int, int]]:
        """Return where the nodes of the current branch begin and end, oldest first."""
        current = self.fields.get("current_node")
        node = current if isinstance(current, str) and current in self.nodes else self.newest
        behind: dict[str, tuple[int, int]] = {}
        while node is not None and node in self.nodes and node not in behind:
            parent, *where = self.nodes[node]
            behind[node] = (where[0], where[1])
            node = parent
        return list(reversed(behind.values()))


def read(source: Source) -> Iterator[Item]:
    reader = JsonReader(source.file)
    while first := reader.peek():
        for _ in reader.elements() if first == b"[" else (1,):
            yield from _conversation(reader, source.most_bytes)


def _conversation(reader: JsonReader, most_bytes: int) -> Iterator[Item]:
    begin = reader.position
    tree = _tree(reader, most_bytes)
    origin = tree.fields.get("conversation_id") or tree.fields.get("id") or f"{tree.fields.get('create_time')}"
    where = f"“{tree.title[:50]}”"
    if not tree.messages:
        yield LeftOut(f"{where} (byte {begin})", "the conversation is empty")
        return
    yield Begun(f"chatgpt/{origin}"[:200], tree.title, time_of(tree.fields.get("create_time")))
    yield from tree.left_out
    shown = 0
    for number, (first, last) in enumerate(tree.branch(), 1):
        message = object_of(reader.again(first, last)).get("message")
        if message is not None:
            shown += 1
            yield _item(f"{where}, message {number}", object_of(message))
    for _ in range(tree.messages - shown):
        yield LeftOut(where, "it is on a branch that was left: asked or answered anew")


def _tree(reader: JsonReader, most_bytes: int) -> _Tree:
    tree = _Tree()
    for key in reader.fields():
        if key == "mapping" and reader.peek() == b"{":
            for name in reader.fields():
                _add_node(tree, name, reader, most_bytes)
        elif key in ("title", "create_time", "current_node", "conversation_id", "id"):
            tree.fields[key] = reader.value(_SMALL)
        else:
            reader.skip()
    return tree


def _add_node(tree: _Tree, name: str, reader: JsonReader, most_bytes: int) -> None:
    reader.peek()
    position = reader.position
    try:
        node = object_of(reader.value(most_bytes))
    except TooLong:
        tree.left_out.append(LeftOut(f"byte {position}", TOO_LONG))
        return
    parent = node.get("parent")
    tree.nodes[name] = (parent if isinstance(parent, str) else None, position, reader.position)
    if node.get("message") is not None:
        tree.messages += 1
        tree.newest = name


def _item(where: str, message: dict[str, Any]) -> Item:
    author, metadata = object_of(message.get("author")), object_of(message.get("metadata"))
    role = author.get("role")
    if role not in _ROLES:
        return LeftOut(where, f"nobody knows the role '{str(role)[:40]}'")
    if metadata.get("is_visually_hidden_from_conversation"):
        return LeftOut(where, "ChatGPT does not show it either")
    content = object_of(message.get("content"))
    text, reason = said_in(content)
    images, documents = images_of(content), tuple(_attached(metadata))
    if reason or not (text.strip() or images or documents):
        return LeftOut(where, reason or "there is nothing in it")
    model = metadata.get("model_slug")
    senders = {"user": None, "assistant": "ChatGPT", "system": "system", "tool": str(author.get("name") or "tool")}
    fields = {"model_id": model[:200]} if role == "assistant" and isinstance(model, str) and model else {}
    return Said(
        where,
        str(message.get("id")),
        role,
        senders[role],
        text,
        time_of(message.get("create_time")),
        images=images,
        documents=documents,
        fields=fields,
    )


def _attached(metadata: dict[str, Any]) -> Iterator[Attachment]:
    """Yield the files by name: what they held is not in the export."""
    for file in objects_of(metadata.get("attachments")):
        known = {"name": file.get("name"), "id": file.get("id"), "content_type": file.get("mimeType")}
        yield {key: str(value) for key, value in known.items() if value}


def time_of(seconds: Any) -> datetime | None:
    """Return a time given in seconds since 1970, None where it is no time."""
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
