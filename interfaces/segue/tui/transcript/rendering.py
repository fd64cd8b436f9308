"""An entry as something that rich can draw: a line that says who and when, the text, and a remark."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import Heading, Markdown
from rich.text import Text
from rich.theme import Theme

from segue.tui.entries import Entry
from segue.tui.plain import beginning

_STYLES = Theme({"markdown.code": "bold cyan", "markdown.code_block": "none"})  # rich's own are black on any ground


class _PlainHeading(Heading):
    """A heading as the live answer has it: at the left, without a box."""

    def __rich_console__(self, *_: object) -> list[RenderableType]:
        self.text.justify = "left"
        return [self.text]


class _Markdown(Markdown):
    elements = Markdown.elements | {"heading_open": _PlainHeading}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with console.use_theme(_STYLES):
            yield from super().__rich_console__(console, options)


def render(entry: Entry) -> RenderableType:
    """Return the whole entry."""
    text, hidden = beginning(entry.body)
    parts: list[RenderableType] = [heading(entry.who, entry.details)]
    if entry.kind == "assistant":
        parts.append(_Markdown(text, code_theme="ansi_dark", hyperlinks=False))
    else:
        parts.append(Text(text.rstrip()))
    if hidden:
        parts.append(Text(rest_note(hidden, entry.session_id), style="italic dim"))
    if entry.remark:
        parts.append(Text(entry.remark, style="italic"))
    return Group(*parts)


def heading(who: str, details: str) -> Text:
    """Return the line above a message."""
    return Text.assemble((who, "bold"), (f"  {details}", "dim"), no_wrap=True, overflow="ellipsis")


def rest_note(hidden: int, session_id: str) -> str:
    """Return what stands where a long text was cut."""
    return f"… {hidden:,} more characters: `segue sessions show {session_id[-8:]}` prints all"
