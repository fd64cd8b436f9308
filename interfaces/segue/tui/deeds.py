"""What the reader can have done: one method a command, and what keys and clicks ask for besides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from segue.errors import SegueError
from segue.tui import facts, roster, tools
from segue.tui.commands import Command
from segue.tui.plain import one_line
from segue.tui.prompt.approval_tray import Answer
from segue.tui.prompt.prompt import Prompt
from segue.tui.prompt.queue_tray import QueueTray
from segue.tui.sessions.deletions import SECOND_THOUGHTS_SECONDS, Deletions
from segue.tui.visit import Goal
from segue.tui.words import presence

if TYPE_CHECKING:
    from segue.client import Client
    from segue.models import Memory, Message, ScheduleKind, Session
    from segue.tui.app import ChatApp
    from segue.tui.sessions.search import Hit
    from segue.tui.sessions.switcher import Choice
    from segue.tui.view import View

NEW = "New Chat"  # what the daemon calls a session that nobody named
_LONGEST_TITLE = 50
_SURE_SECONDS = 5.0


class Deeds:
    """Acts for the app. `agents` are those of the daemon with their models, as far as one may know them."""

    def __init__(self, app: ChatApp) -> None:
        self.agents: dict[str, str] = {}
        self.deletions = Deletions(app.set_timer, self._carry_out)
        self._app = app
        self._almost_deleted = ("", 0.0)

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

    def _say(self, text: str, **how: Any) -> None:
        self._app.notify(one_line(text), markup=False, **how)

    def _open_page(self, title: str, text: str) -> None:
        from segue.tui.page import Page

        self._app.push_screen(Page(title, text))

    # --- sessions

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

    def _change(self, **changes: Any) -> None:
        if session_id := self._app.visit.session_id:
            self.change_session(session_id, **changes)

    def change_session(self, session_id: str, **changes: Any) -> None:
        self._app.ask(lambda client: client.update_session(session_id, **changes))

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

    # --- deletions

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

    # --- messages

    def edit_message(self, message_id: str, text: str) -> None:
        session_id = self._app.visit.session_id
        self._app.ask(lambda client: client.edit_message(session_id, message_id, text))

    def delete_message(self, message_id: str) -> None:
        """Delete a message when the reader has said so twice."""
        session_id = self._app.visit.session_id
        asked, until = self._almost_deleted
        if asked == message_id and monotonic() < until:
            self._app.ask(lambda client: client.delete_message(session_id, message_id))
        else:
            self._almost_deleted = (message_id, monotonic() + _SURE_SECONDS)
            self._say("This cannot be taken back: once more deletes the message for everybody.", timeout=_SURE_SECONDS)

    def tell_typing(self) -> None:
        async def tell(client: Client) -> None:
            with suppress(SegueError):  # nobody misses it
                await client.tell_typing(self._app.visit.session_id)

        if self._app.view.connection == "live":
            self._app.ask(tell, "typing")

    def copy(self, _: str) -> None:
        answers = [message for message in self._app.view.messages if message.role == "assistant"]
        if answers:
            self._app.copy_to_clipboard(answers[-1].content)
        self._say("Copied: the last answer" if answers else "There is no answer to copy yet.", timeout=2)

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

    # --- turns

    def cancel(self, _: str) -> None:
        self._app.action_stop_turn()

    def allow(self, argument: str) -> None:
        self._answer("always" if argument else "allow")

    def deny(self, argument: str) -> None:
        self._answer("deny")

    def _answer(self, answer: Answer) -> None:
        approval = tools.pending(self._app.view)
        if approval is None:
            self._say("No tool waits to be allowed.")
        else:
            self.decide(approval.id, answer)

    def decide(self, approval_id: str, answer: Answer) -> None:
        """Answer an approval."""
        decision: Literal["allow", "deny"] = "deny" if answer == "deny" else "allow"
        self._app.ask(lambda client: client.decide(approval_id, decision, remember=answer == "always"), "decide")

    def retry(self, _: str) -> None:
        self._app.action_retry()

    def mode(self, mode: str) -> None:
        prompt = self._app.chat.query_one(Prompt)
        if mode in ("queue", "steer", "interrupt"):
            prompt.mode = mode  # type: ignore[assignment]
        elif mode:
            self._say(f"There is no mode “{mode}”: queue, steer or interrupt.", severity="warning")
        else:
            prompt.action_next_mode()

    def queue(self, _: str) -> None:
        tray = self._app.chat.query_one(QueueTray)
        if tray.can_focus:
            tray.focus()
        else:
            self._say("Nothing waits for an answer.", timeout=3)

    # --- who answers

    def learn_agents(self) -> None:
        """Ask which agents there are, if one may know."""

        async def learn(client: Client) -> None:
            with suppress(SegueError):
                self.agents = (await client.status()).agents

        self._app.ask(learn, "agents")

    def model(self, model: str) -> None:
        if model:
            self._change(model_id=model)
        elif session := self._app.session:
            used = session.model_id or self.agents.get(session.agent_name, "its agent's")
            self._say(f"The model here is {used}. /model NAME chooses another, such as openai:gpt-5.")

    def agent(self, agent: str) -> None:
        if agent:
            self._change(agent_name=agent)
        elif session := self._app.session:
            known = f" There are: {', '.join(self.agents)}." if self.agents else ""
            self._say(f"The agent here is {session.agent_name}.{known} /agent NAME chooses another.")

    # --- what is known

    def who(self, _: str) -> None:
        here = self._app.view.snapshot.attached if self._app.view.snapshot else ()
        self._say(f"Here: {presence(here) or 'nobody'}")

    def context(self, _: str) -> None:
        session_id = self._app.visit.session_id

        async def show(client: Client) -> None:
            from segue.tui.knowledge import describe_context

            tokens = (await client.session(session_id, limit=1)).tokens
            text = describe_context(await client.context(session_id), tokens)
            self._open_page("What this session worked with", text)

        self._app.ask(show, "context")

    def compact(self, _: str) -> None:
        session_id = self._app.visit.session_id

        async def compress(client: Client) -> None:
            from segue.tui.knowledge import describe_compression

            self._say("Summarising what was said before…", timeout=3)
            self._say(describe_compression(await client.compress(session_id)))

        self._app.ask(compress, "compact")

    def memory(self, words: str) -> None:
        session = self._app.session
        if session is None:
            return
        if session.project_id is None:
            self._say("Memories belong to a project, and this session has none: `segue memory` sets one up.")
            return
        project_id = session.project_id

        async def show(client: Client) -> None:
            from segue.tui.knowledge import describe_memories

            found: Sequence[Memory] = (
                await client.search_memories(project_id, words) if words else await client.memories(project_id)
            )
            self._open_page(f"What {project_id} remembers", describe_memories(found))

        self._app.ask(show, "memory")

    def schedule(self, argument: str) -> None:
        if argument:
            self._schedule(argument, "prompt")
            return
        session_id = self._app.visit.session_id

        async def show(client: Client) -> None:
            from segue.tui.schedules import describe_schedules

            self._open_page("Scheduled here", describe_schedules(await client.schedules(session_id=session_id)))

        self._app.ask(show, "schedules")

    def remind(self, argument: str) -> None:
        self._schedule(argument, "reminder")

    def _schedule(self, argument: str, kind: ScheduleKind) -> None:
        from segue.tui.schedules import HOW, next_time, split

        session_id = self._app.visit.session_id
        if (wanted := split(argument)) is None:
            self._say(HOW, severity="warning")
            return

        async def add(client: Client) -> None:
            from segue.zone import local_zone

            added = await client.schedule(session_id, *wanted, kind=kind, timezone=local_zone())
            self._say(f"Scheduled: {next_time(added)}. /schedule shows what there is.")

        self._app.ask(add, "schedule")

    def unschedule(self, name: str) -> None:
        async def remove(client: Client) -> None:
            found = [s.id for s in await client.schedules(ended=True, limit=500) if name and s.id.endswith(name)]
            if len(found) == 1:
                await client.delete_schedule(found[0])
                self._say("Removed. What it has posted stays.")
            else:
                count = len(found) or "No"
                self._say(f"{count} schedules are called “{name}”: /schedule names them.", severity="warning")

        self._app.ask(remove, "unschedule")

    def mcp(self, _: str) -> None:
        async def show(client: Client) -> None:
            from segue.tui.mcp import describe_servers

            servers = [await client.mcp_server(server.name) for server in await client.mcp_servers()]
            self._open_page("MCP servers", describe_servers(servers))

        self._app.ask(show, "mcp")

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

    # --- the window

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

    # --- what can be chosen

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


def _file_name(title: str) -> str:
    words = "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
    return f"{words[:60] or 'session'}-{datetime.now():%Y-%m-%d}"
