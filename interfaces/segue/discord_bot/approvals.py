"""The tool calls that wait for a person, as one place shows them: each once, until it is said who answered."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from segue.client import Client
from segue.discord_bot.controls import approval_controls
from segue.discord_bot.outlet import Outlet, Refused, Sent, Unsure
from segue.discord_bot.render import Part, nonce
from segue.discord_bot.tools import outcome, request
from segue.models import Approval, SessionId

log = logging.getLogger(__name__)

_ELSEWHERE = "-# … is asked elsewhere"
_RECENTLY = timedelta(days=1)  # what was answered longer ago is not looked for: its buttons say so when pressed
_EARLIER = timedelta(minutes=2)  # clocks differ
_REMEMBERED = 500


class Approvals:
    """What one place shows of the session's approvals. There are no receipts of them: after every start, and when
    Discord did not answer, the place's history says what stands there, by the ids of the buttons."""

    def __init__(
        self, client: Client, outlet: Outlet, session_id: SessionId, is_for_here: Callable[[str], Awaitable[bool]]
    ) -> None:
        self._client = client
        self._outlet = outlet
        self._session_id = session_id
        self._is_for_here = is_for_here
        self._news: dict[str, Approval] = {}
        self._pending: set[str] = set()
        self._shown: dict[str, Sent] = {}
        self._settled: dict[str, None] = {}
        self._unaware = self._unsure = True

    def __len__(self) -> int:
        """How many the place does not show as they are."""
        return len(self._news)

    @property
    def are_pending(self) -> bool:
        return bool(self._pending)

    def note(self, approval: Approval) -> None:
        """Take note of an approval that was asked for or answered; an answer is the last that is heard of it."""
        if approval.id in self._settled:
            return
        self._news[approval.id] = approval
        if approval.state == "pending":
            self._pending.add(approval.id)
        else:
            self._pending.discard(approval.id)
            self._settled[approval.id] = None
            if len(self._settled) > _REMEMBERED:
                del self._settled[next(iter(self._settled))]

    def doubt(self) -> None:
        """Take note that something may have happened that nobody told."""
        self._unaware = True

    async def show(self) -> None:
        """Let the place show what waits, and who answered. Raises `Unsure`: try again."""
        if self._unaware:
            await self._ask()
        try:
            for approval in list(self._news.values()):
                await self._bring(approval)
                if self._news.get(approval.id) is approval:
                    del self._news[approval.id]
        except Unsure:
            self._unsure = True
            raise

    async def leave(self) -> None:
        """Take the buttons away: the place is bound otherwise."""
        for sent in self._shown.values():
            try:
                await self._outlet.edit(sent.id, Part(f"{sent.text}\n{_ELSEWHERE}"))
            except (Refused, Unsure) as exc:
                log.info("a question at %s stays as it is: %s", self._outlet.place, exc)

    async def _ask(self) -> None:
        since = datetime.now(UTC) - _RECENTLY
        for approval in await self._client.approvals(self._session_id):
            known = approval.state == "pending" or approval.id in self._pending
            if known or (approval.decided_at or since) > since:
                self.note(approval)
        self._unaware = False

    async def _bring(self, approval: Approval) -> None:
        try:
            if self._unsure:
                await self._look()
            shown = self._shown.get(approval.id)
            if approval.state != "pending":
                if shown is not None:
                    await self._outlet.edit(shown.id, outcome(approval))
                self._shown.pop(approval.id, None)
            elif shown is None and await self._is_for_here(approval.turn_id):
                self._shown[approval.id] = await self._send(approval)
        except Refused as exc:
            log.warning("place %s does not show approval %s: %s", self._outlet.place, approval.id, exc)

    async def _send(self, approval: Approval) -> Sent:
        secret = nonce(approval.id, 0, self._outlet.place)
        view = approval_controls(approval.id)
        return await self._outlet.send(request(approval), secret, view=view, whole=True)

    async def _look(self) -> None:
        """Find what stands at the place already: what waits by a look of its own, for more may have been said since the
        others were asked for than is looked through."""
        for waits in (True, False):
            asked = [a.requested_at for a in self._news.values() if (a.state == "pending") == waits]
            for sent in await self._outlet.own_since(min(asked) - _EARLIER) if asked else ():
                if sent.approval_id is not None:
                    self._shown.setdefault(sent.approval_id, sent)
        self._unsure = False
