"""Markdown as a row of units: what is above the last unit does not change while a text grows.

A unit is a block at the top, or one item of a list there. Raw HTML and link definitions are text like any other, so
that nothing of a message is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_DEEPEST = 60
_MOST_BRACKETS = 300  # of one paragraph: the search for the end of each link takes the square of them


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST})
    return parser.enable(["strikethrough", "table"]).disable(["reference", "inline"])  # see `within`


@cache
def _plain_parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("zero").disable("inline")


@dataclass(frozen=True)
class Unit:
    """A part of a text from a line of its source on."""

    first_line: int
    tokens: Sequence[Token]


def units(source: str) -> list[Unit]:
    """Return the units of a text. One that is nested deeper than can be followed is taken as plain text."""
    tokens = _parser().parse(source)
    if any(token.level >= _DEEPEST - 1 for token in tokens):
        tokens = _plain_parser().parse(source)
    found: list[Unit] = []
    start = 0
    for index, token in enumerate(tokens):
        if token.level == 0 and token.nesting <= 0:
            found.extend(_divided(tokens[start : index + 1]))
            start = index + 1
    return found


def _divided(block: list[Token]) -> Iterator[Unit]:
    """Yield a block, a list item by item."""
    opening = block[0]
    if opening.type not in ("bullet_list_open", "ordered_list_open"):
        yield Unit(_first_line(opening), block)
        return
    start = 1
    for index, token in enumerate(block):
        if token.type == "list_item_close" and token.level == 1:
            yield Unit(_first_line(block[start]), [opening, *block[start : index + 1], block[-1]])
            start = index + 1


def _first_line(token: Token) -> int:
    return token.map[0] if token.map else 0


def within(paragraph: Token) -> list[Token]:
    """Return the parts of a paragraph. They are parsed when it is drawn, not for every look at the blocks."""
    parser = _plain_parser() if paragraph.content.count("[") > _MOST_BRACKETS else _parser()
    parts: list[Token] = []
    parser.inline.parse(paragraph.content, parser, {}, parts)
    return parts


def code_blocks(source: str) -> list[str]:
    """Return the code of each block, without what fences it."""
    return [token.content for token in _parser().parse(source) if token.type in ("fence", "code_block")]
