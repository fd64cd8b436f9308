"""Sessions and events that no daemon ever had, and an app of nothing but one widget."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key, Resize
from textual.keys import _character_to_key
from textual.message import Message as Posted
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from segue.events import EVENT, Event
from segue.models import SessionSummary
from segue.tui.roster import Roster, opened, with_page
from segue.tui.sessions.sidebar import Sidebar

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def summary(session_id: str, **fields: Any) -> SessionSummary:
    known = {"id": session_id, "title": f"Title {session_id}", "agent_name": "chat", "reply": "always", "owner_id": "u"}
    times = {"created_at": NOW - timedelta(days=90), "updated_at": NOW}
    return SessionSummary.model_validate(known | times | {"last_seq": 10, "message_count": 2} | fields)


def roster(*sessions: SessionSummary, me: str = "ada", current: str = "") -> Roster:
    return opened(with_page(Roster(me=me), sessions), current)


def many(number: int) -> list[SessionSummary]:
    """Return sessions `s0`, `s1` …, the latest first."""
    return [summary(f"s{i}", updated_at=NOW - timedelta(minutes=i)) for i in range(number)]


def event(kind: str, session_id: str, data: Any, seq: int | None = None, at: datetime = NOW) -> Event:
    return EVENT.validate_python({"type": kind, "session_id": session_id, "seq": seq, "at": at, "data": data})


def said(session_id: str, seq: int, content: str = "hi", sender: str = "bob", **fields: Any) -> Event:
    """Return the event of a message."""
    message = {"id": f"m{seq}", "session_id": session_id, "seq": seq, "role": "user", "sender": sender}
    message |= {"content": content, "created_at": NOW + timedelta(minutes=seq), "interface": "discord"} | fields
    return event("message.created", session_id, message, seq)


class Beside(App[None]):
    """A sidebar beside a line that takes the focus, as the chat's prompt does; `heard` is what the sidebar posted."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+b", "toggle_sidebar", priority=True)]

    def __init__(self, shown: Roster) -> None:
        super().__init__()
        self.heard: list[Posted] = []
        self.shown = shown
        self.sidebar = Sidebar()

    def compose(self) -> ComposeResult:
        yield self.sidebar
        yield Input()

    def on_mount(self) -> None:
        self.line.focus()
        self.sidebar.fit(self.size.width)
        self.sidebar.show(self.shown)

    def on_resize(self, event: Resize) -> None:
        self.sidebar.fit(event.size.width)

    @property
    def line(self) -> Input:
        return self.query_one("Screen > Input", Input)

    def action_toggle_sidebar(self) -> None:
        self.sidebar.toggle()

    def _hear(self, message: Posted) -> None:
        self.heard.append(message)

    def _hear_and_leave(self, message: Posted) -> None:
        self.heard.append(message)
        self.line.focus()

    on_sidebar_chosen = on_sidebar_new_wanted = on_sidebar_left = _hear_and_leave
    on_sidebar_rename_wanted = on_sidebar_pin_wanted = _hear
    on_sidebar_archive_wanted = on_sidebar_delete_wanted = _hear


def burst(app: App[Any], keys: Iterable[str]) -> None:
    """Press keys faster than the screen can follow."""
    for key in keys:
        app.post_message(Key(_character_to_key(key), key) if len(key) == 1 else Key(key, None))


def lines(widget: Widget) -> list[str]:
    """Return the characters that a widget draws, line by line."""
    return [widget.render_line(y).text for y in range(widget.size.height)]


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until everything that was posted has been dealt with, and what that posted, too."""
    for _ in range(4):
        await pilot.pause()
