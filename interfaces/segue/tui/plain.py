"""Text from elsewhere made fit for a terminal: nothing moves the cursor, and there is no more than one can read."""

from __future__ import annotations

import re

LONGEST_TEXT = 20_000  # characters
MOST_LINES = 500
_TAB_CELLS = 4

_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")  # half a pair: no terminal's encoding has it
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILED_MARKS = re.compile(f"([{_MARKS}]{{8}})[{_MARKS}]+")


def plain(text: str) -> str:
    """Return the text without escape sequences and control characters; newlines stay, tabs become blanks."""
    text = _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _CONTROL.sub("", text).expandtabs(_TAB_CELLS)
    return _PILED_MARKS.sub(r"\1", _SURROGATE.sub("\ufffd", text))


def one_line(text: str) -> str:
    """Return the text made plain, on one line."""
    return " ".join(plain(text).split())


def beginning(text: str) -> tuple[str, int]:
    """Return as much of the text as one screen entry shows, made plain, and how many characters were left out."""
    shown = text[:LONGEST_TEXT]
    lines = shown.split("\n", MOST_LINES)
    if len(lines) > MOST_LINES:
        shown = "\n".join(lines[:MOST_LINES])
    return plain(shown), len(text) - len(shown)
