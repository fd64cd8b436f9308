"""Sessions deleted, which can be taken back for a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segue.errors import SegueError
from segue.tui import roster
from segue.tui.deeds.sessions import SessionDeeds
from segue.tui.sessions.deletions import SECOND_THOUGHTS_SECONDS, Deletions

if TYPE_CHECKING:
    from segue.client import Client
    from segue.tui.app import ChatApp


class DeletionDeeds(SessionDeeds):
    def __init__(self, app: ChatApp) -> None:
        super().__init__(app)
        self.deletions = Deletions(app.set_timer, self._carry_out)

    def delete(self, _: str) -> None:
        if session_id := self._app.visit.session_id:
            self.delete_session(session_id)

    def delete_session(self, session_id: str) -> None:
        """Take a session out of sight, and delete it when the time for second thoughts is over."""
        app = self._app
        item = app.roster.items.get(session_id)
        app.roster = roster.hide(app.roster, session_id)
        self.deletions.ask(session_id)
        title = item.session.title if item else "the session"
        self._say(f"“{title}” is deleted. Ctrl+Z takes that back.", timeout=SECOND_THOUGHTS_SECONDS)
        if session_id == app.visit.session_id:
            others = [item for item in roster.recent(app.roster) if item.id != session_id]
            app.visits.open(others[0].id) if others else self.new("")
        app.show_soon()

    def undo_deletion(self) -> None:
        if session_id := self.deletions.undo():
            self._app.clear_notifications()  # they say that it is deleted
            self._unhide(session_id)
            self._app.visits.open(session_id)

    def finish_deletions(self) -> None:
        self.deletions.flush()

    def _carry_out(self, session_id: str) -> None:
        async def delete(client: Client) -> None:
            try:
                await client.delete_session(session_id)
            except SegueError:
                self._unhide(session_id)
                raise

        self._app.ask(delete, f"deletion {session_id}")

    def _unhide(self, session_id: str) -> None:
        self._app.roster = roster.unhide(self._app.roster, session_id)
        self._app.show_soon()
