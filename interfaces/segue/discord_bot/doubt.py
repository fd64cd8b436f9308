"""What may stand at a place without a receipt: what was on its way when the bot died or Discord fell silent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from segue.discord_bot.outlet import Outlet, Sent
from segue.models import Turn

NONCE_HOLDS = timedelta(minutes=2)
"""How long a nonce surely keeps a second sending from being a second message: "the past few minutes", says Discord."""
_EARLIER = timedelta(minutes=2)  # clocks differ


class Doubt:
    """Begins with the process, and with every silence of Discord; ends once a message was sent that is surely new.
    `taken` tells the messages that are accounted for."""

    def __init__(self, outlet: Outlet, taken: Callable[[], set[int]]) -> None:
        self._outlet = outlet
        self._taken = taken
        self._is_on = True
        self._history: list[Sent] | None = None

    def begin(self) -> None:
        self._is_on, self._history = True, None

    def end(self) -> None:
        self._is_on, self._history = False, None

    def remains(self, since: datetime) -> bool:
        """Tell whether a second sending of what was first sent then could be seen twice, because the bot may not read
        the history and a nonce does not hold for so long."""
        return self._is_on and not self._outlet.may_look() and datetime.now(UTC) - since > NONCE_HOLDS

    async def find(
        self, turn: Turn | None, text: str, created_at: datetime, question: str | None = None
    ) -> Sent | None:
        """Return what stands at the place already: of this text, or of the answer of this turn. It stands behind the
        `question` there, if that is known: an older message with the same words is another answer."""
        if not self._is_on:
            return None
        if self._history is None:
            began = min(created_at, turn.started_at or created_at) if turn else created_at
            self._history = list(await self._outlet.own_since(began - _EARLIER))
        taken = self._taken()
        after = int(question) if question and question.isdigit() else 0  # a command is no message
        free = [sent for sent in self._history if sent.id not in taken and sent.id > after]
        exact = next((sent for sent in free if sent.text == text), None)
        return exact or next((sent for sent in free if turn and sent.turn_id == turn.id), None)

    def forget(self, sent: Sent) -> None:
        """Take note that a message that was found is not there any more."""
        self._history = [other for other in self._history or () if other.id != sent.id]
