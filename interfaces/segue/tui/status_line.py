"""The first line: which session, who answers, who is here, and whether the daemon is."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from segue.tui.line import Line
from segue.tui.plain import one_line
from segue.tui.view import View
from segue.tui.words import CONNECTION, presence


class StatusLine(Horizontal):
    """Shows a view's session and connection. The connection is always readable, the rest as far as there is room."""

    def compose(self) -> ComposeResult:
        yield Line(id="session")
        yield Line(CONNECTION["connecting"], id="connection")

    def show(self, view: View) -> None:
        self.query_one("#session", Line).say(describe(view))
        connection = self.query_one("#connection", Line)
        connection.say(CONNECTION[view.connection])
        connection.set_class(view.connection == "live", "live")


def describe(view: View) -> str:
    """Return the session in words: "Release notes · chat (offline) · ada (terminal) · forked from Plans"."""
    if view.snapshot is None:
        return "Segue"
    session = view.snapshot.session
    model = session.model_id or next((m.model_id for m in reversed(view.messages) if m.model_id), None)
    agent = f"{session.agent_name} ({model})" if model else session.agent_name
    fork = f"forked from {session.forked_from.title}" if session.forked_from else ""
    return " · ".join(filter(None, map(one_line, (session.title, agent, presence(view.snapshot.attached), fork))))
