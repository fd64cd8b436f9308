"""What was brought to a place, as the daemon's receipts say and as this process knows before they are written."""

from __future__ import annotations

import logging
from typing import Any

from segue.client import Client
from segue.discord_bot.outlet import INTERFACE
from segue.errors import MessageNotFound
from segue.models import ReceiptState

log = logging.getLogger(__name__)

_KNOWN_RECEIPTS = 500
_REMEMBERED_PARTS = 5_000
_REASON_LENGTH = 1_000

PartKey = tuple[str, int]
"""A message of a session, and which of its parts."""


class Ledger:
    """The parts brought to one place. A part is `closed` once its receipt says sent or failed."""

    def __init__(self, client: Client, place: str) -> None:
        self._client = client
        self._place = place
        self._sent: dict[PartKey, int] = {}
        self._closed: dict[PartKey, None] = {}
        self._asked: dict[PartKey, None] = {}

    async def recall(self) -> None:
        """Learn what the daemon knows."""
        for receipt in await self._client.receipts(INTERFACE, self._place, limit=_KNOWN_RECEIPTS):
            key = (receipt.message_id, receipt.part)
            if receipt.state != "retrying":
                self._closed[key] = None
            else:
                self._asked[key] = None
            if receipt.state == "sent" and receipt.external_id:
                self._sent[key] = int(receipt.external_id)

    def is_closed(self, key: PartKey) -> bool:
        return key in self._closed

    def is_sent(self, key: PartKey) -> bool:
        return key in self._sent

    @property
    def ids(self) -> set[int]:
        """The messages at the place that are accounted for."""
        return set(self._sent.values())

    def parts_of(self, message_id: str) -> dict[int, int]:
        """Return the parts of a message that stand at the place, each with what it is called there."""
        return {part: sent_id for (owner, part), sent_id in self._sent.items() if owner == message_id}

    def sent(self, key: PartKey, sent_id: int) -> None:
        """Take note that a part stands at the place, before the daemon knows."""
        self._sent[key] = sent_id
        _trim(self._sent)

    def reopen(self, key: PartKey) -> None:
        """Let a part that was taken away be brought again."""
        self._sent.pop(key, None)
        self._closed.pop(key, None)

    def ask_again(self, key: PartKey) -> None:
        """Take note that somebody wants a part that failed to be brought once more."""
        self.reopen(key)
        self._asked[key] = None

    def asked_again(self) -> list[PartKey]:
        """Return those parts, once, oldest first: also those that were asked for while nobody listened."""
        asked, self._asked = sorted(self._asked), {}  # ids of messages grow with time
        return asked

    async def removed(self, key: PartKey, *, for_good: bool) -> None:
        """Take note that a part does not stand at the place any more; `for_good` goes with its message, receipt and
        all."""
        self._sent.pop(key, None)
        if not for_good:
            await self.note(key, "sent")

    async def note(self, key: PartKey, state: ReceiptState, reason: str | None = None) -> None:
        """Write the receipt."""
        message_id, part = key
        sent_id = self._sent.get(key)
        if state == "failed":
            log.warning("part %s of message %s was not brought to %s: %s", part, message_id, self._place, reason)
        try:
            await self._client.add_receipt(
                INTERFACE,
                self._place,
                message_id,
                part=part,
                state=state,
                external_id=str(sent_id) if sent_id else None,
                reason=reason[:_REASON_LENGTH] if reason else None,
            )
        except MessageNotFound:
            log.info("message %s was deleted meanwhile", message_id)
        if state != "retrying":
            self._closed[key] = None
            _trim(self._closed)


def _trim(known: dict[PartKey, Any]) -> None:
    """Forget the oldest; the daemon knows it."""
    while len(known) > _REMEMBERED_PARTS:
        del known[next(iter(known))]
