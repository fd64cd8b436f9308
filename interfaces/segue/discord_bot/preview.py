"""An answer while it is being written: shown at the place, edited at a pace and only when it changed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from discord.ui import View

from segue.discord_bot.controls import stop_controls
from segue.discord_bot.doubt import Doubt
from segue.discord_bot.ledger import PartKey
from segue.discord_bot.outlet import INTERFACE, Gone, Outlet, Refused, Sent, Unsure
from segue.discord_bot.pace import Pace
from segue.discord_bot.render import Part, growing, nonce
from segue.discord_bot.speech import Speech
from segue.discord_bot.turns import Turns
from segue.discord_settings import DiscordSettings
from segue.errors import SegueError
from segue.models import Message, Partial, Policy, Turn

log = logging.getLogger(__name__)

_ELSEWHERE = "-# … goes on elsewhere"
_TYPING_SECONDS = 8.0  # Discord shows it for ten
_PAUSE_SECONDS = 5.0  # after Discord did not take an edit


class Preview:
    """What a place sees of the running turn."""

    def __init__(
        self,
        turns: Turns,
        outlet: Outlet,
        speech: Speech,
        settings: DiscordSettings,
        doubt: Doubt,
        is_brought: Callable[[PartKey], bool],
    ) -> None:
        self._turns = turns
        self._outlet = outlet
        self._speech = speech
        self._settings = settings
        self._doubt = doubt
        self._is_brought = is_brought
        self._turn_id: str | None = None
        self._message_id: str | None = None
        self._parts: list[Sent] = []
        self._pace = Pace(settings.edit_seconds)
        self._typed_at = 0.0
        self._typed_for: str | None = None
        self._given_up: str | None = None

    @property
    def ids(self) -> set[int]:
        """The messages at the place that show the answer."""
        return {sent.id for sent in self._parts}

    def shows(self, turn_id: str) -> bool:
        return self._turn_id == turn_id and bool(self._parts)

    def shown(self, key: PartKey) -> Sent | None:
        """Return the message that shows a part of an answer, if there is one."""
        message_id, part = key
        return self._parts[part] if message_id == self._message_id and part < len(self._parts) else None

    def forget(self, key: PartKey) -> None:
        """Take note that the message of a part, and so what follows, is gone."""
        if key[0] == self._message_id:
            del self._parts[key[1] :]

    async def end(self, message_id: str, parts: int) -> None:
        """Take note that the answer was brought in so many parts; what was shown beyond them goes away."""
        if message_id != self._message_id:
            return
        for sent in self._parts[parts:]:
            await self._remove(sent)
        self._turn_id = self._message_id = None
        self._parts = []

    async def remove(self, turn_id: str) -> None:
        """Take away what was shown of a turn that ended without an answer."""
        if self.shows(turn_id) and self._message_id is not None:
            await self.end(self._message_id, 0)

    async def leave(self) -> None:
        """Let what is shown say that it goes on elsewhere, and take its button away: nobody writes here any more."""
        turn_id, parts = self._turn_id, self._parts
        if turn_id is None:
            return
        self._turn_id, self._message_id, self._parts = None, None, []
        try:
            shown = next((sent for sent in parts if sent.turn_id), None) or await self._unnoticed(turn_id)
            if shown is not None:
                await self._outlet.edit(shown.id, Part(f"{shown.text}\n{_ELSEWHERE}".strip()))
        except (Refused, Unsure, SegueError) as exc:
            log.info("the half answer at %s stays as it is: %s", self._outlet.place, exc)

    async def _unnoticed(self, turn_id: str) -> Sent | None:
        """Return what was sent at the moment when the place was bound otherwise."""
        turn = await self._turns.get(turn_id)
        if turn is None:
            return None
        self._doubt.begin()
        found = await self._doubt.find(turn, _ELSEWHERE, turn.started_at or turn.created_at)
        return found if found is not None and found.turn_id == turn_id else None

    async def is_for_here(self, turn: Turn | None, policy: Policy) -> bool:
        """Tell whether a turn's answer goes to this place: its route says so, fixed when it was accepted."""
        place = self._outlet.place
        if turn is None or all((p.interface, p.place) != (INTERFACE, place) for p in turn.route):
            return False
        return policy != "mention" or await self._asked_here(turn) is not None

    async def show(self, policy: Policy) -> float | None:
        """Show what there is to show now; return after how many seconds to do it again, None for when told."""
        turn, partial = self._speech.turn, self._unbrought()
        if turn is None or turn.id == self._given_up:
            return None
        if not await self.is_for_here(turn, policy):
            if self.shows(turn.id):
                await self.leave()
            return None
        if await self._has_ended(turn):
            return None
        try:
            if policy == "final" or partial is None or not partial.text.strip():
                return await self._type(turn)
            self._begin(turn, partial.message_id)
            return await self._write(turn, partial.text)
        except Refused:
            self._given_up = turn.id  # the answer itself will say why
            return None
        except Unsure:
            self._doubt.begin()
            self._pace.hold(time.monotonic(), _PAUSE_SECONDS)
            return _PAUSE_SECONDS

    def _unbrought(self) -> Partial | None:
        """Return what is being said, unless it was brought already: messages can be ahead of what the stream tells."""
        partial = self._speech.partial
        return None if partial is None or self._is_brought((partial.message_id, 0)) else partial

    async def _has_ended(self, turn: Turn) -> bool:
        """Tell whether a turn is known to have ended, though the stream may not have told yet."""
        known = await self._turns.get(turn.id)
        return known is None or known.ended_at is not None

    def _begin(self, turn: Turn, message_id: str) -> None:
        if message_id != self._message_id:
            self._turn_id, self._message_id, self._parts = turn.id, message_id, []
            self._pace = Pace(self._settings.edit_seconds)

    async def _type(self, turn: Turn) -> float:
        """Show that something is being written; what was said since for another turn has ended that."""
        if self._typed_for != turn.id:
            self._typed_for, self._typed_at = turn.id, 0.0
        left = self._typed_at + _TYPING_SECONDS - time.monotonic()
        if left > 0:
            return left
        self._typed_at = time.monotonic()
        await self._outlet.type()
        return _TYPING_SECONDS

    async def _write(self, turn: Turn, text: str) -> float | None:
        """Bring the first part that is not shown as it is now; one at a time, at the pace."""
        texts = growing(text, self._settings.max_parts)
        for index, part in enumerate(texts):
            last = index == len(texts) - 1
            if index < len(self._parts) and self._is_shown(index, part, last):
                continue
            if (wait := self._pace.wait(time.monotonic())) > 0:
                return wait
            await self._write_part(turn, index, part, last)
            self._pace.done(time.monotonic())
            return 0.0
        return None

    def _is_shown(self, index: int, text: str, last: bool) -> bool:
        sent = self._parts[index]
        return sent.text == text and (sent.turn_id is not None) == last

    async def _write_part(self, turn: Turn, index: int, text: str, last: bool) -> None:
        view = stop_controls(turn.id) if last else None
        shown = self._parts[index] if index < len(self._parts) else None
        shown = shown or await self._in_doubt(turn, text)
        if shown is None:
            shown = await self._send(turn, index, text, view)
        if shown.text != text or (shown.turn_id is not None) != last:
            await self._edit(index, shown, text, view)
        self._parts[index:] = [Sent(shown.id, text, turn.id if last else None)]

    async def _in_doubt(self, turn: Turn, text: str) -> Sent | None:
        asked = await self._asked_here(turn)
        question = asked.external_id if asked else None
        return await self._doubt.find(turn, text, turn.started_at or datetime.now(UTC), question)

    async def _send(self, turn: Turn, index: int, text: str, view: View | None) -> Sent:
        assert self._message_id is not None
        reply_to = await self._answered(turn, index)
        secret = nonce(self._message_id, index, self._outlet.place)
        sent = await self._outlet.send(Part(text), secret, reply_to=reply_to, view=view)
        self._doubt.end()
        return sent

    async def _answered(self, turn: Turn, index: int) -> str | None:
        """Return what a part replies to: the first one the question, a later one that is not directly behind the part
        before it the first."""
        if index == 0:
            question = await self._asked_here(turn)
            return question.external_id if question else None
        return str(self._parts[0].id) if self._outlet.is_overtaken(self._parts[index - 1].id) else None

    async def _edit(self, index: int, shown: Sent, text: str, view: View | None) -> None:
        try:
            await self._outlet.edit(shown.id, Part(text), view)
        except Gone:
            del self._parts[index:]
            self._doubt.forget(shown)
            raise

    async def _asked_here(self, turn: Turn) -> Message | None:
        question = await self._turns.question(turn)
        here = question and (question.interface, question.place) == (INTERFACE, self._outlet.place)
        return question if here else None

    async def _remove(self, sent: Sent) -> None:
        try:
            await self._outlet.delete(sent.id)
        except (Refused, Unsure):
            return
