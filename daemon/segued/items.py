"""Items of agent programs as messages that people can read, and messages of people as items.

An item is a JSON object of the OpenAI Responses API: a message, a tool call, its output, reasoning and others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segue.errors import Invalid
from segue.models import Attachment, Item, Role

_ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant", "system": "system", "developer": "system"}
_CALLED_WITH = ("arguments", "input", "action", "actions", "operation", "queries", "code", "reason")
_SAID = ("text", "refusal", "transcript", "stdout")
_THE_TEXT = "\x1a"  # stands for the message's text: no JSON holds it, control characters are escaped there
# Made once: making one costs more than using it.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
Value = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """What people see of an item. `sender` is a tool's name; None where a person or the agent speaks."""

    role: Role
    sender: str | None
    text: str


def parse(given: Item, number: int) -> tuple[str, Value]:
    """Return an item's JSON, letter by letter where it was given so, and what it says."""
    try:
        return (dump(given), given) if isinstance(given, dict) else (given, object_of(given))
    except (ValueError, RecursionError) as exc:
        why = str(exc) if isinstance(given, str) else f"this is not JSON ({exc})"
        raise Invalid(f"items.{number}: {why}", field=f"items.{number}") from exc


def object_of(item: str) -> Value:
    """Return what an item's JSON says. Raises `ValueError`."""
    try:
        value = json.loads(item, parse_constant=_refuse)
    except (ValueError, RecursionError) as exc:
        raise ValueError(f"this is not JSON ({exc})") from exc
    if not isinstance(value, dict):
        raise ValueError("an item is a JSON object")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"there is no {constant} in JSON")


def dump(value: Value | str) -> str:
    return _ENCODER.encode(value)


def plain(role: str, text: str) -> str:
    """Return the item of a message that is nothing but text."""
    return f'{{"role":"{role}","content":{dump(text)}}}'


def kept(item: str, value: Value, role: str, text: str) -> str | None:
    """Return what is to be kept of an item beside its message: all but the message's text; None if that says it all."""
    if list(value) == ["role", "content"] and item == plain(role, text):
        return None
    return item.replace(dump(text), _THE_TEXT, 1)


def whole(kept: str, text: str) -> str:
    """Return the item of which this was kept beside a message with this text."""
    return kept.replace(_THE_TEXT, dump(text), 1)


def of_message(
    role: Role, sender: str, text: str, images: Sequence[Attachment], documents: Sequence[Attachment]
) -> str:
    """Return the item of a message that somebody posted: models know no results of tools that they have not called."""
    if role == "tool":
        return plain("user", f"[Result of the tool {sender}]\n{text}")
    if not images and not documents:
        return plain(role, text)
    parts = [{"type": "input_text", "text": text}] if text else []
    parts += [{"type": "input_text", "text": _document(document)} for document in documents]
    parts += [_image(image) for image in images]
    return dump({"role": role, "content": parts})


def _document(document: Attachment) -> str:
    if isinstance(document, str):
        return f"[Document]\n{document}"
    name = document.get("name") or document.get("url") or "unnamed"
    return f"[Document: {name}]\n{document.get('text') or document.get('content') or '(not shown: it has no text)'}"


def _image(image: Attachment) -> dict[str, str]:
    url = image if isinstance(image, str) else image.get("url")
    if not isinstance(url, str) or not url:
        return {"type": "input_text", "text": "[An image without a URL]"}
    return {"type": "input_image", "detail": "auto", "image_url": url}


def read(values: Sequence[Value]) -> Iterator[Said]:
    """Yield what people see of items that were added together."""
    names = {v["call_id"]: _name(v) for v in values if isinstance(v.get("call_id"), str) and "output" not in v}
    for value in values:
        role, sender, text = _read(value, names)
        yield Said(role, sender, text.encode(errors="replace").decode())


def _read(value: Value, names: Mapping[str, str]) -> tuple[Role, str | None, str]:
    kind = value.get("type")
    if kind in (None, "message") and value.get("role") in _ROLES:
        return _ROLES[value["role"]], None, _text(value.get("content"))
    if kind == "reasoning":
        return "tool", "reasoning", _text(value.get("summary"))
    if str(kind).endswith("_output"):
        return "tool", names.get(str(value.get("call_id")), "tool"), _text(value.get("output", value.get("result")))
    return "tool", _name(value), _call(value)


def _name(value: Value) -> str:
    name = value.get("name") or str(value.get("type") or value.get("role") or "item").removesuffix("_call")
    return "".join(c if c.isprintable() else "\ufffd" for c in str(name))[:200] or "item"


def _call(value: Value) -> str:
    asked = next((value[key] for key in _CALLED_WITH if value.get(key)), "")
    text = asked if isinstance(asked, str) else json.dumps(asked, ensure_ascii=False)
    result = value.get("error") or value.get("output")
    return f"{_name(value)}({text})" + (f"\n{_text(result)}" if result else "")


def _text(content: Any) -> str:
    """Return what can be read of a content: a text, or parts of several kinds."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(filter(None, map(_part, content)))
    return _part(content) if content is not None else ""


def _part(part: Any) -> str:
    if not isinstance(part, dict):
        return part if isinstance(part, str) else json.dumps(part)
    for key in _SAID:
        if isinstance(part.get(key), str):
            return str(part[key])
    kind = str(part.get("type", "")).removeprefix("input_").removeprefix("computer_")
    where = part.get("filename") or part.get("image_url") or part.get("file_url") or part.get("file_id")
    if isinstance(where, str) and not where.startswith("data:"):
        return f"[{kind}: {where}]"
    return f"[{kind}]" if kind else json.dumps(part, ensure_ascii=False)


def with_text(value: Value, text: str) -> Value | None:
    """Return the item with another text; None if it is none that says just one."""
    match value:
        case {"content": str()}:
            return value | {"content": text}
        case {"content": [{"text": str()} as part]}:
            return value | {"content": [part | {"text": text}]}
    return None
