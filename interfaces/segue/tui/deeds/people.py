"""Who is here, who belongs here, and who else is the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segue.tui.deeds.base import BaseDeeds
from segue.tui.plain import one_line
from segue.tui.words import presence

if TYPE_CHECKING:
    from segue.client import Client


class PeopleDeeds(BaseDeeds):
    def who(self, _: str) -> None:
        here = self._app.view.snapshot.attached if self._app.view.snapshot else ()
        self._say(f"Here: {presence(here) or 'nobody'}")

    def link(self, _: str) -> None:
        async def show(client: Client) -> None:
            code = await client.create_link()
            until = code.expires_at.astimezone()
            text = (
                f"{code.code}\n\nGive this code to the other side, in Discord with /link {code.code}: from then on you "
                f"are one person there and here. It works once, until {until:%H:%M}."
            )
            self._open_page("Join another account to you", text)

        self._app.ask(show, "link")

    def members(self, _: str) -> None:
        if session := self._app.session:
            people = "\n".join(f"- {one_line(member.name)}, {member.role}" for member in session.members)
            text = f"{people}\n\n`/invite writer` gets a code that lets somebody in."
            self._open_page("Who belongs to this session", text)

    def invite(self, role: str) -> None:
        session_id = self._app.visit.session_id
        if role not in ("", "reader", "writer"):
            self._say("Somebody is let in as a reader or as a writer.", severity="warning")
            return

        async def show(client: Client) -> None:
            made = await client.invite(session_id, "writer" if role == "writer" else "reader")
            text = (
                f"{made.code}\n\nWho enters it with `segue join {made.code}` is a {made.role} of this session."
                f" It works once, until {made.expires_at.astimezone():%Y-%m-%d %H:%M}."
            )
            self._open_page("Let somebody in", text)

        self._app.ask(show, "invite")
