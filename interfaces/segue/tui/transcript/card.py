"""One entry as lines: what divides it from the one before, who and when, the text, a remark, where it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segue.tui.entries import NEW, Entry
from segue.tui.plain import beginning, one_line, plain
from segue.tui.transcript.lines import Line, Span, fit, width_of, wrap

if TYPE_CHECKING:
    from segue.tui.transcript.document import Document

LONGEST_MARKDOWN = 100_000  # characters; what is longer is shown as it was written
BAR = 2  # cells before each line, see `Transcript`
_LONGEST_LINE = 300  # characters of a tool's text that are looked at for its one line


class Card:
    """Keeps the lines of an entry for one width; the first `above` of them divide it from the one before. A tool's
    text is one line until the card `is_open`; a long text is cut unless the card `is_whole`."""

    def __init__(self, entry: Entry, is_whole: bool = False) -> None:
        self.entry = entry
        self.is_open = False
        self.is_whole = is_whole
        self.lines: list[Line] = []
        self.above = 0
        self._openers = range(0)
        self._shown: tuple[Entry, int, bool] | None = None
        self._document: Document | None = None

    @property
    def key(self) -> str:
        return self.entry.key

    def opens_at(self, line: int) -> bool:
        """Whether a click on that line is meant to open the card."""
        return line in self._openers

    def show(self, entry: Entry, width: int) -> None:
        """Take on an entry; what stays the same costs nothing."""
        if (entry, width, self.is_open) == self._shown:
            return
        self._shown = (entry, width, self.is_open)
        self.entry = entry
        self.above = len(entry.above)
        self.lines = [_division(text, width) for text in entry.above]
        if entry.kind == "tool":
            self._openers = range(self.above, self.above + 1)
        if entry.kind == "tool" and not self.is_open:
            self.lines.append(_tool_line(entry, width - BAR))
        else:
            self._add_lines(entry, max(1, width - BAR))
        self.lines.append(())

    def _add_lines(self, entry: Entry, width: int) -> None:
        text, hidden = (plain(entry.body), 0) if self.is_whole else beginning(entry.body)
        self.lines.append(fit(_heading(entry, "▾ " if entry.kind == "tool" else ""), width))
        self.lines += self._body(entry.kind, text, width)
        if hidden:
            before = len(self.lines)
            self.lines += wrap((Span(_rest(entry, hidden), ("hint",)),), width)
            self._openers = range(before, len(self.lines))
        for note, style in ((entry.remark, "remark"), (entry.footer, "details")):
            self.lines += wrap((Span(note, (style,)),), width) if note else []

    def _body(self, kind: str, text: str, width: int) -> list[Line]:
        if kind == "assistant" and len(text) <= LONGEST_MARKDOWN:
            return self._markdown().show(text, width)
        style = ("muted",) if kind in ("tool", "system", "pending") else ()
        return wrap((Span(text.rstrip(), style),), width) if text.strip() else []

    def _markdown(self) -> Document:
        from segue.tui.transcript.document import Document  # brings Markdown: not before the first paint

        if self._document is None:
            self._document = Document()
        return self._document


def _heading(entry: Entry, mark: str) -> Line:
    return (Span(f"{mark}{entry.who}", ("who",)), Span(f"  {entry.details}", ("details",)))


def _tool_line(entry: Entry, width: int) -> Line:
    first_words = Span(f"  {one_line(entry.body[:_LONGEST_LINE])}", ("muted",))
    return fit((*_heading(entry, "▸ "), first_words), width)


def _rest(entry: Entry, hidden: int) -> str:
    how = "" if entry.is_live else ": a click here or Enter opens the whole"
    return f"… {hidden:,} more characters{how}"


def _division(text: str, width: int) -> Line:
    rule = Span("─" * max(2, (width - len(text) - 2) // 2), ("division",))
    line = (rule, Span(f" {text} ", ("new" if text == NEW else "division",)), rule)
    return fit(line, width) if width_of(line) > width else line
