"""The sessions beside the chat: which there are, what is new in them, who is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from segue.tui.line import Line
from segue.tui.roster import Item, Roster
from segue.tui.sessions.rows import Rows, steering
from segue.tui.sessions.session_list import SessionList
from segue.tui.sessions.session_row import session_rows

if TYPE_CHECKING:
    from textual.timer import Timer
    from textual.widgets import Input

    from segue.tui.sessions.field import Field

WIDE_ENOUGH = 90  # columns of the screen; below, the sidebar would leave too few for the chat
_REFRESH_SECONDS = 0.15  # 2,000 sessions take a few milliseconds to be sorted
_LEAVING = ("new", "filter", "leave")


class NewLine(Line):
    """The way to a new session for the mouse."""

    def on_click(self) -> None:
        self.post_message(Sidebar.NewWanted())


class Sidebar(Vertical):
    """Shows a roster. Beside the chat if there is room, else above it until the focus leaves it.

    After `Chosen`, `NewWanted` and `Left` the focus is to go to the prompt: keys wait for that.
    """

    @dataclass
    class Chosen(Message):
        """The reader wants this session."""

        session_id: str

    class NewWanted(Message):
        """The reader wants a new session."""

    @dataclass
    class RenameWanted(Message):
        session_id: str
        title: str

    @dataclass
    class PinWanted(Message):
        session_id: str
        pinned: bool

    @dataclass
    class ArchiveWanted(Message):
        session_id: str
        archived: bool

    @dataclass
    class DeleteWanted(Message):
        session_id: str

    class Left(Message):
        """The reader wants back to the prompt."""

    DEFAULT_CSS = """
    Sidebar {
        dock: left;
        width: 32;
        height: 1fr;
        border-right: solid $border-blurred;
        &:focus-within { border-right: solid $border; }
        &.over { layer: over; background: $surface; }
        NewLine { height: 1; padding: 0 1; color: $text-accent; text-wrap: nowrap; text-overflow: ellipsis; }
        NewLine:hover { text-style: reverse; }
        SessionList { height: 1fr; }
    }
    """

    def __init__(self, *, wanted: bool = True) -> None:
        super().__init__()
        self.wanted = wanted
        self._asked_for = False
        self._narrow = False
        self._archived = False
        self._roster = Roster()
        self._shown: Roster | None = None
        self._filter: Field | None = None
        self._refresh: Timer | None = None
        self._typing_ends: Timer | None = None
        self.display = wanted

    def on_mount(self) -> None:
        self._apply()

    def compose(self) -> ComposeResult:
        yield NewLine("+ new session (n)")
        yield SessionList(self._fulfil)

    # --- where it stands

    def fit(self, columns: int) -> None:
        """Adapt to the width of the screen."""
        self._narrow = columns < WIDE_ENOUGH
        self.set_class(self._narrow, "over")
        self._apply()

    def toggle(self) -> None:
        """Open it and go there, or close it. `wanted` tells which the reader wants where there is room."""
        if self._narrow:
            self._asked_for = not self._asked_for
        else:
            self.wanted = not self.wanted
        self._apply()
        if self.display:
            self.focus_list()

    def focus_list(self) -> None:
        """Give the list the focus at once: `focus()` would let the keys that follow in a burst pass by."""
        self.screen.set_focus(self.query_one(SessionList))

    def _apply(self) -> None:
        held_focus = self.has_focus_within
        self.display = self._asked_for if self._narrow else self.wanted
        if self.display:
            self._rebuild()
        elif held_focus:
            self.post_message(self.Left())

    def on_descendant_blur(self) -> None:
        """Close what was only opened for a moment, once the focus is elsewhere: were it closed before that, the keys
        of a burst would go to whatever Textual finds to focus next."""
        focused = self.screen.focused
        if self.app.app_focus and (focused is None or self not in focused.ancestors):
            self._asked_for = False
            self._drop_filter()
            self._apply()

    # --- what it shows

    def show(self, roster: Roster) -> None:
        """Show this roster soon: many changes in a row are shown as one."""
        if roster is self._roster:
            return
        self._roster = roster
        if self._refresh is None:
            self._catch_up()

    def _catch_up(self) -> None:
        """Show what is new, and look again after a while."""
        self._refresh = None
        if self.display and self._roster is not self._shown:
            self._rebuild()
            self._refresh = self.set_timer(_REFRESH_SECONDS, self._catch_up)

    def _rebuild(self) -> None:
        if not self.is_mounted:
            return
        now, rows = datetime.now().astimezone(), self.query_one(SessionList)
        here, known = self._roster.current, self._shown
        follows = not rows.has_cursor and (known is None or known.current != here or rows.is_in_view_below_top(here))
        self._shown = self._roster
        shown = session_rows(self._roster, now, query=self._query, archived=self._archived)
        rows.show(shown, here if follows else None)
        self._await_end_of_typing(now)

    def _await_end_of_typing(self, now: datetime) -> None:
        ends = [item.typing[1] for item in self._roster.items.values() if item.typing and item.typist(now)]
        if self._typing_ends:
            self._typing_ends.stop()
        self._typing_ends = self.set_timer((min(ends) - now).total_seconds(), self._rebuild) if ends else None

    # --- the filter

    @property
    def _query(self) -> str:
        return self._filter.value.strip() if self._filter else ""

    async def _open_filter(self) -> None:
        if self._filter is None:
            self._filter = self._make_filter()
            await self.mount(self._filter, before=self.query_one(SessionList))
        self._filter.display = True
        self._filter.focus()

    def _make_filter(self) -> Field:
        from segue.tui.sessions.field import Field

        rows, field = self.query_one(SessionList), Field(placeholder="filter")
        field.keys = steering(rows) | {"enter": self._open_match, "escape": self._close_filter}
        return field

    def _open_match(self) -> None:
        self._rebuild()
        if self._filter:
            self._filter.hold_keys()
        self.query_one(SessionList).action_open()

    def _close_filter(self) -> None:
        self.focus_list()
        self._drop_filter()

    def _drop_filter(self) -> None:
        if self._filter and self._filter.display:
            self._filter.value = ""
            self._filter.display = False
            self._rebuild()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._rebuild()

    # --- what the reader wants

    async def _fulfil(self, name: str) -> None:
        if name in _LEAVING:
            self.query_one(SessionList).hold_keys()
        match name:
            case "new":
                self.post_message(self.NewWanted())
            case "filter":
                await self._open_filter()
            case "archived":
                self._archived = not self._archived
                self._rebuild()
            case "leave":
                self.post_message(self.Left())
            case _:
                if item := self._roster.items.get(self.query_one(SessionList).key):
                    self._ask_for(item, name)

    def _ask_for(self, item: Item, name: str) -> None:
        match name:
            case "rename":
                self._rename(item)
            case "pin":
                self.post_message(self.PinWanted(item.id, not item.session.pinned))
            case "archive":
                self.post_message(self.ArchiveWanted(item.id, not item.session.archived))
            case "delete":
                self.post_message(self.DeleteWanted(item.id))

    def _rename(self, item: Item) -> None:
        from segue.tui.sessions.naming import RenameScreen

        def named(title: str | None) -> None:
            if title:
                self.post_message(self.RenameWanted(item.id, title))

        self.app.push_screen(RenameScreen(item.session.title), named)

    def on_rows_opened(self, event: Rows.Opened) -> None:
        event.stop()
        self.post_message(self.Chosen(event.key))
