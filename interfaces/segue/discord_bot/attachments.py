"""Attachments between Discord's files and what a session holds: images as data: URLs, documents with their text."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from segue.models import Attachment, Message

IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_TEXTS = ("application/json", "application/xml", "application/toml", "application/yaml", "application/x-sh")
_MOST_FILES = 9  # Discord takes ten; one is left for a long text


@dataclass(frozen=True)
class File:
    name: str
    data: bytes


def is_image(content_type: str) -> bool:
    return content_type in IMAGES


def as_image(data: bytes, content_type: str) -> str:
    """Return an image as a session holds it."""
    return f"data:{content_type};base64,{base64.b64encode(data).decode()}"


def as_document(name: str, data: bytes, content_type: str) -> dict[str, str] | None:
    """Return a text file as a session holds it; None for what is no text."""
    if b"\0" in data:
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return {"name": name, "content_type": content_type or "text/plain", "text": text}


def may_be_text(name: str, content_type: str) -> bool:
    """Tell whether it is worth reading a file to see if it is text."""
    kind = content_type or mimetypes.guess_type(name)[0] or "text/plain"
    return kind.startswith("text/") or kind in _TEXTS or kind == "application/octet-stream"


def attached(message: Message) -> tuple[list[File], list[str]]:
    """Return what is attached to a message: files, and lines for the rest: links, and how many files are left out."""
    found = [_image(image, n) for n, image in enumerate(message.images, 1)]
    found += [_document(document, n) for n, document in enumerate(message.documents, 1)]
    files = [one for one in found if isinstance(one, File)]
    links = [one for one in found if isinstance(one, str)]
    return files[:_MOST_FILES], [*links, *_left_out(len(files) - _MOST_FILES)]


def _left_out(count: int) -> list[str]:
    if count <= 0:
        return []
    files = "1 more file is" if count == 1 else f"{count} more files are"
    return [f"-# {files} not shown here: Discord takes ten at once."]


def _image(image: Attachment, number: int) -> File | str | None:
    url = image if isinstance(image, str) else _first(image, ("url",))
    if url.startswith(("http://", "https://")):
        return url
    head, _, body = url.partition(";base64,")
    kind = head.removeprefix("data:")
    try:
        data = base64.b64decode(body, validate=True)
    except binascii.Error:
        return None
    name = "" if isinstance(image, str) else _first(image, ("name", "filename"))
    return File(name or f"image{number}{mimetypes.guess_extension(kind) or ''}", data) if data else None


def _document(document: Attachment, number: int) -> File | str | None:
    if isinstance(document, str):
        return File(f"document{number}.txt", document.encode()) if document else None
    text, name = _first(document, ("text", "content")), _first(document, ("name", "filename", "title"))
    if text:
        return File(name or f"document{number}.txt", text.encode())
    return _first(document, ("url",)) or None


def _first(fields: dict[str, Any], names: Sequence[str]) -> str:
    return next((v for v in map(fields.get, names) if isinstance(v, str) and v), "")
