"""What the window knows, as plain data: the daemon's snapshot, and around it what only this window knows.

The snapshot's messages are always the newest ones and stay live. The reader sees a window: those, or, far above them,
messages of its own (`apart`) until reading down joins the two again.

`segue.events` brings pydantic and is imported at the first event, after the first paint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING

from segue.tui.outbox import Outbox, settled
from segue.tui.words import Connection

if TYPE_CHECKING:
    from segue.events import Event, MessageEvent, Snapshot, TypingEvent
    from segue.models import Message, Partial, Turn

TYPING_SECONDS = 6.0
_MOST_CHANGES = 30
_MOST_TURNS = 300


@dataclass(frozen=True)
class Typist:
    """Somebody who writes something; `until` is a time of `monotonic`."""

    user: str
    interface: str
    until: float


@dataclass(frozen=True)
class View:
    """`turns` holds ended turns by id, oldest first: the snapshot has only the open ones. `reached_start` tells that
    there are no messages before the window; `me` is the name under which others see us. What came after `read_seq` and
    until `opened_seq` is new since the reader was here. `changes` are the messages edited or deleted last: what is
    loaded may have been read before that."""

    snapshot: Snapshot | None = None
    apart: tuple[Message, ...] | None = None
    turns: Mapping[str, Turn] = field(default_factory=dict)
    outbox: Outbox = ()
    typists: tuple[Typist, ...] = ()
    connection: Connection = "connecting"
    reached_start: bool = False
    changes: tuple[Message, ...] = ()
    read_seq: int = 0
    opened_seq: int = 0
    is_compressing: bool = False
    me: str = "you"

    @property
    def messages(self) -> tuple[Message, ...]:
        """The newest messages, wherever one reads."""
        return self.snapshot.messages if self.snapshot else ()

    @property
    def window(self) -> tuple[Message, ...]:
        """The messages on the screen."""
        return self.messages if self.apart is None else self.apart

    @property
    def is_at_tail(self) -> bool:
        """Whether the window includes the newest message, and what comes after it."""
        return self.apart is None

    @property
    def first_seq(self) -> int:
        """Older messages are those before this seq."""
        return self.window[0].seq if self.window else self.last_seq + 1

    @property
    def final_seq(self) -> int:
        """Newer messages are those after this seq."""
        return self.window[-1].seq if self.window else 0

    @property
    def open_turns(self) -> tuple[Turn, ...]:
        return self.snapshot.turns if self.snapshot else ()

    @property
    def last_seq(self) -> int:
        return self.snapshot.session.last_seq if self.snapshot else 0

    @property
    def session_id(self) -> str:
        return self.snapshot.session.id if self.snapshot else ""

    @property
    def partial(self) -> Partial | None:
        """The answer that is being written."""
        return self.snapshot.partial if self.snapshot else None

    def says_the_same_as(self, other: View) -> bool:
        """Whether only the half-finished answer or who is here differs; cheap, for it is asked at every word."""
        pairs = (
            (self.window, other.window),
            (self.is_at_tail, other.is_at_tail),
            (self.reached_start, other.reached_start),
            (self.open_turns, other.open_turns),
            (self.turns, other.turns),
            (self.outbox, other.outbox),
            (self._deliveries, other._deliveries),
            (self._places, other._places),
            (self._summary, other._summary),
            (self._tools, other._tools),
            (self.opened_seq, other.opened_seq),
            (self.me, other.me),
            (self.connection, other.connection) if self.outbox else (0, 0),
        )
        return all(ours is theirs for ours, theirs in pairs)

    @property
    def _deliveries(self) -> object:
        return self.snapshot.receipts if self.snapshot else None

    @property
    def _tools(self) -> object:
        return self.snapshot.tool_calls if self.snapshot else None

    @property
    def _places(self) -> object:
        return self.snapshot.bindings if self.snapshot else None

    @property
    def _summary(self) -> object:
        return self.snapshot.summary if self.snapshot else None

    @property
    def running(self) -> Turn | None:
        return next((turn for turn in self.open_turns if turn.state == "running"), None)

    @property
    def queued(self) -> int:
        return sum(turn.state == "queued" for turn in self.open_turns)


def advance(view: View, event: Event) -> View:
    """Return the view after an event; raises `Gap` if one before it is missing."""
    from segue.events import CompressingEvent, MessageEvent, SnapshotEvent, TurnEvent, TypingEvent, apply

    if isinstance(event, SnapshotEvent):
        known = len(event.data.messages) >= event.data.session.message_count
        view = replace(view, snapshot=event.data, apart=None, reached_start=known, is_compressing=False)
    elif view.snapshot is None:
        return view
    elif isinstance(event, TypingEvent):
        return _with_typist(view, event)
    elif isinstance(event, CompressingEvent):
        return replace(view, is_compressing=event.data.active)
    else:
        before = view.snapshot
        view = replace(view, snapshot=apply(before, event))
        if isinstance(event, MessageEvent) and view.snapshot is not before:
            view = _with_message(view, event)
    if isinstance(event, TurnEvent):
        view = with_turns(view, (event.data,))
    return replace(view, outbox=settled(view.outbox, view.snapshot))


def _with_message(view: View, event: MessageEvent) -> View:
    message = event.data
    if event.type == "message.created":
        done = (message.sender, message.interface)
        return replace(view, typists=tuple(t for t in view.typists if (t.user, t.interface) != done))
    changed = message.model_copy(update={"deleted": event.type == "message.deleted"})
    view = replace(view, changes=(*view.changes, changed)[-_MOST_CHANGES:])
    return view if view.apart is None else replace(view, apart=as_changed(view, view.apart))


def as_changed(view: View, messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return the messages as they are after the last changes, without those that were deleted."""
    changed = {message.id: message for message in view.changes}
    return tuple(now for now in (changed.get(message.id, message) for message in messages) if not now.deleted)


def _with_typist(view: View, event: TypingEvent) -> View:
    who = (event.data.user, event.data.interface)
    if who == (view.me, "tui"):
        return view
    others = tuple(t for t in view.typists if (t.user, t.interface) != who and t.until > monotonic())
    return replace(view, typists=(*others, Typist(*who, monotonic() + TYPING_SECONDS)))


def with_turns(view: View, turns: Iterable[Turn]) -> View:
    """Return the view with those of the turns that have ended."""
    from segue.models import ENDED

    ended: dict[str, Turn] = {turn.id: turn for turn in turns if turn.state in ENDED}
    known = {**view.turns, **ended}
    if known.keys() == view.turns.keys():
        return view
    newest = sorted(known.values(), key=lambda turn: turn.seq)[-_MOST_TURNS:]
    return replace(view, turns={turn.id: turn for turn in newest})


def opened(view: View, read_seq: int) -> View:
    """Return the view as one finds it who read it up to a seq."""
    return replace(view, read_seq=read_seq, opened_seq=view.last_seq)


def retryable(view: View) -> Turn | None:
    """Return the newest turn if it ended without a whole answer."""
    newest = max((*view.turns.values(), *view.open_turns), key=lambda turn: turn.seq, default=None)
    return newest if newest and newest.state in ("failed", "cancelled", "interrupted") else None
