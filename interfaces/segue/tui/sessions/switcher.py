"""Ctrl+K: another session by a few letters of its title, or a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from segue.tui.line import Line
from segue.tui.plain import one_line
from segue.tui.sessions import fuzzy
from segue.tui.sessions.field import Field
from segue.tui.sessions.lineup import Row
from segue.tui.sessions.popup import Popup
from segue.tui.sessions.rows import Offer, Rows, steering
from segue.tui.sessions.session_row import HERE, marks, shown_title, styled_title

if TYPE_CHECKING:
    from segue.tui.roster import Item, Roster

_CREATE = "+"  # no session has such an id
_WORTH_OF_PREVIEW = 0.5  # a word in a title is worth more, letters scattered over one are worth less


@dataclass(frozen=True)
class Open:
    """The reader wants this session."""

    session_id: str


@dataclass(frozen=True)
class Create:
    """The reader wants a new session of this title."""

    title: str


Choice = Open | Create


@dataclass(frozen=True)
class Candidate:
    """A session on offer. `at` are the characters of the title that match what was typed."""

    item: Item
    here: bool
    at: Sequence[int] = ()
    height: int = 1

    @property
    def key(self) -> str:
        return self.item.id

    def draw(self, width: int) -> Sequence[Content]:
        title = styled_title(self.item)
        for offset in self.at:
            title = title.stylize(".rows--marked", offset, offset + 1)
        edge = Content.styled(HERE, ".rows--here") if self.here else Content(" ")
        kept = Content("(archived)" if self.item.session.archived else "")
        preview = Content.styled(one_line(self.item.session.last_message_preview), ".rows--muted")
        return [edge + Content("  ").join(filter(None, (title, marks(self.item), kept, preview)))]


@dataclass(frozen=True)
class Creation:
    """The last row: what was typed as the title of a new session."""

    title: str
    key: str = _CREATE
    height: int = 1

    def draw(self, width: int) -> Sequence[Content]:
        return [Content(f"+ create “{self.title}”")]


class Switcher(Popup[Choice | None]):
    """Offers the sessions, the most recent first; what is typed narrows them down."""

    def __init__(self, roster: Roster) -> None:
        super().__init__()
        self._roster = roster
        self._shown: tuple[Roster, str] | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="tall") as dialog:
            dialog.border_title = "Switch to a session"
            yield Field(placeholder="a few letters of its title, or a new title")
            yield Offer()
            yield Line("Enter opens or creates · ↑ ↓ choose · Esc closes").add_class("hint")

    def on_mount(self) -> None:
        keys = {"enter": self._accept, "escape": self.close, "ctrl+k": self.close}
        self.query_one(Field).keys = steering(self.query_one(Offer)) | keys
        self._offer()

    def show(self, roster: Roster) -> None:
        """Offer what is in this roster now."""
        self._roster = roster
        self._offer()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._offer()

    def on_rows_opened(self, event: Rows.Opened) -> None:
        event.stop()
        self._accept()

    def _accept(self) -> None:
        self._offer()
        key = self.query_one(Offer).key
        if key and self.is_open:
            self.dismiss(Create(self._query) if key == _CREATE else Open(key))

    @property
    def _query(self) -> str:
        return one_line(self.query_one(Field).value)

    def _offer(self) -> None:
        """Show what matches now. Enter asks for it too: the field's own message comes behind the keys of a burst."""
        query, before = self._query, self._shown
        if before == (self._roster, query):
            return
        self._shown = (self._roster, query)
        rows: list[Row] = [*candidates(self._roster, query)]
        if query:
            rows.append(Creation(query))
        retyped = before is None or before[1] != query
        self.query_one(Offer).show(rows, rows[0].key if retyped and rows else None)


def candidates(roster: Roster, query: str) -> list[Candidate]:
    """Return the sessions that match, the best first, of equals the latest changed; without a query none archived."""
    from segue.tui.roster import recent

    if not query:
        return [Candidate(item, item.id == roster.current) for item in recent(roster)]
    found: list[tuple[float, Candidate]] = []
    for item in recent(roster, archived=True):
        if match := fuzzy.find(query, shown_title(item)):
            found.append((match.score, Candidate(item, item.id == roster.current, match.at)))
        elif fuzzy.has(query, item.session.last_message_preview):
            found.append((_WORTH_OF_PREVIEW, Candidate(item, item.id == roster.current)))
    return [candidate for _, candidate in sorted(found, key=lambda scored: -scored[0])]
