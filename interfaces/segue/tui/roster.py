"""The sessions that one may see, as plain data: made from pages of the list, kept true by events of all sessions.

Pages and events may come in any order and twice: what is older than what is known changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segue.events import Event, PresenceChange
    from segue.models import Message, Session, SessionSummary, Turn

TYPING_SECONDS = 6.0
_THIS_WEEK = timedelta(days=6)  # before today

Where = tuple[str, str]  # user, interface; the user is "" where only the interface is known


@dataclass(frozen=True)
class Item:
    """One session in the list. `newest` is the seq of its last message as far as that is known; `typing` tells who
    types and until when; `answering` is the agent that writes an answer, `asking` the approvals that it
    waits for."""

    session: Session
    unread: int = 0
    newest: int = 0
    people: frozenset[Where] = frozenset()
    typing: tuple[str, datetime] | None = None
    answering: str = ""
    asking: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        return self.session.id

    def typist(self, now: datetime) -> str:
        """Return who types at this time, "" if nobody does."""
        return self.typing[0] if self.typing and now < self.typing[1] else ""


@dataclass(frozen=True)
class Roster:
    """`current` is the session that the window shows: what comes in there is read. `me` is the name under which others
    see us. `read` holds how far each session was read here or elsewhere, `gone` the deleted ones, so that a page that
    was on its way does not bring them back; `hidden` ones are about to be deleted."""

    items: Mapping[str, Item] = field(default_factory=dict)
    me: str = ""
    current: str = ""
    hidden: frozenset[str] = frozenset()
    read: Mapping[str, int] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    @property
    def unread(self) -> int:
        """How many sessions hold something new."""
        return sum(1 for item in self.items.values() if item.unread and self.shows(item))

    def shows(self, item: Item, *, archived: bool = False) -> bool:
        """Whether the item is in the list. Archived ones only if asked for, or while one is in them."""
        if item.id in self.hidden:
            return False
        return archived or not item.session.archived or item.id == self.current


def with_page(roster: Roster, sessions: Iterable[SessionSummary]) -> Roster:
    """Return the roster with these sessions, as a page of the list gives them."""
    items = dict(roster.items)
    for summary in sessions:
        if summary.id not in roster.gone:
            items[summary.id] = _listed(roster, roster.items.get(summary.id), summary)
    return replace(roster, items=items)


def _listed(roster: Roster, known: Item | None, summary: SessionSummary) -> Item:
    people = frozenset(("", interface) for interface in summary.attached)
    if known is None:
        item = Item(summary, summary.unread, summary.last_seq, people)
    else:
        named = {where for where in known.people if where[0] and where[1] in summary.attached}
        people = frozenset(named | {where for where in people if where[1] not in {place for _, place in named}})
        if summary.last_seq < known.session.last_seq:
            return replace(known, people=people)
        newest = known.newest if summary.message_count == known.session.message_count else summary.last_seq
        item = replace(known, session=summary, unread=summary.unread, newest=newest, people=people)
    return _read(item, roster.read.get(item.id, 0), roster.current)


def advance(roster: Roster, event: Event) -> Roster:
    """Return the roster after an event of any session."""
    from segue.events import (
        ApprovalEvent,
        LeftEvent,
        MessageEvent,
        PresenceEvent,
        ReadEvent,
        SessionEvent,
        TurnEvent,
        TypingEvent,
    )

    match event:
        case SessionEvent():
            return _with_session(roster, event.type, event.data)
        case LeftEvent() if event.session_id:
            return without(roster, event.session_id)
        case ReadEvent() if event.session_id:
            return _with_read(roster, event.session_id, event.data.seq)
    item = roster.items.get(event.session_id or "")
    if item is None or (event.seq is not None and event.seq <= item.session.last_seq):
        return roster
    match event:
        case MessageEvent(type="message.created"):
            item = _with_message(roster, item, event.data)
        case TurnEvent():
            item = _with_turn(item, event.data)
        case ApprovalEvent(data=approval):
            waiting = {approval.id} if approval.state == "pending" else set()
            item = replace(item, asking=item.asking - {approval.id} | waiting)
        case PresenceEvent():
            item = _with_presence(item, event.data)
        case TypingEvent() if event.data.user != roster.me:
            item = replace(item, typing=(event.data.user, event.at + timedelta(seconds=TYPING_SECONDS)))
    if event.seq is not None:
        item = replace(item, session=item.session.model_copy(update={"last_seq": event.seq}))
    return _put(roster, item)


def _with_session(roster: Roster, kind: str, session: Session) -> Roster:
    known = roster.items.get(session.id)
    if kind == "session.deleted":
        return replace(without(roster, session.id), gone=roster.gone | {session.id})
    if session.id in roster.gone or (known and session.last_seq <= known.session.last_seq):
        return roster
    return _put(roster, replace(known, session=session) if known else Item(session, newest=session.last_seq))


def _with_message(roster: Roster, item: Item, message: Message) -> Item:
    from segue.models import IMPORTED, PREVIEW_LENGTH

    session = item.session.model_copy(
        update={
            "message_count": item.session.message_count + 1,
            "last_message_preview": message.content[:PREVIEW_LENGTH],
            "updated_at": max(item.session.updated_at, message.created_at),
        }
    )
    item = replace(item, session=session, typing=None, newest=message.seq)
    others = message.role in ("user", "assistant") and message.sender != roster.me
    read = item.id == roster.current or message.seq <= roster.read.get(item.id, 0) or message.interface == IMPORTED
    return replace(item, unread=item.unread + 1) if others and not read else item


def _with_turn(item: Item, turn: Turn) -> Item:
    if turn.state == "running":
        return replace(item, answering=turn.agent_name)
    return item if turn.state == "queued" else replace(item, answering="", asking=frozenset())


def _with_presence(item: Item, change: PresenceChange) -> Item:
    """Whoever leaves takes along whom only a page knew, without a name, to be at that interface."""
    who = (change.user, change.interface)
    if change.state == "attached":
        return replace(item, people=item.people | {who})
    return replace(item, people=item.people - {who, ("", change.interface)})


def _with_read(roster: Roster, session_id: str, seq: int) -> Roster:
    upto = max(seq, roster.read.get(session_id, 0))
    roster = replace(roster, read={**roster.read, session_id: upto})
    item = roster.items.get(session_id)
    return _put(roster, _read(item, upto, roster.current)) if item else roster


def _read(item: Item, seq: int, current: str) -> Item:
    """Take off what was read: all, where that goes up to the last message; else no more are left than events."""
    if item.id == current or seq >= item.newest:
        return replace(item, unread=0) if item.unread else item
    left = min(item.unread, item.session.last_seq - seq)
    return replace(item, unread=left) if left != item.unread else item


def _put(roster: Roster, item: Item) -> Roster:
    if roster.items.get(item.id) is item:
        return roster
    return replace(roster, items={**roster.items, item.id: item})


def opened(roster: Roster, session_id: str) -> Roster:
    """Return the roster of a window that shows this session from now on: it has read this one and the one before."""
    for read in (roster.current, session_id):
        if item := roster.items.get(read):
            roster = _with_read(roster, read, item.session.last_seq)
    return replace(roster, current=session_id)


def read_seq(roster: Roster, session_id: str) -> int:
    """Return up to where the session was read."""
    item = roster.items.get(session_id)
    known = getattr(item.session, "read_seq", 0) if item else 0  # a session from an event says nothing of that
    return max(known, roster.read.get(session_id, 0))


def without(roster: Roster, session_id: str) -> Roster:
    """Return the roster without a session, which may come back."""
    items = {key: item for key, item in roster.items.items() if key != session_id}
    return replace(roster, items=items, hidden=roster.hidden - {session_id})


def hide(roster: Roster, session_id: str) -> Roster:
    return replace(roster, hidden=roster.hidden | {session_id})


def unhide(roster: Roster, session_id: str) -> Roster:
    return replace(roster, hidden=roster.hidden - {session_id})


def recent(roster: Roster, *, archived: bool = False) -> list[Item]:
    """Return the items of the list, the latest changed first."""
    shown = (item for item in roster.items.values() if roster.shows(item, archived=archived))
    return sorted(shown, key=lambda item: (item.session.updated_at, item.id), reverse=True)


def groups(roster: Roster, now: datetime, *, archived: bool = False) -> list[tuple[str, list[Item]]]:
    """Return the items under headings, by the reader's calendar day; `now` carries the time zone."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    named: dict[str, list[Item]] = {"Pinned": [], "Today": [], "This week": [], "Older": [], "Archived": []}
    for item in recent(roster, archived=archived):
        named[_heading(item, today)].append(item)
    return [(heading, items) for heading, items in named.items() if items]


def _heading(item: Item, today: datetime) -> str:
    session = item.session
    if session.archived:
        return "Archived"
    if session.pinned:
        return "Pinned"
    if session.updated_at >= today:
        return "Today"
    return "This week" if session.updated_at >= today - _THIS_WEEK else "Older"
