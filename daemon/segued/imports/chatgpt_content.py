"""What a message of ChatGPT holds, as Markdown: a content type each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segue.models import Attachment
from segued.imports.foreign import list_of, text_of

_PLAIN = {"execution_output": "text", "system_error": "text", "tether_browsing_display": "result"}
_UNSEEN = {
    "thoughts": "what the model thought to itself",
    "reasoning_recap": "what the model thought to itself",
    "user_editable_context": "instructions that ChatGPT does not show",
    "model_editable_context": "instructions that ChatGPT does not show",
}


def said_in(content: dict[str, Any]) -> tuple[str, str]:
    """Return what the content says, and why it is left out, "" if it is not."""
    kind = str(content.get("content_type"))
    if kind in _UNSEEN:
        return "", _UNSEEN[kind]
    if kind in ("text", "multimodal_text"):
        return "\n\n".join(filter(None, map(_part, list_of(content.get("parts"))))), ""
    if kind == "code":
        language = str(content.get("language") or "").replace("unknown", "")
        return _fenced(text_of(content.get("text")), language), ""
    if kind == "tether_quote":
        source = f"[{text_of(content.get('title'))}]({text_of(content.get('url'))})"
        return "\n".join(f"> {line}" for line in [source, *text_of(content.get("text")).splitlines()]), ""
    if kind in _PLAIN:
        return text_of(content.get(_PLAIN[kind])), ""
    return "", f"nobody knows the content type '{kind[:40]}'"


def images_of(content: dict[str, Any]) -> tuple[Attachment, ...]:
    """Return the images by what they are called in the export."""
    return tuple(_images(content))


def _images(content: dict[str, Any]) -> Iterator[Attachment]:
    for part in list_of(content.get("parts")):
        if isinstance(part, dict) and isinstance(name := part.get("asset_pointer"), str):
            yield {"name": name.rpartition("/")[2] or name, "asset": name}


def _part(part: Any) -> str:
    """Return a part's words: of what was spoken, those that were understood."""
    return text_of(part.get("text") if isinstance(part, dict) else part)


def _fenced(text: str, language: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}" if text.strip() else ""
