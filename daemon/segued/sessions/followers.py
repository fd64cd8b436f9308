"""Who follows what: each session's own followers, and those of everything. They are told what was committed, in order,
and what is only about the moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain

from segue.events import ReadEvent, Snapshot
from segue.models import ReadMark, SessionId, UserId
from segued import clock
from segued.config import ServerSettings
from segued.sessions.attach import following, replay_all
from segued.sessions.fanout import Follower, Frame, write_to_all
from segued.sessions.live import LiveSession, left
from segued.store.base import Actor, Commit, Store


class Followers:
    """Every open stream. `store` is given before the first attaches; `publish` works from the start."""

    def __init__(self, settings: ServerSettings) -> None:
        self.reload(settings)
        self._live: dict[SessionId, LiveSession] = {}
        self._of_all: dict[Follower, bool] = {}  # and whether they want deltas
        self._position = 0
        self._store: Store

    def reload(self, settings: ServerSettings) -> None:
        self._heartbeat_seconds = settings.heartbeat_seconds
        self._max_backlog = settings.max_backlog_bytes

    async def open(self, store: Store) -> None:
        self._store = store
        self._position = max(self._position, await store.get_last_position())

    @asynccontextmanager
    async def attach(
        self, by: Actor, session_id: SessionId, after: int | None, follower: Follower
    ) -> AsyncIterator[None]:
        """Follow a session inside the block: snapshot (or replay after a seq), then every event."""
        live = self._live.setdefault(session_id, LiveSession(session_id, self._max_backlog))
        try:
            async with following(self._store, live, by, after, follower, self._tell):
                yield
        finally:
            self._forget_if_idle(live)

    @asynccontextmanager
    async def attach_all(
        self, by: Actor, after: int | None, follower: Follower, *, deltas: bool = True
    ) -> AsyncIterator[None]:
        """Follow every session that `by` may see inside the block: replay after a position, then every event."""
        await replay_all(self._store, by, after, follower, lambda: self._position)
        self._of_all[follower] = deltas
        try:
            yield
        finally:
            self._of_all.pop(follower, None)

    # --- how it stands

    def is_attached(self, session_id: SessionId) -> bool:
        """Tell whether somebody follows the session."""
        live = self._live.get(session_id)
        return live is not None and not live.idle

    def interfaces(self, session_id: SessionId) -> tuple[str, ...]:
        """Return the kinds of windows that have the session open."""
        live = self._live.get(session_id)
        return () if live is None else live.interfaces

    @property
    def attached(self) -> Counter[str]:
        """How many streams are open, by interface."""
        followers = chain(self._of_all, *(live.followers for live in self._live.values()))
        return Counter(follower.by.interface for follower in followers)

    def complete(self, snapshot: Snapshot) -> Snapshot:
        """Return the store's snapshot with what only lives here."""
        live = self._live.get(snapshot.session.id)
        return snapshot if live is None else live.complete(snapshot)

    # --- what was committed

    def publish(self, commits: Sequence[Commit]) -> None:
        """Tell everybody of what was committed, in order."""
        told = [(commit, Frame(commit.event, commit.position)) for commit in commits]
        by_session: dict[SessionId, list[tuple[Commit, Frame]]] = {}
        for commit, frame in told:
            self._position = max(self._position, commit.position)
            if commit.event.session_id is not None:
                by_session.setdefault(commit.event.session_id, []).append((commit, frame))
        for session_id, its in by_session.items():
            self._publish_session(session_id, its)
        self._publish_all(told)

    def _publish_session(self, session_id: SessionId, told: list[tuple[Commit, Frame]]) -> None:
        live = self._live.get(session_id)
        if live is None and not any(commit.event.type == "turn.started" for commit, _ in told):
            return
        if live is None:
            live = self._live[session_id] = LiveSession(session_id, self._max_backlog)
        live.publish([commit for commit, _ in told], [frame for _, frame in told])
        self._forget_if_idle(live)

    def _publish_all(self, told: list[tuple[Commit, Frame]]) -> None:
        """Tell who follows everything what they may see, in the order of the whole log: a cursor only grows."""
        by_user: dict[tuple[bool, UserId | None], list[Follower]] = {}
        for follower in self._of_all:
            by_user.setdefault((follower.by.sees_all, follower.by.user_id), []).append(follower)
        for (sees_all, user_id), followers in by_user.items():
            frames = [
                frame if sees_all or user_id in commit.audience else left(commit.event.session_id)
                for commit, frame in told
                if sees_all or user_id in commit.audience or user_id in commit.left
            ]
            if frames:
                write_to_all(followers, frames, self._max_backlog, everything=True)

    # --- what is only about the moment

    def say(self, session_id: SessionId, text: str) -> None:
        """Put `text` behind the answer being written."""
        live = self._live.get(session_id)
        if live is not None and (frame := live.say(text)) is not None:
            self._tell_all(live.audience, frame, deltas=True)

    def typing(self, session_id: SessionId, by: Actor) -> None:
        """Tell that somebody is typing."""
        if (live := self._live.get(session_id)) is not None:
            self._tell(live, live.typing(by.name, by.interface))

    def compressing(self, session_id: SessionId, active: bool) -> None:
        """Tell that earlier messages are being summarised, or are no more."""
        if (live := self._live.get(session_id)) is not None:
            self._tell(live, live.compressing(active))

    def marked_read(self, session_id: SessionId, by: Actor, seq: int) -> None:
        """Tell somebody's windows up to where they have read."""
        frame = Frame(ReadEvent(session_id=session_id, at=clock.utc(), data=ReadMark(seq=seq)))
        theirs = [follower for follower in self._of_all if follower.by.user_id == by.user_id]
        write_to_all(theirs, [frame], self._max_backlog, everything=True)

    async def beat(self) -> None:
        """Send a sign of life to every quiet stream, again and again, and so notice those that have died."""
        while True:
            await asyncio.sleep(self._heartbeat_seconds)
            for live in list(self._live.values()):
                live.beat()
            for follower in list(self._of_all):
                follower.beat()

    def _tell(self, live: LiveSession, frame: Frame) -> None:
        live.tell(frame)
        self._tell_all(live.audience, frame)

    def _tell_all(self, audience: frozenset[UserId], frame: Frame, *, deltas: bool = False) -> None:
        if self._of_all:
            followers = (
                follower
                for follower, wants_deltas in self._of_all.items()
                if (wants_deltas or not deltas) and (follower.by.sees_all or follower.by.user_id in audience)
            )
            write_to_all(followers, [frame], self._max_backlog, everything=True)

    def _forget_if_idle(self, live: LiveSession) -> None:
        if live.idle and self._live.get(live.session_id) is live:
            del self._live[live.session_id]
