"""Code in colours."""

from __future__ import annotations

from collections.abc import Iterator
from time import thread_time
from typing import TYPE_CHECKING

from segue.tui.transcript.lines import Line, Span, split, width_of, wrap

if TYPE_CHECKING:
    from pygments.lexer import Lexer  # type: ignore[import-untyped]

_INDENT = "  "
_LONGEST_SECONDS = 0.2
_STYLES = {
    "Keyword": "keyword",
    "Literal": "string",
    "Literal.Number": "number",
    "Comment": "comment",
    "Operator.Word": "keyword",
    "Name.Function": "name",
    "Name.Class": "name",
    "Name.Tag": "name",
    "Name.Attribute": "number",
    "Name.Decorator": "name",
    "Name.Builtin": "builtin",
    "Generic.Deleted": "deleted",
    "Generic.Inserted": "string",
    "Generic.Heading": "name",
    "Generic.Subheading": "name",
}


def draw(source: str, language: str, width: int) -> list[Line]:
    """Return the lines of a block of code; a line that is too long is wrapped."""
    room = max(1, width - 2 * len(_INDENT))
    lines = []
    for line in split(_coloured(source, language)):
        for part in wrap(line, room):
            blank = " " * max(0, width - len(_INDENT) - width_of(part))
            inner = tuple(Span(text, ("block", *styles)) for text, styles in part)
            lines.append((Span(_INDENT, ("block",)), *inner, Span(blank, ("block",))))
    return lines


def _coloured(source: str, language: str) -> Iterator[Span]:
    lexer = _find_lexer(language)
    if lexer is None:
        yield Span(source)
        return
    at, deadline = 0, thread_time() + _LONGEST_SECONDS
    for kind, value in lexer.get_tokens(source):
        style = _style(str(kind))
        at += len(value)
        yield Span(value, (style,) if style else ())
        if thread_time() > deadline:  # some lexers take the square of a text that is not what they expect
            break
    yield Span(source[at:])


def _find_lexer(language: str) -> Lexer | None:
    if not language:
        return None
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _style(kind: str) -> str:
    """Return the style of a kind of token ("Token.Name.Function.Magic") or of the nearest kind above it."""
    kind = kind.removeprefix("Token.")
    while kind and kind not in _STYLES:
        kind = kind.rpartition(".")[0]
    return _STYLES.get(kind, "")
