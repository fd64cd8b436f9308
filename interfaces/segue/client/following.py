"""Calls about what happens, live."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from segue import routes
from segue.client.calls import Calls
from segue.events import Event
from segue.following import Follower
from segue.routes import path

OnConnection = Callable[[bool], None]


class Following(Calls):
    def follow(
        self, session_id: str, *, after: int | None = None, on_connection: OnConnection | None = None
    ) -> AsyncGenerator[Event, None]:
        """Yield a session's events for as long as you listen, each durable one once and in order, none missing.

        Without `after` a `SnapshotEvent` comes first; with it, every event behind that seq. Lost connections and
        restarts of the daemon are bridged: the stream resumes where it was (or, after a `ResetEvent`, begins with a new
        snapshot), and what `segue.events.apply` makes of the events stays true. `on_connection` is told True when the
        stream is up, the first time too, and False when it is lost. Who is no member any more is given a `LeftEvent`,
        and nothing after it. Raises when coming back is pointless:
        `SessionNotFound`, `Unauthorized`, `Forbidden`. Wrap it in `contextlib.aclosing` to stop early and cleanly.
        """
        where = path(routes.SESSION_EVENTS, session_id=session_id)
        return Follower(self._connection, where, after=after, gapless=True, on_connection=on_connection).events()

    def follow_all(
        self, *, after: int | None = None, deltas: bool = True, on_connection: OnConnection | None = None
    ) -> AsyncGenerator[Event, None]:
        """Yield the events of every session that you may see, as `follow` does. The cursor is `event.id`, the position
        in the whole log; without `after` it starts now. Without `deltas` answers come only as they end."""
        where = routes.EVENTS if deltas else f"{routes.EVENTS}?deltas=false"
        return Follower(self._connection, where, after=after, gapless=False, on_connection=on_connection).events()
