"""Deletions that can still be undone: the daemon is asked only when the time for second thoughts is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

SECOND_THOUGHTS_SECONDS = 20.0


class Stoppable(Protocol):
    def stop(self) -> None: ...


SetTimer = Callable[[float, Callable[[], None]], Stoppable]


class Deletions:
    """What is about to be deleted, the latest last. `carry_out` is called once for each, unless it is undone."""

    def __init__(self, set_timer: SetTimer, carry_out: Callable[[str], object]) -> None:
        self._set_timer = set_timer
        self._carry_out = carry_out
        self._waiting: dict[str, Stoppable] = {}

    @property
    def are_waiting(self) -> bool:
        return bool(self._waiting)

    def ask(self, session_id: str) -> None:
        """Delete the session after a while."""
        if session_id not in self._waiting:
            self._waiting[session_id] = self._set_timer(SECOND_THOUGHTS_SECONDS, lambda: self._finish(session_id))

    def undo(self) -> str | None:
        """Take the latest one back and return it, None if there is none."""
        if not self._waiting:
            return None
        session_id, timer = self._waiting.popitem()
        timer.stop()
        return session_id

    def forget(self, session_id: str) -> None:
        """Leave alone a session that somebody else deleted."""
        if timer := self._waiting.pop(session_id, None):
            timer.stop()

    def flush(self) -> None:
        """Carry all out at once."""
        for session_id in tuple(self._waiting):
            self._finish(session_id)

    def _finish(self, session_id: str) -> None:
        if timer := self._waiting.pop(session_id, None):
            timer.stop()
            self._carry_out(session_id)
