"""Long text in parts that Discord takes, with code blocks closed at the end of a part and opened again in the next.

A part depends only on the text up to its end, so the parts of an answer that grows stay as they are, but for the last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LIMIT = 1900
"""UTF-16 units of a part. Discord takes 2000; the rest is for what is put around the text."""

_FENCE = re.compile(r"(?<!`)(`{3,9})(?!`)([\w+#.-]{0,20}(?=\n|\Z))?")
_BLANK = re.compile(r"\S")


@dataclass(frozen=True)
class Fence:
    """A code block that is open."""

    ticks: str
    language: str = ""

    @property
    def opening(self) -> str:
        return f"{self.ticks}{self.language}\n"

    @property
    def closing(self) -> str:
        return f"\n{self.ticks}"


def units(text: str) -> int:
    """Return the length in UTF-16 units, which is what Discord's own clients count."""
    return len(text) + sum(ord(c) > 0xFFFF for c in text)


def split(text: str, limit: int = LIMIT) -> list[str]:
    """Return the parts, none longer than `limit` (at least 100) and none blank."""
    parts: list[str] = []
    fence: Fence | None = None
    while _BLANK.search(text):
        piece, text, fence_after = _cut(text, fence, limit)
        opening = fence.opening if fence else ""
        closing = fence_after.closing if fence_after else ""
        if _BLANK.search(piece):
            parts.append(opening + piece + closing)
        fence = fence_after
    return parts


def _cut(text: str, fence: Fence | None, limit: int) -> tuple[str, str, Fence | None]:
    """Cut off what fits into one part; return it, the rest, and the code block that is open in between."""
    room = limit - (units(fence.opening) if fence else 0)
    whole = _after(text, fence)
    if units(text) + (units(whole.closing) if whole else 0) <= room:
        return text, "", whole
    size = fitting(text, room)
    while True:
        at = _break_at(text, size, fence)
        piece = text[:at]
        after = _after(piece, fence)
        excess = units(piece) + (units(after.closing) if after else 0) - room
        if excess <= 0:
            rest = text[at + 1 :] if text[at : at + 1] == "\n" else text[at:]
            return piece, rest, after
        size = at - 1


def fitting(text: str, room: int) -> int:
    """Return how many code points fit into so many UTF-16 units."""
    size = min(len(text), room)
    while units(text[:size]) > room:
        size -= max(1, (units(text[:size]) - room) // 2)
    return size


def _after(text: str, fence: Fence | None) -> Fence | None:
    """Return the code block that is open after the text, if it began within `fence`."""
    for found in _FENCE.finditer(text):
        ticks = found.group(1)
        if fence is None:
            fence = Fence(ticks, found.group(2) or "")
        elif len(ticks) >= len(fence.ticks):
            fence = None
    return fence


def _break_at(text: str, size: int, fence: Fence | None) -> int:
    """Return the best place at or before `size` (code points): between paragraphs, lines, words, else anywhere."""
    window = text[: size + 1]
    half = size // 2
    for separator in ("\n\n", "\n"):
        at = window.rfind(separator, half)
        while at > 0 and separator == "\n\n" and _after(window[:at], fence) is not None:
            at = window.rfind(separator, half, at)  # not in the middle of code, where there is another way
        if at > 0:
            return at
    at = window.rfind(" ", half)
    return at if at > 0 else max(1, _outside_ticks(text, size))


def _outside_ticks(text: str, at: int) -> int:
    """Move back to before a run of backticks, which would not be a fence any more if it were cut."""
    start = at
    while start > 0 and text[start - 1] == "`" and text[start : start + 1] == "`":
        start -= 1
    return start if start > 0 and at - start < 10 else at


def closed(text: str) -> str:
    """Return the text with its last code block closed."""
    fence = _after(text, None)
    return text.rstrip() + fence.closing if fence else text
