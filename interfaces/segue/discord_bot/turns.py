"""Turns and questions that deliveries ask about, remembered for a while."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

from segue.client import Client
from segue.errors import NotFound
from segue.models import Message, Turn

_REMEMBERED = 500

T = TypeVar("T")


class Turns:
    """What the daemon knows of a turn and of the message that it answers."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._turns: OrderedDict[str, Turn] = OrderedDict()
        self._questions: OrderedDict[str, Message] = OrderedDict()

    def note(self, turn: Turn) -> None:
        """Take note of a turn as an event tells it."""
        _remember(self._turns, turn.id, turn)

    def note_message(self, message: Message) -> None:
        """Take note of a message that may be a question."""
        if message.role == "user":
            _remember(self._questions, message.id, message)

    async def get(self, turn_id: str | None, *, ended: bool = False) -> Turn | None:
        """Return a turn, None if there is none (any more); `ended` asks the daemon unless it is known to have ended."""
        if turn_id is None:
            return None
        known = self._turns.get(turn_id)
        if known is None or (ended and known.ended_at is None):
            try:
                known = await self._client.turn(turn_id)
            except NotFound:
                return None
            self.note(known)
        return known

    async def question(self, turn: Turn | None) -> Message | None:
        """Return the message that a turn answers, None if there is none (any more)."""
        if turn is None or turn.message_id is None:
            return None
        known = self._questions.get(turn.message_id)
        if known is None:
            try:
                known = await self._client.message(turn.session_id, turn.message_id)
            except NotFound:
                return None
            self.note_message(known)
        return known


def _remember(shelf: OrderedDict[str, T], key: str, value: T) -> None:
    shelf[key] = value
    shelf.move_to_end(key)
    while len(shelf) > _REMEMBERED:
        shelf.popitem(last=False)
