"""Bringing one part to one place, exactly once.

What is in doubt is looked for at the place before anything is sent; the nonce makes a second sending the same message
for some minutes; what was shown as a preview becomes the part by an edit.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat

from discord.ui import View

from segue.discord_bot.doubt import Doubt
from segue.discord_bot.ledger import Ledger, PartKey
from segue.discord_bot.outlet import Gone, Outlet, Refused, Sent, Unsure
from segue.discord_bot.preview import Preview
from segue.discord_bot.render import Part, nonce
from segue.models import Turn

_PAUSES_SECONDS = (0.5, 1, 2, 4, 8, 15, 30)
_GIVE_UP = timedelta(hours=6)
_LOST_TRIES = 3
_PERHAPS_TWICE = "-# You may have this already: the bot was interrupted, and may not read the history here."


@dataclass(frozen=True)
class Cargo:
    """A part and how it is to stand at the place: what it answers there, its buttons, under whose name."""

    key: PartKey
    part: Part
    at: datetime
    turn: Turn | None = None
    reply_to: str | None = None
    view: View | None = None
    name: str | None = None


class Carrier:
    """Brings parts to one place, one after the other."""

    def __init__(self, outlet: Outlet, ledger: Ledger, preview: Preview, doubt: Doubt) -> None:
        self._outlet = outlet
        self._ledger = ledger
        self._preview = preview
        self._doubt = doubt

    async def bring(self, cargo: Cargo) -> None:
        """Bring a part, as often as it takes; it ends as sent or failed, and both are noted."""
        started = datetime.now(UTC)
        pauses = chain(_PAUSES_SECONDS, repeat(_PAUSES_SECONDS[-1]))
        while not self._ledger.is_closed(cargo.key):
            try:
                await self._put(cargo)
                await self._ledger.note(cargo.key, "sent")
            except Refused as exc:
                await self._ledger.note(cargo.key, "failed", str(exc))
            except Unsure as exc:
                self._doubt.begin()
                if datetime.now(UTC) - started > _GIVE_UP:
                    await self._ledger.note(cargo.key, "failed", f"given up: {exc}")
                else:
                    await self._ledger.note(cargo.key, "retrying", str(exc))
                    await asyncio.sleep(next(pauses))

    async def _put(self, cargo: Cargo, attempt: int = 0) -> None:
        """See to it that the part stands at the place."""
        if self._ledger.is_sent(cargo.key):
            return
        shown = self._preview.shown(cargo.key)
        shown = shown or await self._doubt.find(cargo.turn, cargo.part.text, cargo.at, cargo.reply_to)
        shown = shown or await self._send(cargo, attempt)
        try:
            if shown.text != cargo.part.text or shown.turn_id is not None:
                await self._outlet.edit(shown.id, cargo.part, cargo.view)
        except Gone:
            if attempt == _LOST_TRIES:
                raise
            await self._lose(cargo.key, shown)
            await self._put(cargo, attempt + 1)
        else:
            self._ledger.sent(cargo.key, shown.id)

    async def _send(self, cargo: Cargo, attempt: int) -> Sent:
        part = cargo.part
        if self._doubt.remains(cargo.at):
            part = replace(part, text=f"{part.text}\n{_PERHAPS_TWICE}")
        if cargo.name is not None:
            sent = await self._outlet.send_as(cargo.name, part)
        else:
            secret = nonce(*cargo.key, self._outlet.place, attempt)
            reply_to = cargo.reply_to or self._beginning(cargo.key)
            sent = await self._outlet.send(part, secret, reply_to=reply_to, view=cargo.view)
        self._doubt.end()
        if sent.text != part.text:
            return sent
        own_buttons = cargo.view is not None  # others are those of a preview, found by its nonce: they have to go
        return replace(sent, text=cargo.part.text, turn_id=None if own_buttons else sent.turn_id)

    def _beginning(self, key: PartKey) -> str | None:
        """Return the first part of what this goes on with, if something else was said since the part before."""
        message_id, part = key
        there = self._ledger.parts_of(message_id)
        overtaken = part - 1 in there and self._outlet.is_overtaken(there[part - 1])
        return str(there[0]) if overtaken and 0 in there else None

    async def _lose(self, key: PartKey, shown: Sent) -> None:
        """Let go of a message that cannot be changed any more."""
        self._preview.forget(key)
        self._doubt.forget(shown)
        with suppress(Refused):
            await self._outlet.delete(shown.id)
