"""A Markdown text as lines of a width. While it grows, only its last unit is drawn again."""

from __future__ import annotations

from segue.tui.transcript.drawing import draw
from segue.tui.transcript.lines import Line
from segue.tui.transcript.markdown import units


class Document:
    """Keeps the lines of a text; `settled` of them stay as they are while the text goes on."""

    def __init__(self) -> None:
        self._begin("", 0)

    def _begin(self, text: str, width: int) -> None:
        self.lines: list[Line] = []
        self.settled = 0
        self._text = text
        self._width = width
        self._start = 0  # of the last unit, in the text

    def show(self, text: str, width: int) -> list[Line]:
        """Return the lines of a text, at best the last one continued."""
        if width != self._width or not text.startswith(self._text):
            self._begin(text, width)
            self._draw()
        elif len(text) > len(self._text):
            self._text = text
            self._draw()
        return self.lines

    def _draw(self) -> None:
        source = self._text[self._start :]
        starts = _line_starts(source)
        del self.lines[self.settled :]
        begun: list[tuple[int, int]] = []  # where each unit begins, in the text and in the lines
        for unit in units(source):
            at = self._start + starts[unit.first_line]
            begun.append((at, len(self.lines)))
            if self.lines and _follows_blank(self._text, at):
                self.lines.append(())
            self.lines.extend(draw(unit, self._width))
        if begun:
            is_certain = len(begun) == 1 or self._is_certain(begun[-1][0])
            self._start, self.settled = begun[-1 if is_certain else -2]

    def _is_certain(self, at: int) -> bool:
        """Whether a unit begins there, whatever comes: "-" may still become a word of the quote above it."""
        return "\n" in self._text[at:] or _follows_blank(self._text, at)


def _line_starts(source: str) -> list[int]:
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _follows_blank(text: str, at: int) -> bool:
    return not text[: max(0, at - 1)].rpartition("\n")[2].strip()
