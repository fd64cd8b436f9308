"""What stands in the prompt. Large pastes stand there as placeholders, so that one can still see what one writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_LARGE_LINES = 10
_LARGE_CHARACTERS = 1000
_PLACEHOLDER = re.compile(r"\[pasted [\d,]+ (?:lines|characters) #\d+\]")


@dataclass(frozen=True)
class Editing:
    """Which message gets another text, the one it has, and what stood in the prompt before."""

    message_id: str
    original: str
    behind: Draft


@dataclass(frozen=True)
class Draft:
    """A text with placeholders, by placeholder what was pasted, and what it is for if not for a new message."""

    text: str = ""
    pastes: Mapping[str, str] = field(default_factory=dict)
    editing: Editing | None = None

    @property
    def whole(self) -> str:
        """The text as it is sent."""
        return _PLACEHOLDER.sub(lambda found: self.pastes.get(found[0], found[0]), self.text)


def is_large(pasted: str) -> bool:
    return len(pasted) > _LARGE_CHARACTERS or pasted.count("\n") >= _LARGE_LINES


def placeholder(pasted: str, number: int) -> str:
    """Return what stands for a paste: "[pasted 120 lines #1]"."""
    lines = len(pasted.splitlines())
    size = f"{lines:,} lines" if lines > 1 else f"{len(pasted):,} characters"
    return f"[pasted {size} #{number}]"


def find_placeholder(line: str, column: int, *, before: bool) -> tuple[int, int] | None:
    """Return from where to where the placeholder goes that a deletion at the column would damage. `before`: it deletes
    what stands before the column."""
    for found in _PLACEHOLDER.finditer(line):
        start, end = found.span()
        if (start < column <= end) if before else (start <= column < end):
            return start, end
    return None
