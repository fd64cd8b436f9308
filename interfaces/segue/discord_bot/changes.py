"""What stands at a place follows what is changed and deleted in the session afterwards."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from segue.discord_bot.carrier import Cargo, Carrier
from segue.discord_bot.ledger import Ledger
from segue.discord_bot.outlet import Gone, Outlet, Refused
from segue.discord_bot.render import Part
from segue.models import Message

log = logging.getLogger(__name__)

NOTICES = 1_000
"""Receipts of parts from here on are of notices about a question."""

Rendering = Callable[[Message, str | None], Awaitable[list[Part]]]
"""Returns the parts of a message: with its sender's name in front, or without where it is shown under that name."""


class Changes:
    """The changes that one place does not show yet."""

    def __init__(self, outlet: Outlet, ledger: Ledger, carrier: Carrier, rendering: Rendering) -> None:
        self._outlet = outlet
        self._ledger = ledger
        self._carrier = carrier
        self._rendering = rendering
        self._waiting: dict[str, Message] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def note(self, message: Message) -> None:
        """Take note of a message that was changed or deleted."""
        self._waiting[message.id] = message

    def forget(self) -> None:
        """Let what stands at the place stay as it is."""
        self._waiting.clear()

    async def follow(self, name_of: Callable[[Message], Awaitable[str | None]]) -> None:
        """Bring the changes; `name_of` tells under which name a message is shown. Raises `Unsure`: try again."""
        for message in list(self._waiting.values()):
            if brought := self._ledger.parts_of(message.id):
                first = brought[min(brought)]
                name = await name_of(message)
                masked = name is not None and await self._outlet.is_masked(first)
                await self._change(message, brought, name if masked else None)
            if self._waiting.get(message.id) is message:
                del self._waiting[message.id]

    async def _change(self, message: Message, brought: dict[int, int], name: str | None) -> None:
        """Edit, add and delete parts; of a message whose beginning was taken away at the place nothing comes back."""
        parts = [] if message.deleted else await self._rendering(message, name)
        begins = True
        for index, part in enumerate(parts):
            stands = index in brought and await self._edit(message, brought[index], part, masked=name is not None)
            if index == 0:
                begins = stands
            elif begins and not stands:
                await self._add(message, index, part, name, beside=brought[0])
        for index, sent_id in brought.items():
            if message.deleted or len(parts) <= index < NOTICES:
                await self._delete(message, index, sent_id, masked=name is not None)

    async def _edit(self, message: Message, sent_id: int, part: Part, *, masked: bool) -> bool:
        """Edit a part; return False if it is not there any more."""
        try:
            await (self._outlet.edit_masked(sent_id, part) if masked else self._outlet.edit(sent_id, part))
        except Refused as exc:
            log.info("the change of message %s was not brought to %s: %s", message.id, self._outlet.place, exc)
            return not isinstance(exc, Gone)
        return True

    async def _add(self, message: Message, index: int, part: Part, name: str | None, *, beside: int) -> None:
        """Bring a part that the message did not have; it refers to the first one, which may stand far above."""
        self._ledger.reopen((message.id, index))
        at = message.edited_at or message.created_at
        await self._carrier.bring(Cargo((message.id, index), part, at, reply_to=str(beside), name=name))

    async def _delete(self, message: Message, index: int, sent_id: int, *, masked: bool) -> None:
        try:
            with suppress(Gone):
                await (self._outlet.delete_masked(sent_id) if masked else self._outlet.delete(sent_id))
        except Refused as exc:
            log.info("message %s still stands at %s: %s", message.id, self._outlet.place, exc)
        else:
            await self._ledger.removed((message.id, index), for_good=message.deleted)
