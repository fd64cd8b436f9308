"""The styles that lines name, in the colours of the theme. None says by its colour alone what it means."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip
from textual.style import Style

from segue.tui.transcript.lines import Span

STYLES = {
    "strong": "bold",
    "em": "italic",
    "strike": "strike",
    "heading": "bold underline",
    "link": "underline",
    "url": "$foreground 75%",
    "code": "bold $text-accent",
    "quote": "$foreground 75%",
    "mark": "$foreground 75%",
    "rule": "$foreground 75%",
    "block": "on $foreground 5%",
    "keyword": "$text-accent",
    "string": "$text-success",
    "number": "$text-warning",
    "comment": "italic $foreground 75%",
    "name": "$text-primary",
    "builtin": "$text-secondary",
    "deleted": "$text-error",
    "who": "bold",
    "details": "$foreground 75%",
    "hint": "italic $foreground 75%",
    "remark": "italic",
    "muted": "$foreground 75%",
    "division": "$foreground 75%",
    "new": "bold $text-accent",
    "bar-user": "$accent",
    "bar-pending": "$foreground 75%",
    "bar-assistant": "$success",
    "bar-tool": "$foreground 30%",
    "bar-system": "$foreground 30%",
    "bar-remarked": "$warning",
    "chosen": "reverse",
}
SELECTED_GROUND = "on $foreground 7%"


class Palette:
    """Makes strips for the terminal of lines, on one ground."""

    def __init__(self, ground: Style) -> None:
        self._ground = ground
        self._known: dict[tuple[str, ...], RichStyle] = {}

    def strip(self, line: Iterable[Span], width: int) -> Strip:
        """Return a line as a strip of this width."""
        segments = [Segment(text, self._style(styles)) for text, styles in line]
        missing = width - sum(segment.cell_length for segment in segments)
        if missing > 0:
            segments.append(Segment(" " * missing, self._style(())))
        return Strip(segments, width)

    def _style(self, names: tuple[str, ...]) -> RichStyle:
        if names not in self._known:
            style = self._ground
            for name in names:
                style += Style.parse(STYLES[name])
            self._known[names] = style.rich_style
        return self._known[names]
