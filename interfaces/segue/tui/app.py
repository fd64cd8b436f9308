"""The terminal chat. The app owns the way to the daemon; screens and widgets show what it knows and post upward."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.screen import Screen

from segue.errors import Gap, SegueError
from segue.tui import facts, outbox, roster, settings
from segue.tui.chat import ChatScreen
from segue.tui.commands import COMMANDS
from segue.tui.crash import record_crash, start_log
from segue.tui.deeds import Deeds
from segue.tui.link import Link, NotOpened, Prepare, has_broken_down
from segue.tui.outbox import Pending
from segue.tui.plain import one_line, plain
from segue.tui.prompt.approval_tray import Answer, ApprovalTray
from segue.tui.prompt.prompt import Prompt
from segue.tui.prompt.queue_tray import QueueTray
from segue.tui.roster import Roster
from segue.tui.sessions.sidebar import Sidebar
from segue.tui.transcript.transcript import Transcript
from segue.tui.view import View, retryable, with_turns
from segue.tui.visit import Visit
from segue.tui.visits import Visits
from segue.tui.window import around, at_tail, trimmed, with_newer, with_older
from segue.tui.words import GONE

if TYPE_CHECKING:
    from segue.client import Client
    from segue.models import Session
    from segue.tui.sessions.search import SearchScreen

_QUIT_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LIGHT_BACKGROUNDS = ("7", "15")  # as terminals that set $COLORFGBG name white
_READ_SECONDS = 0.3  # before others are told that a message was read
_STOP_SECONDS = 1.5  # in which Esc, pressed twice, stops one answer
_REVIVE_SECONDS = 3.0  # that a daemon which broke down is waited for: what supervises it comes first
_GOODBYE_SECONDS = 3.0  # that quitting waits for the daemon
_OF_THE_CHAT = {"switch", "search", "new_session", "sidebar", "retry", "help", "stop_turn"}  # not above a dialog


class ChatApp(App[None]):
    """One window on the conversations."""

    TITLE = "Segue"
    CSS = "ToastRack { dock: top; align: right top; margin: 1 0 0 0; }"  # not over the prompt
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "quit", "Quit; the conversation stays in the daemon", priority=True),
        Binding("escape", "stop_turn", "Stop the answer"),
        Binding("ctrl+r", "retry", "Try again what failed; start a daemon that is away", priority=True),
        Binding("ctrl+k", "switch", "Go to another session", priority=True),
        Binding("ctrl+f", "search", "Search all messages", priority=True),
        Binding("ctrl+n", "new_session", "Begin a new session", priority=True),
        Binding("ctrl+b,f2", "sidebar", "Show or hide the list of sessions", priority=True),
        Binding("ctrl+y", "decide('allow')", "Allow the tool that waits", priority=True),
        Binding("ctrl+g", "decide('always')", "Allow it always in this session", priority=True),
        Binding("ctrl+x", "decide('deny')", "Deny it", priority=True),
        Binding("ctrl+z", "undo_deletion", "Take back the deletion of a session", priority=True),
        Binding("f1", "help", "Show all keys and commands", priority=True),
    ]

    def __init__(self, prepare: Prepare = lambda: None) -> None:
        super().__init__()
        self.link = Link(prepare, self.post_message)
        self.visits = Visits(self)
        self.roster = Roster()
        self.deeds = Deeds(self)
        self.chat = ChatScreen(self.deeds.choices)
        self.crashed_by: Exception | None = None
        self.failed_by: BaseException | None = None
        self._kept = settings.load()
        self._stale = False
        self._stopped_at = -_STOP_SECONDS
        self._early: list[events.Event] | None = []  # keys that came before the prompt was there for them
        self._choose_theme()

    @property
    def visit(self) -> Visit:
        """The session on the screen, as this window has it."""
        return self.visits.here

    @property
    def view(self) -> View:
        return self.visit.view

    @property
    def session(self) -> Session | None:
        """The session on the screen."""
        return self.view.snapshot.session if self.view.snapshot else None

    # --- the beginning

    def _choose_theme(self) -> None:
        if self._kept.theme in self.available_themes:
            self.theme = self._kept.theme
        elif os.environ.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT_BACKGROUNDS:
            self.theme = "textual-light"

    def on_mount(self) -> None:
        self.push_screen(self.chat)
        self.theme_changed_signal.subscribe(self, lambda theme: self._keep(theme=theme.name))
        if not self.is_headless:
            for number in _QUIT_SIGNALS:
                asyncio.get_running_loop().add_signal_handler(number, lambda: self.work(self.action_quit, "quit"))

    def _keep(self, **changes: Any) -> None:
        self._kept = settings.change(**changes)

    def on_chat_screen_painted(self) -> None:
        """Begin what needs the daemon; the screen stands already."""
        self.call_later(self._take_early_keys)  # behind what gives the prompt the focus
        self.work(self._run_link, "link")

    async def on_event(self, event: events.Event) -> None:
        if self._early is not None and isinstance(event, events.Key | events.Paste):
            self._early.append(event)
        else:
            await super().on_event(event)

    async def _take_early_keys(self) -> None:
        early, self._early = self._early or [], None
        for event in early:
            await super().on_event(event)

    async def _run_link(self) -> None:
        try:
            await self.link.run()
        except NotOpened as exc:
            self.failed_by = exc.__cause__
            self.exit(return_code=1)

    def work(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        """Do it beside everything else, instead of what goes by the same name."""

        async def working() -> None:  # not the coroutine itself, which nobody would await if the app ends before
            await work()

        self.run_worker(working, name=name, group=name, exclusive=True)  # type: ignore[arg-type]

    def ask(self, call: Callable[[Client], Awaitable[object]], name: str = "") -> None:
        """Ask the daemon for something once it is there; what goes wrong is told."""

        async def asking() -> None:
            try:
                await call(await self.link.client())
            except SegueError as exc:
                self.post_message(facts.Failed(exc.message))

        self.work(asking, f"ask {name or uuid4()}")

    # --- what the daemon tells of all sessions

    async def on_opened(self, fact: facts.Opened) -> None:
        self.roster = replace(self.roster, me=one_line(fact.name))
        self.visits.begin(fact.session.id, fact.session.read_seq)
        self.show_soon()
        await self.chat.add_sidebar(wanted=self._kept.sidebar)
        self.deeds.learn_agents()

    def on_list_known(self, fact: facts.ListKnown) -> None:
        self.roster = roster.with_page(self.roster, fact.sessions)
        self.show_soon()

    def on_happened(self, fact: facts.Happened) -> None:
        self.roster = roster.advance(self.roster, fact.event)
        if fact.event.type in ("session.deleted", "session.left") and fact.event.session_id:
            self.deeds.deletions.forget(fact.event.session_id)
        self.show_soon()

    def on_failed(self, fact: facts.Failed) -> None:
        self.notify(one_line(fact.problem), severity="error", markup=False)

    # --- what it tells of one session

    def on_received(self, fact: facts.Received) -> None:
        visit = self.visits.of(fact)
        try:
            visit.take(fact.event)
        except Gap:
            self.work(visit.conversation.follow, "follow")  # begins with a new snapshot
        if visit is self.visit:
            self.chat.remember(visit.view)
            self.visits.go_to_goal()
            self.show_soon()

    def on_turns_known(self, fact: facts.TurnsKnown) -> None:
        self._change(with_turns(self.visits.of(fact).view, fact.turns), fact)

    def on_older_known(self, fact: facts.OlderKnown) -> None:
        self._change(with_older(self.visits.of(fact).view, fact.messages, fact.before_seq), fact)

    def on_newer_known(self, fact: facts.NewerKnown) -> None:
        self._change(with_newer(self.visits.of(fact).view, fact.messages, fact.after_seq), fact)

    def on_around_known(self, fact: facts.AroundKnown) -> None:
        if all(message.id != fact.message_id for message in fact.messages):
            self.notify("That message was deleted.", severity="warning", markup=False)
        self._change(around(self.visits.of(fact).view, fact.messages), fact)

    def on_connection_changed(self, fact: facts.ConnectionChanged) -> None:
        if fact.visit or not self.visit.session_id:
            self._change(replace(self.visits.of(fact).view, connection=fact.connection), fact)
        if fact.visit and fact.connection in GONE:
            self.roster = roster.without(self.roster, fact.visit.session_id)
        if fact.connection == "away":
            self.set_timer(_REVIVE_SECONDS, self._revive)

    def _revive(self) -> None:
        """Start the daemon again if it broke down; one that was stopped stays stopped."""
        if self.view.connection == "away" and has_broken_down():
            self.work(self._start_daemon, "start")

    def on_delivered(self, fact: facts.Delivered) -> None:
        view = self.visits.of(fact).view
        lines = outbox.delivered(view.outbox, fact.key, fact.message)
        self._change(replace(view, outbox=outbox.settled(lines, view.snapshot)), fact)
        self.deeds.name_new_session(view, fact.message)

    def on_refused(self, fact: facts.Refused) -> None:
        view = self.visits.of(fact).view
        self._change(replace(view, outbox=outbox.refused(view.outbox, fact.key, fact.problem)), fact)

    # --- what the reader does

    def on_prompt_submitted(self, message: Prompt.Submitted) -> None:
        pending = Pending(str(uuid4()), message.text, self.view.last_seq, mode=message.mode)
        self._change(replace(self.view, outbox=(*self.view.outbox, pending)))
        self.chat.action_go_to_end()
        self.visit.conversation.send(pending.key, pending.text, pending.mode)

    def on_prompt_command_given(self, message: Prompt.CommandGiven) -> None:
        self.deeds.do(message.command_name, message.argument)

    def on_prompt_unknown_command(self, message: Prompt.UnknownCommand) -> None:
        nearest = f"Did you mean /{message.nearest}? " if message.nearest else ""
        self.notify(
            f"There is no command /{message.name}. {nearest}/help shows all; two slashes send it as a message.",
            severity="warning",
            markup=False,
        )

    def on_prompt_edited(self, message: Prompt.Edited) -> None:
        self.deeds.edit_message(message.message_id, message.text)

    def on_prompt_typing(self) -> None:
        self.deeds.tell_typing()

    def on_queue_tray_edit_wanted(self, message: QueueTray.EditWanted) -> None:
        self.chat.query_one(Prompt).edit_message(message.message_id, message.text)

    def on_queue_tray_withdraw_wanted(self, message: QueueTray.WithdrawWanted) -> None:
        self.ask(lambda client: client.withdraw(message.turn_id))

    def on_transcript_older_wanted(self) -> None:
        self.visits.load_older()

    def on_transcript_newer_wanted(self) -> None:
        self.visits.load_newer()

    def on_transcript_newest_wanted(self) -> None:
        self._change(at_tail(self.view))

    def on_transcript_copy_wanted(self, message: Transcript.CopyWanted) -> None:
        self.copy_to_clipboard(message.text)
        self.notify(f"Copied: {message.what}", markup=False, timeout=2)

    def on_transcript_edit_wanted(self, message: Transcript.EditWanted) -> None:
        self.chat.query_one(Prompt).edit_message(message.message_id, message.text)

    def on_transcript_delete_wanted(self, message: Transcript.DeleteWanted) -> None:
        self.deeds.delete_message(message.message_id)

    def on_transcript_retry_wanted(self) -> None:
        self.action_retry()

    def on_sidebar_chosen(self, message: Sidebar.Chosen) -> None:
        self.visits.open(message.session_id)

    def on_sidebar_new_wanted(self) -> None:
        self.action_new_session()

    def on_sidebar_rename_wanted(self, message: Sidebar.RenameWanted) -> None:
        self.deeds.change_session(message.session_id, title=message.title)

    def on_sidebar_pin_wanted(self, message: Sidebar.PinWanted) -> None:
        self.deeds.change_session(message.session_id, pinned=message.pinned)

    def on_sidebar_archive_wanted(self, message: Sidebar.ArchiveWanted) -> None:
        self.deeds.change_session(message.session_id, archived=message.archived)

    def on_sidebar_delete_wanted(self, message: Sidebar.DeleteWanted) -> None:
        self.deeds.delete_session(message.session_id)

    def on_sidebar_left(self) -> None:
        self.chat.query_one(Prompt).focus()

    def on_search_screen_asked(self, message: SearchScreen.Asked) -> None:
        self.deeds.look_up(message.query, here_only=message.here_only)

    def on_found(self, fact: facts.Found) -> None:
        from segue.tui.sessions.search import SearchScreen

        if isinstance(self.screen, SearchScreen):
            self.screen.show(fact.page, here_only=fact.here_only)

    # --- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What belongs to the chat is not done above a dialog."""
        if action == "undo_deletion":
            return self.deeds.deletions.are_waiting
        if action == "decide":
            return self.screen is self.chat and self.chat.query_one(ApprovalTray).is_asking
        return not (action in _OF_THE_CHAT and self.screen is not self.chat)

    def action_stop_turn(self) -> None:
        """Stop the answer being written; a second press right after it does not stop the next one."""
        running = self.view.running
        if running is None or monotonic() < self._stopped_at + _STOP_SECONDS:
            return
        if self.view.connection == "away":
            self.notify("The daemon is away: nothing can be stopped now.", severity="warning", markup=False)
            return
        self._stopped_at = monotonic()
        self.ask(lambda client: client.cancel(running.id), "stop")

    def action_decide(self, answer: Answer) -> None:
        self.chat.query_one(ApprovalTray).action_decide(answer)

    def on_approval_tray_decided(self, message: ApprovalTray.Decided) -> None:
        self.deeds.decide(message.approval_id, message.answer)

    def action_retry(self) -> None:
        """Send again what was refused; else ask again for the answer that failed; or start the daemon."""
        visit = self.visit
        self._stopped_at = -_STOP_SECONDS
        if visit.view.connection in ("away", "connecting"):
            self.work(self._start_daemon, "start")
        refused = [pending for pending in visit.view.outbox if pending.problem]
        for pending in refused:
            self._change(replace(visit.view, outbox=outbox.refused(visit.view.outbox, pending.key, "")))
            visit.conversation.send(pending.key, pending.text, pending.mode)
        if not refused and (turn := retryable(visit.view)):
            self.ask(lambda client: client.retry(turn.id), "retry")

    async def _start_daemon(self) -> None:
        try:
            await self.link.prepare()
        except Exception as exc:
            self.post_message(facts.Failed(str(exc)))

    def action_switch(self) -> None:
        self.deeds.switch("")

    def action_search(self) -> None:
        self.deeds.search("")

    def action_new_session(self) -> None:
        self.deeds.new("")

    def action_sidebar(self) -> None:
        for sidebar in self.chat.query(Sidebar):
            sidebar.toggle()
            self._keep(sidebar=sidebar.wanted)

    def action_undo_deletion(self) -> None:
        self.deeds.undo_deletion()

    def action_help(self) -> None:
        self.deeds.help("")

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        yield from super().get_system_commands(screen)
        for command in COMMANDS if screen is self.chat else ():
            yield SystemCommand(command.usage, command.help, partial(self.deeds.choose, command))

    # --- showing it

    def _change(self, view: View, fact: facts.Fact | None = None) -> None:
        """Take on a new view of the session that a fact is about, by default the one on the screen."""
        visit = self.visits.of(fact) if fact else self.visit
        visit.view = view
        if visit is self.visit:
            self.show_soon()

    def show_soon(self) -> None:
        """Show what is known now, once for all the messages that wait already."""
        if not self._stale:
            self._stale = True
            self.call_later(self._show)

    def _show(self) -> None:
        self._stale = False
        with suppress(NoMatches):  # the screen is being taken down
            self.visit.view = trimmed(self.view, self.chat.is_at_end)
            self.chat.show(self.view, self.roster)
            self.visits.note_reading()

    # --- the end

    async def action_quit(self) -> None:
        """Carry out what was deleted, if the daemon is there for it, and end."""
        self.visits.keep_drafts()
        self.deeds.finish_deletions()
        deleting = [worker for worker in self.workers if worker.group.startswith("ask deletion")]
        if deleting:
            with suppress(TimeoutError):
                async with asyncio.timeout(_GOODBYE_SECONDS):
                    await self.workers.wait_for_complete(deleting)
        self.exit()

    def _handle_exception(self, error: Exception) -> None:
        """Keep the error for the log: Textual would print a traceback with all its values over the terminal."""
        self.crashed_by = self.crashed_by or error
        super()._handle_exception(error)
        self._exit_renderables.clear()


def run(prepare: Prepare) -> int:
    """Open the chat and return the exit code when it is closed. Raises what `prepare` raised, or the `SegueError` for
    which there is no conversation."""
    start_log()
    app = ChatApp(prepare)
    app.run()
    if app.visits.unsent:
        _say("not sent:\n" + "\n".join(app.visits.unsent))
    if app.crashed_by:
        _say(record_crash(app.crashed_by))
    if app.failed_by:
        raise app.failed_by
    return app.return_code or 0


def _say(text: str) -> None:
    sys.stderr.write(f"segue: {plain(text)}\n")
