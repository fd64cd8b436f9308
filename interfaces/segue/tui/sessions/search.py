"""Ctrl+F: every message that was ever said, here or in all sessions, and a jump to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from segue.tui.line import Line
from segue.tui.plain import one_line
from segue.tui.sessions.field import Field
from segue.tui.sessions.lineup import Heading, Row
from segue.tui.sessions.popup import Popup
from segue.tui.sessions.rows import Offer, Rows, steering
from segue.tui.words import interface_name, local_time

if TYPE_CHECKING:
    from segue.models import SearchHit, SearchPage

_DEBOUNCE_SECONDS = 0.2
_SNIPPET_LINES = 2
_MARKED = re.compile("⟦([^⟦⟧]*)⟧")
HINT = "Enter jumps there · ↑ ↓ choose · Tab: {} · Esc closes"


@dataclass(frozen=True)
class Hit:
    """The message to jump to."""

    session_id: str
    message_id: str
    seq: int


@dataclass(frozen=True)
class HitRow:
    """One message that was found: who and when, and two lines of what was said."""

    found: SearchHit
    height: int = 1 + _SNIPPET_LINES

    @property
    def key(self) -> str:
        return self.found.message.id

    def draw(self, width: int) -> Sequence[Content]:
        message = self.found.message
        said = (one_line(message.sender), interface_name(message.interface), local_time(message.created_at))
        lines = [Content.styled(" · ".join(said), ".rows--muted")]
        wrapped = marked(self.found.snippet).wrap(max(width - 1, 1))
        lines += [Content(" ") + line for line in wrapped[:_SNIPPET_LINES]]
        return lines + [Content("")] * (self.height - len(lines))


def marked(snippet: str) -> Content:
    """Return a snippet of the wire on one line, with the hits between ⟦ and ⟧ standing out."""
    content = Content("")
    for index, part in enumerate(_MARKED.split(one_line(snippet))):
        content += Content.styled(part, ".rows--marked") if index % 2 else Content(part)
    return content


class SearchScreen(Popup[Hit | None]):
    """Asks for what was typed, and shows what was found for it."""

    @dataclass
    class Asked(Message):
        """The reader stopped typing, or asked for the same elsewhere. `here_only`: only in the session at hand."""

        query: str
        here_only: bool

    def __init__(self, query: str = "", *, here_only: bool = False) -> None:
        super().__init__()
        self._first_query = query
        self._here_only = here_only
        self._asked: tuple[str, bool] = ("", False)
        self._hits: dict[str, SearchHit] = {}
        self._debounce: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="tall") as dialog:
            dialog.border_title = "Search"
            yield Field(self._first_query, placeholder="words that were said")
            yield Line(id="state").add_class("hint")
            yield Offer()
            yield Line(id="keys").add_class("hint")

    def on_mount(self) -> None:
        keys = {"enter": self._accept, "escape": self.close, "ctrl+f": self.close, "tab": self.switch_scope}
        self.query_one(Field).keys = steering(self.query_one(Offer)) | keys
        self._show_scope()
        self._ask()

    # --- asking

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._debounce:
            self._debounce.stop()
        self._debounce = self.set_timer(_DEBOUNCE_SECONDS, self._ask)

    def switch_scope(self) -> None:
        """Search this session instead of all, or all instead of this one."""
        self._here_only = not self._here_only
        self._show_scope()
        self._ask()

    def _show_scope(self) -> None:
        self.query_one("#dialog").border_title = "Search this session" if self._here_only else "Search all sessions"
        self.query_one("#keys", Line).say(HINT.format("all sessions" if self._here_only else "this session only"))

    def on_click(self, event: events.Click) -> None:
        super().on_click(event)
        if event.widget is self.query_one("#keys"):
            self.switch_scope()

    def _ask(self) -> None:
        """Ask for what stands in the field, once."""
        wanted = (one_line(self.query_one(Field).value), self._here_only)
        if wanted == self._asked:
            return
        self._asked = wanted
        if wanted[0]:
            self._say("searching…")
            self.post_message(self.Asked(*wanted))
        else:
            self._show_hits(())
            self._say("")

    # --- what was found

    def show(self, page: SearchPage, *, here_only: bool) -> None:
        """Show the answer, unless the reader asks for something else by now."""
        if (one_line(page.query), here_only) == self._asked:
            self._show_hits(page.hits)
            self._say(f"{len(page.hits)} found, the best first" if page.hits else "nothing found")

    def fail(self, problem: str) -> None:
        """Show why there is no answer; the same can be asked for again."""
        self._asked = ("", False)
        self._show_hits(())
        self._say(f"✗ {one_line(problem)}")

    def _show_hits(self, hits: Iterable[SearchHit]) -> None:
        self._hits = {hit.message.id: hit for hit in hits}
        rows = grouped(self._hits.values())
        self.query_one(Offer).show(rows, next((row.key for row in rows if row.key), None))

    def _say(self, text: str) -> None:
        self.query_one("#state", Line).say(text)

    # --- choosing

    def on_rows_opened(self, event: Rows.Opened) -> None:
        event.stop()
        self._accept()

    def _accept(self) -> None:
        """Jump to the hit; where the field says something new, that is asked for first."""
        hit = self._hits.get(self.query_one(Offer).key)
        if (one_line(self.query_one(Field).value), self._here_only) != self._asked:
            self._ask()
        elif hit and self.is_open:
            self.dismiss(Hit(hit.message.session_id, hit.message.id, hit.message.seq))


def grouped(hits: Iterable[SearchHit]) -> list[Row]:
    """Return the hits under the titles of their sessions, the session of the best hit first."""
    sessions: dict[str, list[SearchHit]] = {}
    for hit in hits:
        sessions.setdefault(hit.message.session_id, []).append(hit)
    rows: list[Row] = []
    for found in sessions.values():
        rows += [Heading(one_line(found[0].session_title)), *map(HitRow, found)]
    return rows
