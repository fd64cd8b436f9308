"""All keys and all commands on one page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from segue.tui.commands import COMMANDS

_NAMES = {
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "delete": "Del",
    "question_mark": "?",
    "slash": "/",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}
_MOST_NAMES = 2  # of one action
_NOTES = (
    ("//text", "Send a message that begins with a slash"),
    ("@name", "Mention somebody who is here"),
    ("↑ ↓", "At the first and the last line: what was sent before"),
    ("large paste", "Stands as a placeholder and is sent whole"),
)

Source = tuple[str, Iterable[BindingType]]


class HelpScreen(ModalScreen[None]):
    """Shows the commands, and under its heading the bindings of each source."""

    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
    }
    HelpScreen VerticalScroll {
        width: 84;
        max-width: 100%;
        height: auto;
        max-height: 100%;
        padding: 0 1;
        border: round $border;
        background: $surface;
        scrollbar-size-vertical: 1;
    }
    HelpScreen Static {
        height: auto;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q,enter", "dismiss", "Close"),
        Binding("space", "page_down", "Page down", show=False),
    ]

    def __init__(self, sources: Sequence[Source]) -> None:
        super().__init__()
        self._sources = sources

    def compose(self) -> ComposeResult:
        page = VerticalScroll()
        page.border_title = "Keys and commands"
        page.border_subtitle = "Esc closes, ↑ ↓ PgUp PgDn scroll"
        with page:
            yield Static(_page(self._sources))

    def action_page_down(self) -> None:
        self.query_one(VerticalScroll).action_page_down()


def _page(sources: Sequence[Source]) -> Table:
    page = Table.grid(padding=(0, 2, 0, 0))
    page.add_column(no_wrap=True, style="bold")
    page.add_column()
    told = keys([*sources, ("Editing", TextArea.BINDINGS)])
    for heading, rows in (("Commands", _commands()), ("Writing", _NOTES), *told):
        page.add_row(f"\n{heading}", style="underline") if page.row_count else page.add_row(heading, style="underline")
        for names, about in rows:
            page.add_row(Text(names), Text(about))
    return page


def keys(sources: Iterable[Source]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return under each heading what its keys do. What a source takes before all others is told only there."""
    told, taken = [], set[str]()
    for heading, bindings in sources:
        actions: dict[tuple[str, str], list[str]] = {}
        made = list(Binding.make_bindings(bindings))
        for binding in made:
            if binding.description and binding.key not in taken and not binding.key.startswith("super+"):
                actions.setdefault((binding.action, binding.description), []).append(key_name(binding.key))
        taken |= {binding.key for binding in made if binding.priority}
        told.append((heading, [(", ".join(names[:_MOST_NAMES]), about) for (_, about), names in actions.items()]))
    return [(heading, rows) for heading, rows in told if rows]


def key_name(key: str) -> str:
    """Return a key as keyboards name it: "Ctrl+J", "PgUp"."""
    *modifiers, last = key.split("+")
    name = _NAMES.get(last) or (last if len(last) == 1 and not modifiers else last.capitalize())
    return "+".join([*map(str.capitalize, modifiers), name])


def _commands() -> list[tuple[str, str]]:
    return [(command.usage, command.help) for command in COMMANDS]
