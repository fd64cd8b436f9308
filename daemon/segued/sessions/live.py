"""A session in memory, for as long as somebody follows it or its agent speaks: no transcript, only what is live."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from segue.events import (
    Compressing,
    CompressingEvent,
    Delta,
    DeltaEvent,
    LeftEvent,
    MessageEvent,
    PresenceChange,
    PresenceEvent,
    Snapshot,
    TurnEvent,
    Typing,
    TypingEvent,
)
from segue.models import ENDED, Attached, Partial, Session, SessionId, TurnId, UserId
from segued import clock
from segued.sessions.fanout import Follower, Frame, write_to_all
from segued.store.base import Commit


def left(session_id: SessionId | None) -> Frame:
    """Return what is told to somebody who is no member of the session any more."""
    return Frame(LeftEvent(session_id=session_id, at=clock.utc()))


class LiveSession:
    """Who follows a session, up to which seq they were told, and the answer being written.

    `head` is the seq of the last event that was published since this object exists; 0 before the first.
    """

    def __init__(self, session_id: SessionId, max_backlog: int) -> None:
        self.session_id = session_id
        self.head = 0
        self.audience: frozenset[UserId] = frozenset()
        self.partial: Partial | None = None
        self.holds = 0  # attachments under way: they need `head` to be kept
        self._level: set[Follower] = set()  # followers who were told everything up to `head`
        self._ahead: dict[Follower, int] = {}  # those whose replay went further, and how far
        self._joined: set[Follower] = set()  # both, and those cut off who have not left yet
        self._present: Counter[tuple[str, str]] = Counter()
        self._max_backlog = max_backlog

    @property
    def idle(self) -> bool:
        return not self.follower_count and not self.holds and self.partial is None

    @property
    def attached(self) -> tuple[Attached, ...]:
        return tuple(Attached(user=user, interface=interface) for user, interface in self._present)

    @property
    def interfaces(self) -> tuple[str, ...]:
        return tuple(sorted({interface for _, interface in self._present}))

    @property
    def followers(self) -> Iterable[Follower]:
        return self._joined

    @property
    def follower_count(self) -> int:
        return len(self._joined)

    def complete(self, snapshot: Snapshot) -> Snapshot:
        """Return the store's snapshot with what only lives here. One that is ahead of what was published keeps the
        answer as it was saved: the one here may have ended in it."""
        update: dict[str, object] = {"attached": self.attached}
        if snapshot.session.last_seq <= self.head:
            update["partial"] = self.partial
        return snapshot.model_copy(update=update)

    def meet(self, session: Session) -> None:
        """Know who may see the session, until its events tell."""
        if not self.head:
            self.audience = frozenset(member.user_id for member in session.members)

    def join(self, follower: Follower, cursor: int) -> Frame | None:
        """Let the follower have every event after `cursor` from now on; return the presence to be told, if new."""
        self._joined.add(follower)
        if self._is_stranger(follower):  # taken out while they were told what was before
            self._dismiss(follower)
        elif cursor > self.head:
            self._ahead[follower] = cursor
        else:
            self._level.add(follower)
        who = (follower.by.name, follower.by.interface)
        self._present[who] += 1
        return self._presence(who, attached=True) if self._present[who] == 1 else None

    def leave(self, follower: Follower) -> Frame | None:
        """Undo `join`; return the presence to be told, if that was the last window of its kind."""
        if follower not in self._joined:
            return None
        self._joined.discard(follower)
        self._forget(follower)
        who = (follower.by.name, follower.by.interface)
        self._present[who] -= 1
        if self._present[who] > 0:
            return None
        del self._present[who]
        return self._presence(who, attached=False)

    def publish(self, commits: Sequence[Commit], frames: Sequence[Frame]) -> None:
        """Tell the followers of events that were committed, in order."""
        for commit in commits:
            self._note(commit)
        self._write(self._level, frames)
        for follower, cursor in list(self._ahead.items()):
            unseen = [frame for frame in frames if (frame.event.seq or 0) > cursor]
            self._write([follower], unseen)
            if cursor <= self.head and self._ahead.pop(follower, None) is not None:
                self._level.add(follower)
                if (partial := self.partial_frame()) is not None:
                    self._write([follower], [partial])
        if commits[-1].event.type == "session.deleted":
            for follower in self._joined:
                follower.end()

    def tell(self, frame: Frame) -> None:
        """Tell the followers of something that is only about the moment."""
        self._write((*self._level, *self._ahead), [frame])

    def beat(self) -> None:
        for follower in (*self._level, *self._ahead):
            follower.beat()

    def say(self, text: str) -> Frame | None:
        """Put `text` behind the answer being written, and tell who follows; return the delta, for others."""
        if self.partial is None or not text:
            return None
        delta = Delta(
            turn_id=self.partial.turn_id, message_id=self.partial.message_id, offset=len(self.partial.text), text=text
        )
        self.partial = self.partial.model_copy(update={"text": self.partial.text + text})
        frame = Frame(DeltaEvent(session_id=self.session_id, at=clock.utc(), data=delta))
        self._write(self._level, [frame])  # those ahead get the whole text when they are level
        return frame

    def partial_frame(self) -> Frame | None:
        """Return the whole answer being written as one delta from its beginning."""
        if self.partial is None or not self.partial.text:
            return None
        delta = Delta(
            turn_id=self.partial.turn_id, message_id=self.partial.message_id, offset=0, text=self.partial.text
        )
        return Frame(DeltaEvent(session_id=self.session_id, at=clock.utc(), data=delta))

    def typing(self, user: str, interface: str) -> Frame:
        data = Typing(user=user, interface=interface)
        return Frame(TypingEvent(session_id=self.session_id, at=clock.utc(), data=data))

    def compressing(self, active: bool) -> Frame:
        data = Compressing(active=active)
        return Frame(CompressingEvent(session_id=self.session_id, at=clock.utc(), data=data))

    def end_partial(self, turn_id: TurnId) -> None:
        if self.partial is not None and self.partial.turn_id == turn_id:
            self.partial = None

    def _note(self, commit: Commit) -> None:
        event = commit.event
        self.head = event.seq or self.head
        if commit.audience != self.audience:
            self.audience = commit.audience
            self._dismiss_strangers()
        if isinstance(event, MessageEvent) and self.partial and event.data.id == self.partial.message_id:
            self.partial = None
        elif isinstance(event, TurnEvent):
            turn = event.data
            if turn.state in ENDED:
                self.end_partial(turn.id)
            elif event.type == "turn.started" and turn.answer_id is not None:
                self.partial = Partial(turn_id=turn.id, message_id=turn.answer_id)

    def _dismiss_strangers(self) -> None:
        for follower in (*self._level, *self._ahead):
            if self._is_stranger(follower):
                self._dismiss(follower)
                self._forget(follower)

    def _dismiss(self, follower: Follower) -> None:
        """End the stream of who was a member and is none any more, and tell them so."""
        write_to_all([follower], [left(self.session_id)], self._max_backlog)
        follower.end()

    def _is_stranger(self, follower: Follower) -> bool:
        return not follower.by.sees_all and follower.by.user_id not in self.audience

    def _write(self, followers: Iterable[Follower], frames: Sequence[Frame]) -> None:
        for lagging in write_to_all(followers, frames, self._max_backlog):
            self._forget(lagging)

    def _forget(self, follower: Follower) -> None:
        self._level.discard(follower)
        self._ahead.pop(follower, None)

    def _presence(self, who: tuple[str, str], *, attached: bool) -> Frame:
        user, interface = who
        change = PresenceChange(user=user, interface=interface, state="attached" if attached else "detached")
        return Frame(PresenceEvent(session_id=self.session_id, at=clock.utc(), data=change))
