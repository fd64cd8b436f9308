"""Lines of styled text, and how a text becomes lines of a width. Widths are cells of the terminal.

A style is a name (see `palette`), so that lines outlive a change of theme.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rich._wrap import divide_line  # where a text may be broken is in no public function of rich
from rich.cells import cell_len, set_cell_size


class Span(NamedTuple):
    """A stretch of text and the names of its styles."""

    text: str
    styles: tuple[str, ...] = ()


Line = tuple[Span, ...]


def text_of(line: Iterable[Span]) -> str:
    return "".join(span.text for span in line)


def width_of(line: Iterable[Span]) -> int:
    return sum(cell_len(span.text) for span in line)


def wrap(words: Line, width: int) -> list[Line]:
    """Return the text as lines no wider than `width`; a word that is wider is broken."""
    width = max(1, width)
    lines: list[Line] = []
    for line in split(words):
        text = text_of(line)
        if cell_len(text) <= width:
            lines.append(line)
        else:
            lines.extend(_cut(line, divide_line(text, width)))
    return lines


def split(words: Iterable[Span]) -> Iterator[Line]:
    """Yield the text line by line, as its newlines say."""
    line: list[Span] = []
    for text, styles in words:
        first, *others = text.split("\n")
        line.append(Span(first, styles))
        for other in others:
            yield tuple(line)
            line = [Span(other, styles)]
    yield tuple(line)


def _cut(line: Line, breaks: list[int]) -> Iterator[Line]:
    """Yield the parts of a line between the breaks, without the blanks at which it was broken."""
    part: list[Span] = []
    at, ends = 0, iter(breaks)
    end = next(ends, None)
    for text, styles in line:
        while end is not None and end <= at + len(text):
            part.append(Span(text[: end - at], styles))
            yield _without_end(part)
            text, at, part = text[end - at :], end, []
            end = next(ends, None)
        part.append(Span(text, styles))
        at += len(text)
    yield _without_end(part)


def _without_end(line: list[Span]) -> Line:
    while line:
        text, styles = line.pop()
        if text := text.rstrip(" "):
            return (*line, Span(text, styles))
    return ()


def fit(line: Line, width: int) -> Line:
    """Return a line of exactly this width: with blanks added, or cut with an ellipsis."""
    missing = width - width_of(line)
    if missing >= 0:
        return (*line, Span(" " * missing, line[-1].styles if line else ())) if missing else line
    fitting: list[Span] = []
    room = width - 1
    for text, styles in line:
        if cell_len(text) > room:
            return (*fitting, Span(f"{set_cell_size(text, max(0, room)).rstrip()}…", styles))
        fitting.append(Span(text, styles))
        room -= cell_len(text)
    return tuple(fitting)


def marked(line: Line, start: int, end: int, style: str) -> Line:
    """Return the line with a style on its characters from start to end; to the last one, if `end` is -1."""
    end = len(text_of(line)) if end < 0 else end
    spans: list[Span] = []
    at = 0
    for text, styles in line:
        first, last = (min(max(0, n - at), len(text)) for n in (start, end))
        spans += [Span(text[:first], styles), Span(text[first:last], (*styles, style)), Span(text[last:], styles)]
        at += len(text)
    return tuple(span for span in spans if span.text)
