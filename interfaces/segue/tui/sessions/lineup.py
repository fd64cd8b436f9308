"""Rows one below the other: which line belongs to which, and which of them can be chosen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from textual.content import Content


class Row(Protocol):
    """What stands in a list: `key` is "" for a heading, which cannot be chosen; `height` is in lines."""

    @property
    def key(self) -> str: ...

    @property
    def height(self) -> int: ...

    def draw(self, width: int) -> Sequence[Content]:
        """Return the row's lines; parts may be styled with the list's component classes."""
        ...


@dataclass(frozen=True)
class Heading:
    """A line above rows."""

    text: str
    key: str = ""
    height: int = 1

    def draw(self, width: int) -> Sequence[Content]:
        return [Content.styled(self.text, ".rows--heading")]


class Lineup:
    """Rows by their places: an index counts all of them, a line counts from the top of the first."""

    def __init__(self, rows: Sequence[Row] = ()) -> None:
        self.rows = rows
        self.starts = [0, *accumulate(row.height for row in rows)]
        self.choosable = [index for index, row in enumerate(rows) if row.key]

    @property
    def height(self) -> int:
        return self.starts[-1]

    def at(self, line: int) -> int:
        """Return the index of the row that has this line."""
        return bisect_right(self.starts, line) - 1

    def within(self, top: int, height: int) -> dict[str, int]:
        """Return at which line each row begins of which these lines show something."""
        last = min(self.at(top + max(height - 1, 0)), len(self.rows) - 1)
        return {self.rows[i].key: self.starts[i] for i in range(self.at(top), last + 1) if self.rows[i].key}

    def place_cursor(self, key: str, before: int | None) -> int | None:
        """Return where the row is; where it has gone, the one that stands where it stood before."""
        if not self.choosable:
            return None
        if key and (found := [index for index in self.choosable if self.rows[index].key == key]):
            return found[0]
        if before is None:
            return self.choosable[0]
        return next((index for index in self.choosable if index >= before), self.choosable[-1])

    def step(self, index: int, by: int) -> int:
        """Return the row so many that can be chosen further, the first or last if there are not so many."""
        return self.choosable[self._clamped(self.choosable.index(index) + by)]

    def reach(self, index: int, by_lines: int) -> int:
        """Return the row that can be chosen so many lines further."""
        line = min(max(self.starts[index] + by_lines, 0), self.height - 1)
        return self.choosable[self._clamped(bisect_right(self.choosable, self.at(line)) - 1)]

    def _clamped(self, place: int) -> int:
        return min(max(place, 0), len(self.choosable) - 1)

    def shift(self, before: dict[str, int]) -> int:
        """Return by how many lines most of the rows moved that began at these lines before."""
        moved = sorted(self.starts[i] - before[row.key] for i, row in enumerate(self.rows) if row.key in before)
        return moved[len(moved) // 2] if moved else 0
