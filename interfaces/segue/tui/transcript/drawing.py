"""A unit of Markdown as lines. Blank lines stand where the source has them, line breaks too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from segue.tui.plain import plain
from segue.tui.transcript import code, inline, table
from segue.tui.transcript.lines import Line, Span, width_of, wrap

if TYPE_CHECKING:
    from markdown_it.token import Token

    from segue.tui.transcript.markdown import Unit

_QUOTE: Line = (Span("▎ ", ("quote",)),)
_BULLETS = ("• ", "◦ ", "▪ ")
_NARROWEST = 16  # cells that are left for a text, however deep it stands
_HEADINGS = {"h1": "heading", "h2": "heading"}


def draw(unit: Unit, width: int) -> list[Line]:
    """Return the lines of a unit."""
    drawing = _Drawing(width)
    tokens = iter(unit.tokens)
    for token in tokens:
        if token.type == "table_open":
            drawing.add(token, _table(tokens, drawing.room()))
        elif token.nesting:
            drawing.nest(token)
        else:
            drawing.add(token, _leaf(token, drawing.style, drawing.room()))
    return drawing.lines


def _leaf(token: Token, style: str, width: int) -> list[Line]:
    match token.type:
        case "inline":
            return wrap(inline.spans(token, style), width)
        case "fence" | "code_block":
            language, *_ = [*token.info.split(), ""]
            return code.draw(plain(token.content).rstrip("\n"), language, width)
    return [(Span("─" * width, ("rule",)),)]


def _table(tokens: Iterator[Token], width: int) -> list[Line]:
    rows: list[list[Line]] = []
    aligns: list[str] = []
    for token in tokens:
        match token.type:
            case "table_close":
                break
            case "tr_open":
                rows.append([])
            case "th_open":
                aligns.append(str(token.attrs.get("style", "")).removeprefix("text-align:"))
            case "inline":
                rows[-1].append(inline.spans(token, "strong" if len(rows) == 1 else ""))
    return table.draw([tuple(row) for row in rows], aligns, width)


@dataclass
class _Container:
    """A list item or a quote: what stands before its first line, and before the others."""

    lead: Line
    indent: Line
    is_begun: bool = False


@dataclass
class _Drawing:
    """The lines so far, and what the next ones stand in. `end` is the line of the source where the last leaf ended."""

    width: int
    lines: list[Line] = field(default_factory=list)
    containers: list[_Container] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    style: str = ""
    end: int = -1

    def room(self) -> int:
        return self.width - sum(width_of(c.indent) for c in self.containers)

    def add(self, token: Token, lines: Iterable[Line]) -> None:
        """Add a leaf, under a blank line if the source has one."""
        first, after = token.map or (self.end, self.end)
        if 0 <= self.end < first:
            self.lines.append(self._prefix(blank=True))
        self.end = after
        self.lines.extend((*self._prefix(), *line) for line in lines)

    def _prefix(self, blank: bool = False) -> Line:
        spans: list[Span] = []
        for container in self.containers:
            if container.is_begun:
                spans += container.indent
            elif not blank:
                spans += container.lead
                container.is_begun = True
        return tuple(spans)

    def nest(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self.lists.append(token.type)
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
            case "list_item_open":
                mark = self._mark(token)
                self._enter((Span(mark, ("mark",)),), (Span(" " * len(mark)),))
            case "blockquote_open":
                self._enter(_QUOTE, _QUOTE)
            case "list_item_close" | "blockquote_close":
                self._leave()
            case "heading_open":
                self.style = _HEADINGS.get(token.tag, "strong")
            case "heading_close":
                self.style = ""

    def _mark(self, token: Token) -> str:
        if self.lists[-1] == "ordered_list_open":
            return f"{token.info}{token.markup} "
        return _BULLETS[(self.lists.count("bullet_list_open") - 1) % len(_BULLETS)]

    def _enter(self, lead: Line, indent: Line) -> None:
        """Enter a list item or a quote; the deepest ones go unmarked, for the sake of what they hold."""
        fits = self.room() - width_of(indent) >= _NARROWEST
        self.containers.append(_Container(lead, indent) if fits else _Container((), ()))

    def _leave(self) -> None:
        """Leave a list item or a quote; of an empty one the mark is shown."""
        if not self.containers[-1].is_begun:
            self.lines.append(self._prefix())
        self.containers.pop()
