"""Markdown within a paragraph: strong, code, links … as spans. A link says where it leads: one cannot hover over it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from segue.tui.plain import plain
from segue.tui.transcript.lines import Line, Span
from segue.tui.transcript.markdown import within

if TYPE_CHECKING:
    from markdown_it.token import Token

_STYLES = {"strong": "strong", "em": "em", "s": "strike", "link": "link"}


def spans(paragraph: Token, style: str = "") -> Line:
    """Return the paragraph, all in a style."""
    return tuple(_spans(paragraph, [style] if style else []))


def _spans(paragraph: Token, styles: list[str]) -> Iterator[Span]:
    href = text = ""  # of the open link; there is none within another
    for token in within(paragraph):
        name, _, end = token.type.partition("_")
        if end == "open":
            styles.append(_STYLES[name])
            href, text = (str(token.attrs["href"]), "") if name == "link" else (href, text)
        elif end == "close":
            styles.remove(_STYLES[name])
            if name == "link" and text not in (href, href.removeprefix("mailto:")):
                yield Span(plain(f" ({href})"), ("url",))
        else:
            span = _leaf(token, tuple(styles))
            text += span.text
            yield span


def _leaf(token: Token, styles: tuple[str, ...]) -> Span:
    match token.type:
        case "code_inline":
            return Span(plain(token.content), (*styles, "code"))
        case "softbreak" | "hardbreak":
            return Span("\n", styles)
        case "image":
            return Span(plain(f"[{token.content or 'image'}]({token.attrs['src']})"), (*styles, "link"))
    return Span(plain(token.content), styles)
