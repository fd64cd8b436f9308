"""What one place is owed, brought there in order and once, whatever breaks in between.

The daemon's cursor and receipts say what was brought. Only what was on its way when the bot died, or when Discord fell
silent, is in doubt: then the nonce makes a second sending the same message for some minutes, and before any sending the
place itself is looked through.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat

from discord.ui import View

from segue.client import Client
from segue.discord_bot.attachments import attached
from segue.discord_bot.controls import retry_controls
from segue.discord_bot.doubt import Doubt
from segue.discord_bot.outlet import INTERFACE, Gone, Outlet, Refused, Sent, Unsure
from segue.discord_bot.preview import Preview
from segue.discord_bot.render import Part, nonce, notice, render
from segue.discord_bot.speech import Speech
from segue.discord_bot.turns import Turns
from segue.discord_settings import DiscordSettings
from segue.errors import BindingNotFound, MessageNotFound, SegueError, SessionNotFound
from segue.models import BindingState, Message, ReceiptState, Turn

log = logging.getLogger(__name__)

_PAGE = 100
_KNOWN_RECEIPTS = 500
_NOTICES, _MOST_PARTS = 1_000, 10_000  # receipts of parts from here on are of notices about a question
_PERHAPS_TWICE = "-# You may have this already: the bot was interrupted, and may not read the history here."
_NOTICES_FOR = timedelta(hours=1)
_PAUSES_SECONDS = (0.5, 1, 2, 4, 8, 15, 30)
_GIVE_UP = timedelta(hours=6)
_AWAY_SECONDS = 1.0

PartKey = tuple[str, int]


class Delivery:
    """One binding and how far it has been served. `run` it until the place is bound otherwise."""

    def __init__(
        self,
        client: Client,
        turns: Turns,
        outlet: Outlet,
        binding: BindingState,
        speech: Speech,
        settings: DiscordSettings,
    ) -> None:
        self.binding = binding
        self.waiting = 0
        """Messages that are known to be owed and are not there yet."""
        self._client = client
        self._turns = turns
        self._outlet = outlet
        self._settings = settings
        self._cursor = binding.cursor
        self._woken = asyncio.Event()
        self._sent: dict[PartKey, int] = {}
        self._noted: set[PartKey] = set()
        self._ended: dict[str, Turn] = {}
        self._doubt = Doubt(outlet, self._accounted)
        self._preview = Preview(turns, outlet, speech, settings, self._doubt)

    def wake(self) -> None:
        """Say that there may be something to bring or to show."""
        self._woken.set()

    def turn_ended(self, turn: Turn) -> None:
        """Take note of a turn that ended: one without an answer is owed a word."""
        if turn.answer_id is None and turn.state != "completed":
            self._ended[turn.id] = turn
        self.wake()

    async def run(self) -> None:
        """Serve the place until cancelled, or until it is not bound any more."""
        await self._patiently_recall()
        while True:
            self._woken.clear()
            try:
                await self._serve()
                wait = await self._preview.show(self.binding.policy)
            except (BindingNotFound, SessionNotFound):
                return
            except SegueError as exc:
                log.info("place %s is served again when the daemon answers: %s", self.binding.place, exc)
                wait = _AWAY_SECONDS
            await self._wait(wait)

    async def _wait(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    def _accounted(self) -> set[int]:
        return {*self._sent.values(), *self._preview.ids}

    # --- what was brought

    async def _patiently_recall(self) -> None:
        while True:
            try:
                return await self._recall()
            except (BindingNotFound, SessionNotFound):
                return None
            except SegueError as exc:
                log.info("the receipts of place %s are not known yet: %s", self.binding.place, exc)
                await asyncio.sleep(_AWAY_SECONDS)

    async def _recall(self) -> None:
        """Learn from the daemon what was brought here, and which turns ended without a word."""
        receipts = await self._client.receipts(INTERFACE, self.binding.place, limit=_KNOWN_RECEIPTS)
        for receipt in receipts:
            key = (receipt.message_id, receipt.part)
            if receipt.state == "failed":
                self._noted.add(key)
            elif receipt.state == "sent" and receipt.external_id:
                self._noted.add(key)
                self._sent[key] = int(receipt.external_id)
        for turn in await self._client.turns(self.binding.session_id):
            self._turns.note(turn)
            if turn.ended_at and turn.ended_at > self._oldest_notice():
                self.turn_ended(turn)

    def _oldest_notice(self) -> datetime:
        return max(datetime.now(UTC) - _NOTICES_FOR, self.binding.created_at)

    # --- what is owed

    async def _serve(self) -> None:
        while page := await self._client.messages(self.binding.session_id, after_seq=self._cursor, limit=_PAGE):
            self.waiting = len(page)
            for message in page:
                await self._serve_one(message)
                self._cursor = message.seq
                self.waiting -= 1
            await self._client.set_cursor(INTERFACE, self.binding.place, self._cursor)
        await self._give_notice()

    async def _serve_one(self, message: Message) -> None:
        self._turns.note_message(message)
        turn = await self._turns.get(message.turn_id, ended=message.role == "assistant")
        if not await self._is_owed(message, turn):
            return
        parts = render(message, turn, self._settings.max_parts)
        for index, part in enumerate(parts):
            await self._bring(message, turn, index, part, last=index == len(parts) - 1)
        await self._preview.end(message.id, len(parts))

    async def _is_owed(self, message: Message, turn: Turn | None) -> bool:
        empty = not message.content.strip() and message.status == "complete" and attached(message) == ([], [])
        if self.binding.policy == "muted" or empty:
            return False
        if message.role == "assistant" and message.turn_id is not None:
            return await self._preview.is_for_here(turn, self.binding.policy)
        return self.binding.policy != "mention" and not self._is_from_here(message) and message.role != "tool"

    def _is_from_here(self, message: Message) -> bool:
        return message.interface == INTERFACE and message.place == self.binding.place

    # --- bringing it

    async def _bring(self, message: Message, turn: Turn | None, index: int, part: Part, *, last: bool) -> None:
        """Bring one part, as often as it takes; it ends as sent or failed, and both are noted."""
        key = (message.id, index)
        broke = last and message.status in ("failed", "interrupted")
        view = retry_controls(turn.id) if broke and turn else None
        started = datetime.now(UTC)
        pauses = chain(_PAUSES_SECONDS, repeat(_PAUSES_SECONDS[-1]))
        while key not in self._noted:
            try:
                await self._put(key, turn, part, view, message.created_at)
                await self._note(key, "sent")
            except Refused as exc:
                await self._note(key, "failed", reason=str(exc))
            except Unsure as exc:
                if datetime.now(UTC) - started > _GIVE_UP:
                    return await self._note(key, "failed", reason=f"given up: {exc}")
                self._doubt.begin()
                await self._note(key, "retrying", reason=str(exc))
                await asyncio.sleep(next(pauses))
        return None

    async def _put(
        self, key: PartKey, turn: Turn | None, part: Part, view: View | None, at: datetime, attempt: int = 0
    ) -> None:
        """See to it that the part stands at the place."""
        if key in self._sent:
            return
        shown = self._preview.shown(key) or await self._doubt.find(turn, part.text, at)
        if shown is None:
            shown = await self._send(key, turn, part, view, at, attempt)
        try:
            if shown.text != part.text or shown.turn_id is not None:
                await self._outlet.edit(shown.id, part, view)
        except Gone:
            if attempt > 2:
                raise
            await self._lose(key, shown)
            await self._put(key, turn, part, view, at, attempt + 1)
        else:
            self._sent[key] = shown.id

    async def _send(
        self, key: PartKey, turn: Turn | None, part: Part, view: View | None, at: datetime, attempt: int
    ) -> Sent:
        question = await self._turns.question(turn) if key[1] == 0 or key[1] >= _NOTICES else None
        reply_to = question.external_id if question and self._is_from_here(question) else None
        if self._doubt.remains(at):
            part = Part(f"{part.text}\n{_PERHAPS_TWICE}", part.files)
        sent = await self._outlet.send(part, nonce(*key, self.binding.place, attempt), reply_to=reply_to, view=view)
        self._doubt.end()
        return Sent(sent.id, part.text) if sent.text == part.text else sent

    async def _lose(self, key: PartKey, shown: Sent) -> None:
        """Let go of a message that cannot be changed any more."""
        self._preview.forget(key)
        self._doubt.forget(shown)
        with suppress(Refused):
            await self._outlet.delete(shown.id)

    async def _note(self, key: PartKey, state: ReceiptState, *, reason: str | None = None) -> None:
        message_id, part = key
        place, sent_id = self.binding.place, self._sent.get(key)
        if state == "failed":
            log.warning("part %s of message %s was not brought to %s: %s", part, message_id, place, reason)
        try:
            await self._client.add_receipt(
                INTERFACE,
                place,
                message_id,
                part=part,
                state=state,
                external_id=str(sent_id) if sent_id else None,
                reason=reason[:1000] if reason else None,
            )
        except MessageNotFound:
            log.info("message %s was deleted meanwhile", message_id)
        if state != "retrying":
            self._noted.add(key)

    # --- turns that ended without an answer

    async def _give_notice(self) -> None:
        for turn in list(self._ended.values()):
            await self._preview.remove(turn.id)
            question = await self._turns.question(turn)
            told = turn.state != "cancelled" and self.binding.policy != "muted"
            if told and question and await self._preview.is_for_here(turn, self.binding.policy):
                await self._tell_end(turn, question)
            del self._ended[turn.id]

    async def _tell_end(self, turn: Turn, question: Message) -> None:
        key = (question.id, notice_part(turn.id))
        if key in self._noted:
            return None
        try:
            await self._put(key, turn, Part(notice(turn)), retry_controls(turn.id), turn.ended_at or turn.created_at)
        except (Refused, Unsure) as exc:
            return await self._note(key, "failed", reason=str(exc))
        return await self._note(key, "sent")


def notice_part(turn_id: str) -> int:
    """Return the part of a question as which the notice about one of its turns is receipted."""
    digest = hashlib.blake2b(turn_id.encode(), digest_size=4).digest()
    return _NOTICES + int.from_bytes(digest) % (_MOST_PARTS - _NOTICES)
