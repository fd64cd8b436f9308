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
_SEPARATOR = re.compile(r"[\u2028\u2029]")
_ORDER = re.compile(r"[\u202a-\u202e\u2066-\u2069]")  # turns the rest of the line round, where the terminal knows how
_PICTURES = r"\u2190-\u2bff\U0001f000-\U0001faff"
_DISPUTED = re.compile(  # terminals differ in how wide these make the picture before them, and the line is torn
    rf"\ufe0f|\u200d(?=[{_PICTURES}])|(?<=[{_PICTURES}])[\U0001f3fb-\U0001f3ff]"
)
_MARKS = r"\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILED_MARKS = re.compile(f"([{_MARKS}]{{8}})[{_MARKS}]+")


def plain(text: str) -> str:
    """Return the text as it can be shown: harmless, each character as wide here as in any terminal, without tabs."""
    text = _DISPUTED.sub("", _ORDER.sub("", _SEPARATOR.sub("\n", harmless(text))))
    return text.expandtabs(_TAB_CELLS)


def harmless(text: str) -> str:
    """Return the text without escape sequences and control characters; newlines and tabs stay."""
    text = _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _PILED_MARKS.sub(r"\1", _SURROGATE.sub("\ufffd", _CONTROL.sub("", text)))


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
