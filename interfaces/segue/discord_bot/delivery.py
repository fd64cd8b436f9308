"""What one place is owed: messages behind its cursor, words about turns that came to nothing, and later changes."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from segue.client import Client
from segue.discord_bot.approvals import Approvals
from segue.discord_bot.attachments import attached
from segue.discord_bot.carrier import Cargo, Carrier
from segue.discord_bot.changes import NOTICES, Changes
from segue.discord_bot.controls import retry_controls
from segue.discord_bot.doubt import Doubt
from segue.discord_bot.ledger import Ledger
from segue.discord_bot.mask import mask_name
from segue.discord_bot.mentions import Mentions
from segue.discord_bot.outlet import INTERFACE, Outlet, Unsure
from segue.discord_bot.preview import Preview
from segue.discord_bot.render import Part, notice, render
from segue.discord_bot.speech import Speech
from segue.discord_bot.tools import used
from segue.discord_bot.turns import Turns
from segue.discord_settings import DiscordSettings
from segue.errors import BindingNotFound, NotFound, SegueError, SessionNotFound
from segue.events import MessageEvent, ResetEvent, SyncedEvent
from segue.models import IMPORTED, Approval, BindingState, Message, Policy, Turn

log = logging.getLogger(__name__)

_PAGE = 100
_MOST_PARTS = 10_000
_NOTICES_FOR = timedelta(hours=1)
_AWAY_SECONDS, _AGAIN_SECONDS, _BROKEN_SECONDS = 1.0, 5.0, 60.0


class Delivery:
    """One binding and how far it has been served. `run` it until the place is bound otherwise."""

    def __init__(
        self,
        client: Client,
        turns: Turns,
        outlet: Outlet,
        mentions: Mentions,
        binding: BindingState,
        speech: Speech,
        settings: DiscordSettings,
        is_closed: Callable[[str], Awaitable[bool]],
    ) -> None:
        self.binding = binding
        self.waiting = 0
        """Messages that are known to be owed and are not there yet."""
        self._client = client
        self._turns = turns
        self._outlet = outlet
        self._settings = settings
        self._mentions = mentions
        self._is_closed = is_closed
        self._closed = False
        self._recalled = False
        self._cursor = binding.cursor
        self._woken = asyncio.Event()
        self._ended: dict[str, Turn] = {}
        self._ledger = Ledger(client, binding.place)
        doubt = Doubt(outlet, lambda: self._ledger.ids | self._preview.ids)
        self._preview = Preview(turns, outlet, speech, settings, doubt, self._ledger.is_closed)
        self._carrier = Carrier(outlet, self._ledger, self._preview, doubt)
        self._changes = Changes(outlet, self._ledger, self._carrier, self._render)
        self._approvals = Approvals(client, outlet, binding.session_id, self._is_asked_here)

    @property
    def _policy(self) -> Policy:
        """How the place is served: where nobody may use the bot, nothing is brought."""
        return "muted" if self._closed else self.binding.policy

    def wake(self) -> None:
        """Say that there may be something to bring or to show."""
        self._woken.set()

    def serve_as(self, binding: BindingState) -> None:
        """Serve the place as it is bound now."""
        if binding.policy != self.binding.policy:
            self._approvals.doubt()
        self.binding = binding
        self.wake()

    def begin_anew(self, *, much_missed: bool = False) -> None:
        """Say that something may have happened that nobody told; `much_missed` that nobody will tell it any more."""
        self._approvals.doubt()
        self._recalled = self._recalled and not much_missed
        self.wake()

    async def leave(self) -> None:
        """Finish what is shown of a running answer, once `run` has ended: the place is bound otherwise."""
        await self._preview.leave()
        await self._approvals.leave()

    def turn_ended(self, turn: Turn) -> None:
        """Take note of a turn that ended: one without an answer is owed a word."""
        if turn.answer_id is None and turn.state != "completed":
            self._ended[turn.id] = turn
        self.wake()

    def message_changed(self, message: Message) -> None:
        """Take note of a message that was changed or deleted: what was brought of it follows."""
        self._changes.note(message)
        self.wake()

    def approval_changed(self, approval: Approval) -> None:
        """Take note of a tool call that waits for a person, or of their answer."""
        self._approvals.note(approval)
        self.wake()

    def bring_again(self, message_id: str, part: int) -> None:
        """Take note that somebody asked for a part that failed."""
        self._ledger.ask_again((message_id, part))
        self.wake()

    async def run(self) -> None:
        """Serve the place until cancelled, or until it is not bound any more."""
        broken = False
        while True:
            self._woken.clear()
            try:
                self._closed = await self._is_closed(self.binding.place)
                if not self._recalled:
                    await self._recall()
                    self._recalled = True
                await self._serve()
                await self._show_approvals()
                wait = await self._show_preview()
                again = self._changes or self._approvals
                wait = min(wait or _AGAIN_SECONDS, _AGAIN_SECONDS) if again and wait != 0 else wait
            except (BindingNotFound, SessionNotFound):
                return
            except Unsure as exc:
                log.info("who may use the bot at place %s is not known yet: %s", self.binding.place, exc)
                wait = _AGAIN_SECONDS
            except SegueError as exc:
                log.info("place %s is served again when the daemon answers: %s", self.binding.place, exc)
                wait = _AWAY_SECONDS
            except Exception:  # a fault of ours must not end what is brought to the other places
                log.log(logging.DEBUG if broken else logging.ERROR, "place %s", self.binding.place, exc_info=True)
                broken, wait = True, _BROKEN_SECONDS
            await self._wait(wait)

    async def _wait(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _recall(self) -> None:
        """Learn from the daemon what was brought here, what changed since, and which turns ended lately."""
        await self._ledger.recall()
        await self._hear_changes()
        since = max(datetime.now(UTC) - _NOTICES_FOR, self.binding.created_at)
        for turn in await self._client.turns(self.binding.session_id):
            self._turns.note(turn)
            if turn.ended_at and turn.ended_at > since:
                self.turn_ended(turn)

    async def _hear_changes(self) -> None:
        """Read the log from where the place was served last: nobody told of what changed meanwhile."""
        async with aclosing(self._client.follow(self.binding.session_id, after=self._cursor)) as events:
            async for event in events:
                if isinstance(event, SyncedEvent | ResetEvent):
                    return
                if isinstance(event, MessageEvent) and event.type != "message.created":
                    self._changes.note(event.data)

    async def _show_preview(self) -> float | None:
        """Show what is being said; return after how many seconds to do it again."""
        if self._policy == "muted":
            await self._preview.leave()
            return None
        return None if self._approvals.are_pending else await self._preview.show(self._policy)

    async def _show_approvals(self) -> None:
        if self._closed:
            return
        try:
            await self._approvals.show()
        except Unsure as exc:
            log.info("an approval is not shown at %s yet: %s", self.binding.place, exc)

    async def _is_asked_here(self, turn_id: str) -> bool:
        """Tell whether what a turn asks people is shown here: where its answer goes, but for muted places."""
        policy = self._policy
        return policy != "muted" and await self._preview.is_for_here(await self._turns.get(turn_id), policy)

    # --- messages

    async def _serve(self) -> None:
        while page := await self._client.messages(self.binding.session_id, after_seq=self._cursor, limit=_PAGE):
            self.waiting = len(page)
            for message in page:
                await self._serve_or_fail(message)
                self._cursor = message.seq
                self.waiting -= 1
            await self._follow_changes()
            await self._client.set_cursor(INTERFACE, self.binding.place, self._cursor)
        await self._serve_again()
        await self._give_notice()
        await self._follow_changes()

    async def _serve_again(self) -> None:
        """Bring what somebody asked for again; what is not owed here any more has failed for good."""
        for message_id, part in self._ledger.asked_again():
            with suppress(NotFound):
                await self._serve_or_fail(await self._client.message(self.binding.session_id, message_id))
            if not self._ledger.is_closed((message_id, part)):
                await self._ledger.note((message_id, part), "failed", "it is not owed here any more")

    async def _serve_or_fail(self, message: Message) -> None:
        """Bring a message; one that breaks the bot is noted as failed, and what follows it is brought."""
        try:
            await self._serve_one(message)
        except SegueError:
            raise
        except Exception as exc:
            log.exception("message %s cannot be brought to %s", message.id, self.binding.place)
            await self._ledger.note((message.id, 0), "failed", f"the bot broke over it: {exc or type(exc).__name__}")

    async def _serve_one(self, message: Message) -> None:
        self._turns.note_message(message)
        turn = await self._turns.get(message.turn_id, ended=message.role == "assistant")
        if not await self._is_owed(message, turn):
            return
        name = await self._mask_for(message)
        parts = await self._render(message, name)
        reply_to = await self._question_here(turn) if message.role == "assistant" else None
        broke = message.role == "assistant" and message.status in ("failed", "interrupted")
        view = retry_controls(turn.id) if broke and turn else None
        for index, part in enumerate(parts):
            first, last = index == 0, index == len(parts) - 1
            cargo = Cargo(
                (message.id, index),
                part,
                message.created_at,
                turn if message.role == "assistant" else None,
                reply_to=reply_to if first else None,
                view=view if last else None,
                name=name,
            )
            await self._carrier.bring(cargo)
        await self._preview.end(message.id, len(parts))

    async def _is_owed(self, message: Message, turn: Turn | None) -> bool:
        if message.role == "tool":
            nothing = message.tool_call is None or self._policy == "final"
        else:
            nothing = not message.content.strip() and message.status == "complete" and attached(message) == ([], [])
        if self._policy == "muted" or nothing or message.interface == IMPORTED:
            return False
        if message.role in ("assistant", "tool") and message.turn_id is not None:
            return await self._preview.is_for_here(turn, self._policy)
        return self._policy != "mention" and not self._is_from_here(message)

    def _is_from_here(self, message: Message) -> bool:
        return message.interface == INTERFACE and message.place == self.binding.place

    async def _question_here(self, turn: Turn | None) -> str | None:
        question = await self._turns.question(turn)
        return question.external_id if question and self._is_from_here(question) else None

    async def _mask_for(self, message: Message) -> str | None:
        """Return the name under which a message of somebody else is shown; None for "name: text" by the bot itself."""
        own = message.role in ("assistant", "tool") or not self._settings.mirror_webhooks
        if own or not await self._outlet.may_mask():
            return None
        return mask_name(message)

    # --- what changed afterwards

    async def _follow_changes(self) -> None:
        """Let what stands here say what the messages say now. What is not sure is tried again, after what is owed."""
        if self._policy == "muted":
            return self._changes.forget()
        try:
            await self._changes.follow(self._mask_for)
        except Unsure as exc:
            log.info("a change was not brought to %s yet: %s", self.binding.place, exc)

    async def _render(self, message: Message, name: str | None) -> list[Part]:
        if message.role == "tool":
            return [used(message)]
        turn = await self._turns.get(message.turn_id)
        text, pings = await self._mentions.find(message)
        said = message.model_copy(update={"content": text})
        parts = render(said, turn, self._settings.max_parts, heading=name is None)
        return [replace(part, pings=pings) for part in parts]

    # --- turns that ended without an answer

    async def _give_notice(self) -> None:
        for turn in list(self._ended.values()):
            await self._preview.remove(turn.id)
            told = turn.state != "cancelled" and self._policy != "muted"
            if told and await self._preview.is_for_here(turn, self._policy):
                await self._tell_end(turn)
            self._ended.pop(turn.id, None)

    async def _tell_end(self, turn: Turn) -> None:
        question = await self._turns.question(turn)
        if question is None:
            return
        cargo = Cargo(
            (question.id, notice_part(turn.id)),
            Part(notice(turn)),
            turn.ended_at or turn.created_at,
            turn,
            reply_to=await self._question_here(turn),
            view=retry_controls(turn.id),
        )
        await self._carrier.bring(cargo)


def notice_part(turn_id: str) -> int:
    """Return the part of a question as which the notice about one of its turns is receipted."""
    digest = hashlib.blake2b(turn_id.encode(), digest_size=4).digest()
    return NOTICES + int.from_bytes(digest) % (_MOST_PARTS - NOTICES)
