"""A tool's result as MCP gives it, made into what an agent is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from segue.models import Attachment
from segued.tools import Outcome

_WRAPPINGS = frozenset({"result", "content"})  # under which SDKs put a text, for it to be an object


def outcome_of(result: Mapping[str, Any]) -> Outcome:
    """Return the texts of a result with what they leave out of its structured content, and its images."""
    blocks: Sequence[Mapping[str, Any]] = result.get("content") or ()
    texts = [text for block in blocks if (text := _text(block))]
    structured = result.get("structuredContent")
    if structured is not None and not _says(texts, structured):
        texts.append(json.dumps(structured, ensure_ascii=False))
    failed = bool(result.get("isError"))
    text = "\n".join(texts) or ("It failed, and did not say why." if failed else "")
    return Outcome(text, failed=failed, images=tuple(_images(blocks)))


def _text(block: Mapping[str, Any]) -> str:
    match block.get("type"):
        case "text":
            return str(block["text"])
        case "audio":
            return f"(audio, {block['mimeType']}, which cannot be shown here)"
        case "resource_link":
            return f"{block.get('title') or block['name']}: {block['uri']}"
        case "resource":
            resource = block["resource"]
            if "text" in resource:
                return str(resource["text"])
            return "" if _is_image(resource) else f"({resource['uri']}, {_kind(resource)}, which cannot be shown here)"
    return ""


def _images(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Attachment]:
    for block in blocks:
        if block.get("type") == "image":
            yield f"data:{block['mimeType']};base64,{block['data']}"
        elif block.get("type") == "resource" and _is_image(block["resource"]):
            yield f"data:{_kind(block['resource'])};base64,{block['resource']['blob']}"


def _kind(resource: Mapping[str, Any]) -> str:
    return str(resource.get("mimeType") or "application/octet-stream")


def _is_image(resource: Mapping[str, Any]) -> bool:
    return "blob" in resource and _kind(resource).startswith("image/")


def _says(texts: Sequence[str], structured: Any) -> bool:
    """Tell whether the texts say what the structured content says: servers give both, for clients of either kind."""
    wraps = isinstance(structured, dict) and len(structured) == 1 and set(structured) <= _WRAPPINGS
    plain = next(iter(structured.values())) if wraps else structured
    said = [_read(text) for text in texts]
    return [structured] == said or [plain] == said or plain == said or [plain] == list(texts) or plain == list(texts)


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
