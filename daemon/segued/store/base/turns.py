"""The verbs about turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from segue.models import MessageStatus, SessionId, Turn, TurnError, TurnId, Usage
from segued.store.base.actors import Actor


@dataclass(frozen=True)
class TurnEnd:
    """How a turn ends: its state, the answer's text (kept even if not whole) and what the model reported."""

    state: Literal["completed", "failed", "cancelled", "interrupted"]
    text: str
    error: TurnError | None = None
    usage: Usage | None = None
    model_id: str | None = None
    response_time_ms: int | None = None

    @property
    def message_status(self) -> MessageStatus:
        return "complete" if self.state == "completed" else self.state


class TurnVerbs(Protocol):
    async def list_turns(self, by: Actor, session_id: SessionId, limit: int) -> tuple[Turn, ...]:
        """Return the open turns in order, behind the last ended ones: oldest first, at most `limit`."""
        ...

    async def list_open_sessions(self) -> tuple[SessionId, ...]:
        """Return the sessions in which a turn is queued or was running."""
        ...

    async def get_turn(self, by: Actor, turn_id: TurnId) -> Turn: ...

    async def get_partial_text(self, turn_id: TurnId) -> str:
        """Return the last saved text of the answer being written."""
        ...

    async def add_turn(self, by: Actor, session_id: SessionId, agent_name: str | None, model_id: str | None) -> Turn:
        """Queue a turn on the conversation as it stands."""
        ...

    async def retry_turn(self, by: Actor, turn_id: TurnId) -> Turn:
        """Queue a new turn for the same question. Raises `TurnConflict` unless the old one ended without an answer."""
        ...

    async def start_turn(self, session_id: SessionId) -> Turn | None:
        """Mark the session's next turn as running and return it: one that a crash left running, else one that
        interrupts, else the oldest queued. None if there is none. Only the session's one runner calls this, and never
        while a turn of it runs."""
        ...

    async def update_turn_text(self, turn_id: TurnId, text: str) -> None:
        """Save the answer's text so far. No event: it is followed live, and this is for after a crash."""
        ...

    async def end_turn(self, turn_id: TurnId, end: TurnEnd) -> Turn:
        """Add the answer as a message (if anything was said) and end the turn. If messages were handed to a turn
        that completes (mode steer) and are not yet answered, it stays running with a new `answer_id`. A turn that has
        ended already is returned as it is."""
        ...

    async def cancel_turn(self, by: Actor, turn_id: TurnId, withdraw: bool = False) -> Turn:
        """Cancel a queued turn (with `withdraw`, delete its question too). A running one is returned unchanged, for
        its runner to stop. Raises `TurnConflict` if it has ended, or is running and was to be withdrawn."""
        ...
