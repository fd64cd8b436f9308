"""What the window knows, as plain data: the daemon's snapshot, and around it what only this window knows.

`segue.events` brings pydantic and is imported at the first event, after the first paint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from segue.tui.outbox import Outbox, settled
from segue.tui.words import Connection

if TYPE_CHECKING:
    from segue.events import Event, Snapshot
    from segue.models import Message, Turn

WINDOW = 80  # messages shown while one reads the end
_SLACK = 20
_MOST_TURNS = 300


@dataclass(frozen=True)
class View:
    """`turns` holds ended turns by id, oldest first: the snapshot has only the open ones. `reached_start` tells that
    there are no messages before the first one in the snapshot; `me` is the name under which others see us."""

    snapshot: Snapshot | None = None
    turns: Mapping[str, Turn] = field(default_factory=dict)
    outbox: Outbox = ()
    connection: Connection = "connecting"
    reached_start: bool = False
    me: str = "you"

    @property
    def messages(self) -> tuple[Message, ...]:
        return self.snapshot.messages if self.snapshot else ()

    @property
    def open_turns(self) -> tuple[Turn, ...]:
        return self.snapshot.turns if self.snapshot else ()

    @property
    def last_seq(self) -> int:
        return self.snapshot.session.last_seq if self.snapshot else 0

    def says_the_same_as(self, other: View) -> bool:
        """Whether only the half-finished answer or who is here differs; cheap, for it is asked at every word."""
        pairs = (
            (self.messages, other.messages),
            (self.open_turns, other.open_turns),
            (self.turns, other.turns),
            (self.outbox, other.outbox),
        )
        return self.me == other.me and all(ours is theirs for ours, theirs in pairs)

    @property
    def running(self) -> Turn | None:
        return next((turn for turn in self.open_turns if turn.state == "running"), None)

    @property
    def queued(self) -> int:
        return sum(turn.state == "queued" for turn in self.open_turns)


def advance(view: View, event: Event) -> View:
    """Return the view after an event; raises `Gap` if one before it is missing."""
    from segue.events import SnapshotEvent, TurnEvent, apply

    if isinstance(event, SnapshotEvent):
        known = len(event.data.messages) >= event.data.session.message_count
        view = replace(view, snapshot=event.data, reached_start=known)
    elif view.snapshot is None:
        return view
    else:
        view = replace(view, snapshot=apply(view.snapshot, event))
    if isinstance(event, TurnEvent):
        view = with_turns(view, (event.data,))
    return replace(view, outbox=settled(view.outbox, view.snapshot))


def with_turns(view: View, turns: Iterable[Turn]) -> View:
    """Return the view with those of the turns that have ended."""
    from segue.models import ENDED

    ended: dict[str, Turn] = {turn.id: turn for turn in turns if turn.state in ENDED}
    known = {**view.turns, **ended}
    if known.keys() == view.turns.keys():
        return view
    newest = sorted(known.values(), key=lambda turn: turn.seq)[-_MOST_TURNS:]
    return replace(view, turns={turn.id: turn for turn in newest})


def with_older(view: View, messages: Sequence[Message]) -> View:
    """Return the view with the messages that come right before its first one; none are left if there are none."""
    if view.snapshot is None:
        return view
    first = view.messages[0].seq if view.messages else view.last_seq + 1
    older = tuple(message for message in messages if message.seq < first)
    snapshot = view.snapshot.model_copy(update={"messages": (*older, *view.messages)})
    return replace(view, snapshot=snapshot, reached_start=not older)


def trimmed(view: View) -> View:
    """Return the view with the last messages only, if it holds many more; the others can be loaded again."""
    if view.snapshot is None or len(view.messages) <= WINDOW + _SLACK:
        return view
    snapshot = view.snapshot.model_copy(update={"messages": view.messages[-WINDOW:]})
    return replace(view, snapshot=snapshot, reached_start=False)


def retryable(view: View) -> Turn | None:
    """Return the newest turn if it ended without a whole answer."""
    newest = max((*view.turns.values(), *view.open_turns), key=lambda turn: turn.seq, default=None)
    return newest if newest and newest.state in ("failed", "cancelled", "interrupted") else None
