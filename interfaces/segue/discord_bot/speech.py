"""What is being said in a bound session at this moment."""

from __future__ import annotations

from segue.events import Delta, Snapshot
from segue.models import ENDED, Partial, Turn


class Speech:
    """The turn that runs in a session, and its half-finished answer."""

    def __init__(self) -> None:
        self.turn: Turn | None = None
        self.partial: Partial | None = None
        self.complete = True
        """False while the beginning of the answer is missing: only a snapshot has it."""

    def load(self, snapshot: Snapshot) -> None:
        """Take over what a snapshot tells."""
        self.turn = next((turn for turn in snapshot.turns if turn.state == "running"), None)
        self.partial = snapshot.partial if self.turn else None
        self.complete = True

    def take_turn(self, turn: Turn) -> None:
        """Take note of a turn that began, began anew or ended."""
        if turn.state == "running" and turn.answer_id is not None:
            self.turn = turn
            self.partial = Partial(turn_id=turn.id, message_id=turn.answer_id)
            self.complete = True
        elif turn.state in ENDED and self.turn is not None and self.turn.id == turn.id:
            self.turn = self.partial = None

    def take_delta(self, delta: Delta) -> None:
        """Add text; what a snapshot has told already changes nothing."""
        known = self.partial.text if self.partial and self.partial.message_id == delta.message_id else ""
        end = delta.offset + len(delta.text)
        if delta.offset > len(known):
            self.complete = False
        elif delta.offset == 0 or end > len(known):
            text = known[: delta.offset] + delta.text
            self.partial = Partial(turn_id=delta.turn_id, message_id=delta.message_id, text=text)
