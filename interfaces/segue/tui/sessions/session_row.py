"""One session as two lines of the sidebar: its title and what is new; who is there, what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content

from segue.tui.plain import one_line
from segue.tui.roster import Item, Roster, groups
from segue.tui.sessions import fuzzy
from segue.tui.sessions.lineup import Heading, Row
from segue.tui.words import interface_name

HERE = "▌"
PINNED = "★"
FORKED = "⑂"
NEW = "●"
_MOST_COUNTED = 99
_MOST_CHARACTERS = 500  # of a title: no screen is wider


@dataclass(frozen=True)
class SessionRow:
    """`here`: the window shows this session."""

    item: Item
    me: str
    here: bool
    now: datetime
    height: int = 2

    @property
    def key(self) -> str:
        return self.item.id

    def draw(self, width: int) -> Sequence[Content]:
        edge = Content.styled(HERE, ".rows--here") if self.here else Content(" ")
        title = title_line(self.item, width - 1)
        second = Content.styled(one_line(self._doings())[: width * 2], ".rows--muted")
        return [edge + title, edge + second]

    def _doings(self) -> str:
        if typist := self.item.typist(self.now):
            return f"{typist} is typing…"
        if self.item.asking:
            return f"{self.item.answering or 'an agent'} waits for somebody to allow a tool…"
        if self.item.answering:
            return f"{self.item.answering} is answering…"
        parts = (whereabouts(self.item, self.me, self.here), self.item.session.last_message_preview)
        return " · ".join(filter(None, parts)) or "nothing said yet"


def title_line(item: Item, width: int) -> Content:
    """Return the title with its marks at the right edge."""
    end = marks(item)
    if not end:
        return styled_title(item)
    room = max(width - end.cell_length - 1, 1)
    return Content.assemble(styled_title(item).truncate(room, ellipsis=True, pad=True), " ", end)


def marks(item: Item) -> Content:
    """Return what marks a session that is a fork, a pinned one and one with something new: "⑂ ★ ● 3"."""
    new = Content.styled(f"{NEW} {unread_count(item.unread)}", ".rows--new") if item.unread else Content("")
    pinned = Content(PINNED if item.session.pinned else "")
    forked = Content(FORKED if item.session.forked_from else "")
    return Content(" ").join(filter(None, (forked, pinned, new)))


def styled_title(item: Item) -> Content:
    return Content.styled(shown_title(item), ".rows--strong" if item.unread else "")


def shown_title(item: Item) -> str:
    return one_line(item.session.title)[:_MOST_CHARACTERS] or "(no title)"


def unread_count(number: int) -> str:
    return str(number) if number <= _MOST_COUNTED else f"{_MOST_COUNTED}+"


def whereabouts(item: Item, me: str, here: bool) -> str:
    """Return who is attached from where, without this window: "ada: terminal, Discord; bob: http"."""
    this_window = {(me, "tui"), ("", "tui")} if here else set()
    named: dict[str, list[str]] = {}
    for user, interface in item.people - this_window:
        named.setdefault("you" if user and user == me else user, []).append(interface_name(interface))
    told = [(user, ", ".join(sorted(places))) for user, places in sorted(named.items())]
    return "; ".join(f"{user}: {places}" if user else places for user, places in told)


def session_rows(roster: Roster, now: datetime, *, query: str = "", archived: bool = False) -> list[Row]:
    """Return the sessions that match, under their headings."""
    rows: list[Row] = []
    for heading, items in groups(roster, now, archived=archived):
        matching = [item for item in items if _matches(query, item)] if query else items
        if matching:
            rows.append(Heading(heading))
            rows += [SessionRow(item, roster.me, item.id == roster.current, now) for item in matching]
    return rows or [Heading("nothing matches" if query else "loading…")]


def _matches(query: str, item: Item) -> bool:
    return fuzzy.find(query, shown_title(item)) is not None or fuzzy.has(query, item.session.last_message_preview)
