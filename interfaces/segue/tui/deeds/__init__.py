"""What the reader can have done: one method a command, a file a noun, and what keys and clicks ask for besides."""

from __future__ import annotations

from segue.tui.commands import Command
from segue.tui.deeds.deletions import DeletionDeeds
from segue.tui.deeds.knowledge import KnowledgeDeeds
from segue.tui.deeds.people import PeopleDeeds
from segue.tui.deeds.schedules import ScheduleDeeds
from segue.tui.deeds.talk import TalkDeeds
from segue.tui.plain import one_line
from segue.tui.prompt.prompt import Prompt
from segue.tui.prompt.queue_tray import QueueTray


class Deeds(DeletionDeeds, TalkDeeds, KnowledgeDeeds, ScheduleDeeds, PeopleDeeds):
    """Acts for the app; here is what concerns the window itself."""

    def do(self, name: str, argument: str) -> None:
        """Do what a command says."""
        getattr(self, name)(argument)

    def choose(self, command: Command) -> None:
        """Do a command of the palette; one that needs an argument is put into the prompt."""
        if command.needs_argument:
            prompt = self._app.chat.query_one(Prompt)
            prompt.draft = type(prompt.draft)(f"/{command.name} ")
            prompt.focus()
        else:
            self.do(command.name, "")

    def theme(self, name: str) -> None:
        if name in self._app.available_themes:
            self._app.theme = name
        elif name:
            self._say(f"There is no theme “{name}”; Tab shows them.", severity="warning")
        else:
            self._app.action_change_theme()

    def sidebar(self, _: str) -> None:
        self._app.action_sidebar()

    def help(self, _: str) -> None:
        from segue.tui.help import HelpScreen
        from segue.tui.sessions.session_list import SessionList
        from segue.tui.transcript.transcript import Transcript

        sources = [
            ("Everywhere", [*self._app.BINDINGS, *self._app.chat.BINDINGS]),
            ("Prompt", Prompt.BINDINGS),
            ("Conversation (Tab goes there)", Transcript.BINDINGS),
            ("Queue (/queue goes there)", QueueTray.BINDINGS),
            ("Sessions", SessionList.BINDINGS),
        ]
        self._app.push_screen(HelpScreen(sources))

    def quit(self, _: str) -> None:
        self._app.work(self._app.action_quit, "quit")

    def choices(self, kind: str) -> list[tuple[str, str]]:
        """Return what can stand behind a command, with a word about each."""
        match kind:
            case "session":
                return [(name, one_line(s.last_message_preview)[:60]) for name, s in self._names().items()]
            case "model":
                used = {m.model_id for m in self._app.view.messages if m.model_id}
                return [(model, "") for model in sorted({*self.agents.values(), *used})]
            case "agent":
                return list(self.agents.items())
            case "theme":
                return [(name, "dark" if theme.dark else "light") for name, theme in self._app.available_themes.items()]
        return []
