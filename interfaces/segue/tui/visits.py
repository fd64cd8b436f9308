"""The sessions that this window has been to, and the one it shows: going there, reading there, writing there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from segue.errors import SegueError
from segue.tui import drafts, facts, roster
from segue.tui.link import PLACE
from segue.tui.prompt.draft import Draft
from segue.tui.prompt.prompt import Prompt
from segue.tui.transcript.transcript import Transcript
from segue.tui.visit import Goal, Visit

if TYPE_CHECKING:
    from segue.tui.app import ChatApp

_READ_SECONDS = 0.3  # before others are told that a message was read


class Visits:
    """`here` is the session on the screen; until the daemon answers it has no id."""

    def __init__(self, app: ChatApp) -> None:
        self._app = app
        self._by_id: dict[str, Visit] = {}
        self.here = self._new()

    def _new(self) -> Visit:
        return Visit(self._app.post_message, self._app.link.client)

    def of(self, fact: facts.Fact) -> Visit:
        """Return the one that a fact is about, by default the one on the screen."""
        return fact.visit or self.here

    @property
    def unsent(self) -> list[str]:
        """The lines that the daemon has not taken."""
        visits = {id(visit): visit for visit in (*self._by_id.values(), self.here)}
        return [p.text for visit in visits.values() for p in visit.view.outbox if p.message is None]

    # --- going there

    def open(self, session_id: str, goal: Goal | None = None) -> None:
        """Show this session from now on, and in it the message that is the goal."""
        app = self._app
        prompt = app.chat.query_one(Prompt)
        if session_id != self.here.session_id:
            self.here.draft = prompt.draft
            self.here = self._by_id.get(session_id) or self._new()
            prompt.draft = self.here.draft
            self.begin(session_id, roster.read_seq(app.roster, session_id))
            app.ask(lambda client: client.bind(*PLACE, session_id), "bind")  # where the terminal begins the next time
        self.here.goal = goal
        self.go_to_goal()
        prompt.focus()
        app.show_soon()

    def begin(self, session_id: str, read_seq: int) -> None:
        """Follow the session that is on the screen now, and no other; what was written in others is still sent."""
        app, visit = self._app, self.here
        if session_id not in self._by_id:
            self._by_id[session_id] = visit
            visit.conversation.begin(session_id)
            visit.view = replace(visit.view, me=app.roster.me or visit.view.me)
            self._take_up_draft(visit)
        visit.enter(read_seq)
        app.roster = roster.opened(app.roster, session_id)
        app.work(visit.conversation.follow, "follow")
        self._deliver(visit)

    def _deliver(self, visit: Visit) -> None:
        name = f"deliver {id(visit)}"
        if not any(worker.group == name and not worker.is_finished for worker in self._app.workers):
            self._app.work(visit.conversation.deliver, name)

    def go_to_goal(self) -> None:
        """Go to the message that the reader wants to see, loading what is around it if it is not in the window."""
        visit, goal = self.here, self.here.goal
        if goal is None or not visit.is_open:
            return
        visit.goal = None
        self._app.chat.query_one(Transcript).go_to(goal.message_id)
        if all(message.id != goal.message_id for message in visit.view.window):
            self._app.work(lambda: visit.conversation.load_around(goal.message_id, goal.seq), "load")

    # --- reading there

    def load_older(self) -> None:
        visit = self.here
        if not visit.view.reached_start and visit.view.window:
            self._load(visit, lambda: visit.conversation.load_older(visit.view.first_seq))

    def load_newer(self) -> None:
        visit = self.here
        if not visit.view.is_at_tail:
            self._load(visit, lambda: visit.conversation.load_newer(visit.view.final_seq))

    def _load(self, visit: Visit, loading: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Load more, one page at a time."""
        if visit.is_loading:
            return

        async def load() -> None:
            try:
                await loading()
            finally:
                visit.is_loading = False

        visit.is_loading = True
        self._app.run_worker(load, group="load")  # type: ignore[arg-type]

    def note_reading(self) -> None:
        """Tell the daemon up to where the reader has read, a moment after that."""
        app, visit = self._app, self.here
        seen = visit.view.messages[-1].seq if visit.view.messages else 0
        if visit.is_open and seen > visit.read_seq and app.chat.is_at_end and app.app_focus:
            visit.read_seq = visit.view.last_seq  # what became of an answer comes after it
            app.work(lambda: self._tell_read(visit), f"read {id(visit)}")

    async def _tell_read(self, visit: Visit) -> None:
        await asyncio.sleep(_READ_SECONDS)
        client = await self._app.link.client()
        with suppress(SegueError):  # it is told again with the next message
            await client.mark_read(visit.session_id, visit.read_seq)

    # --- writing there

    def _take_up_draft(self, visit: Visit) -> None:
        """Put back what was being written there when a window was closed."""
        for prompt in self._app.chat.query(Prompt):  # none, where the screen is being taken down
            if not prompt.text and (text := drafts.load().get(visit.session_id)):
                prompt.draft = Draft(text)

    def keep_drafts(self) -> None:
        """Keep what is being written everywhere for the next time."""
        self.here.draft = self._app.chat.query_one(Prompt).draft
        drafts.keep({session_id: visit.draft.whole for session_id, visit in self._by_id.items()})
