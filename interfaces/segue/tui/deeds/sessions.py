"""Sessions: begun, named, found, gone to."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from segue.errors import SegueError
from segue.tui import facts, roster
from segue.tui.deeds.base import BaseDeeds
from segue.tui.plain import one_line
from segue.tui.visit import Goal

if TYPE_CHECKING:
    from segue.client import Client
    from segue.models import Message, Session
    from segue.tui.sessions.search import Hit
    from segue.tui.sessions.switcher import Choice
    from segue.tui.view import View

NEW = "New Chat"  # what the daemon calls a session that nobody named
_LONGEST_TITLE = 50


class SessionDeeds(BaseDeeds):
    def new(self, title: str) -> None:
        async def create(client: Client) -> None:
            session = await client.create_session(title=title or None)
            self._app.visits.open(session.id)

        self._app.ask(create, "new")

    def fork(self, title: str) -> None:
        session_id = self._app.visit.session_id

        async def fork(client: Client) -> None:
            session = await client.fork(session_id, title=title or None)
            self._app.visits.open(session.id)

        if session_id:
            self._app.ask(fork, "fork")

    def rename(self, title: str) -> None:
        self._change(title=title)

    def pin(self, _: str) -> None:
        if session := self._app.session:
            self._change(pinned=not session.pinned)

    def archive(self, _: str) -> None:
        if session := self._app.session:
            self._change(archived=not session.archived)

    def name_new_session(self, view: View, message: Message) -> None:
        """Give a session that nobody named the beginning of its first message as a title."""
        session = view.snapshot.session if view.snapshot else None
        if session and session.title == NEW and session.message_count <= 1 and message.seq <= session.last_seq + 1:
            line = one_line(message.content)
            short = line if len(line) <= _LONGEST_TITLE else line[:_LONGEST_TITLE].rsplit(" ", 1)[0] + " …"
            self.change_session(session.id, title=short)

    def switch(self, wanted: str) -> None:
        if found := self._find(wanted):
            self._app.visits.open(found.id)
            return
        from segue.tui.sessions.switcher import Switcher

        if wanted:
            self._say(f"No session is called “{wanted}”; choose one.", severity="warning")
        self._app.push_screen(Switcher(self._app.roster), self._switched)

    def _find(self, wanted: str) -> Session | None:
        """Return the session of that name or id, or the only one whose name begins so."""
        names = self._names() if wanted else {}
        begun = [session for name, session in names.items() if name.lower().startswith(wanted.lower())]
        by_id = next((session for session in names.values() if session.id == wanted), None)
        return names.get(wanted) or by_id or (begun[0] if len(begun) == 1 else None)

    def _names(self) -> dict[str, Session]:
        """Return the sessions by their titles, the latest changed first; the end of the id tells namesakes apart."""
        sessions = [item.session for item in roster.recent(self._app.roster, archived=True)]
        titles = Counter(one_line(session.title) for session in sessions)
        return {
            title if titles[title := one_line(session.title)] == 1 else f"{title} {session.id[-6:]}": session
            for session in sessions
        }

    def _switched(self, choice: Choice | None) -> None:
        from segue.tui.sessions.switcher import Create

        if isinstance(choice, Create):
            self.new(choice.title)
        elif choice:
            self._app.visits.open(choice.session_id)

    def search(self, words: str) -> None:
        from segue.tui.sessions.search import SearchScreen

        self._app.push_screen(SearchScreen(words), self._jump)

    def look_up(self, query: str, *, here_only: bool) -> None:
        """Search, and tell what was found to the screen that asked."""
        session_id = self._app.visit.session_id if here_only else None

        async def search(client: Client) -> None:
            try:
                page = await client.search(query, session_id=session_id, limit=50)
                self._app.post_message(facts.Found(page, here_only))
            except SegueError as exc:
                if isinstance(self._app.screen, SearchScreen):
                    self._app.screen.fail(exc.message)

        from segue.tui.sessions.search import SearchScreen

        self._app.ask(search, "search")

    def _jump(self, hit: Hit | None) -> None:
        if hit:
            self._app.visits.open(hit.session_id, Goal(hit.message_id, hit.seq))

    def export(self, name: str) -> None:
        """Write the session as Markdown, or as JSON where the file's name ends so; no file is overwritten."""
        session = self._app.session
        if session is None:
            return
        path = Path(name).expanduser() if name else Path(f"{_file_name(session.title)}.md")

        async def export(client: Client) -> None:
            pieces = client.export(session.id, format="json" if path.suffix == ".json" else "markdown")
            try:
                with path.open("xb") as file:
                    async for piece in pieces:
                        file.write(piece)
            except OSError as exc:
                self._say(f"{path} cannot be written ({exc.strerror}): /export FILE takes another.", severity="error")
            else:
                self._say(f"Written to {path.absolute()}")

        self._app.ask(export, "export")


def _file_name(title: str) -> str:
    words = "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
    return f"{words[:60] or 'session'}-{datetime.now():%Y-%m-%d}"
