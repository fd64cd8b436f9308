"""The one who knows every session: opens them for a place, posts, runs turns, and has told who follows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from segue.errors import Forbidden, Invalid, Stopping, TooLarge, TurnConflict
from segue.events import SessionEvent, Snapshot, ToolEvent, TurnEvent
from segue.models import (
    CreateSession,
    Message,
    Place,
    PostMessage,
    Reply,
    Session,
    SessionDetail,
    SessionId,
    SessionSummary,
    Turn,
    TurnId,
    UpdateSession,
)
from segued import metrics
from segued.agent.base import Agent, AgentError
from segued.config import AgentSettings, Settings, check_model
from segued.imports import Limits
from segued.memory import ProjectMemories, Search
from segued.schedules import Schedules
from segued.sessions.attach import SNAPSHOT_MESSAGES
from segued.sessions.compaction import Compactor
from segued.sessions.followers import Followers
from segued.sessions.items import SessionItems
from segued.sessions.speech import Speech
from segued.sessions.turns import TurnRunner
from segued.sessions.workbench import ServerTools, Workbench, no_servers
from segued.store.base import Actor, Commit, Reading, Store

log = logging.getLogger(__name__)

OpenAgent = Callable[[str, str | None], Agent]
"""Gives the agent of a name in the settings, with another model where one is named."""

_CANCEL_SECONDS = 10.0  # how long a cancel waits for the turn's end before it answers with the turn as it is
_PROGRAMS = frozenset({"http", "mcp"})  # interfaces whose sessions get no answer unless asked for


@dataclass(frozen=True)
class SessionContext:
    """One session as one actor has it open at one place."""

    manager: UnifiedSessionManager
    by: Actor
    session: Session
    created: bool

    async def post(self, content: str, *, respond: bool | None = None) -> Message:
        post = PostMessage(content=content, respond=respond)
        return (await self.manager.post(self.by, self.session.id, (post,)))[0]

    async def snapshot(self) -> Snapshot:
        return await self.manager.snapshot(self.by, self.session.id)

    async def related(self, limit: int = 20) -> tuple[SessionSummary, ...]:
        """Return other active sessions of the same project or owner."""
        found = await self.manager.store.list_related_sessions(self.by, self.session.id, limit)
        return await self.manager.summaries(self.by, found)


class UnifiedSessionManager:
    """Decides what only it can: size, agents, which turn runs and ends. What must last is the store's, who is told is
    its `followers`'."""

    def __init__(self, settings: Settings, open_agent: OpenAgent, server_tools: ServerTools = no_servers) -> None:
        self._settings = settings
        self._open_agent = open_agent
        self._server_tools = server_tools
        self._stopping = False
        self.followers = Followers(settings.server)
        self.store: Store
        self.search: Search
        self.memories: ProjectMemories
        self.schedules: Schedules
        self.items: SessionItems
        self.turns: TurnRunner
        self.compactor: Compactor

    @asynccontextmanager
    async def running(self, store: Store) -> AsyncIterator[None]:
        """Take up the turns that are owed, and stay live inside the block. `publish` is the store's from its start."""
        self.store = store
        self.items = SessionItems(store, self._settings.sessions.max_message_bytes)
        await self.followers.open(store)
        self.search = Search(store, self._settings.search)
        self.memories = ProjectMemories(store, self._settings.memory, self.search)
        self.schedules = Schedules(store, self._settings.schedules, self.check_size)
        bench = Workbench(store, self.memories, self.schedules, self._server_tools, self.summaries)
        self.compactor = Compactor(store, self._settings, self.followers.compressing)
        self.turns = TurnRunner(
            store, bench, self._settings.sessions, self._agent_for, self._speech, self.compactor.prepare
        )
        async with (
            self.search.running(),
            self.memories.running(),
            self.schedules.running(),
            asyncio.TaskGroup() as tasks,
        ):
            self.compactor.start(tasks)
            self.turns.start(tasks)
            for session_id in await store.list_open_sessions():
                self.turns.wake(session_id)
            heart = tasks.create_task(self.followers.beat(), name="heartbeat")
            try:
                yield
            finally:
                self._stopping = True
                await self.turns.close(self._settings.server.stop_grace_seconds)
                self.compactor.close()
                heart.cancel()

    def reload(self, settings: Settings) -> None:
        """Take over other settings: those that `segued.reloading` names."""
        self._settings = settings
        self.followers.reload(settings.server)
        self.turns.reload(settings.sessions)
        self.compactor.reload(settings)

    # --- sessions

    async def create_session(self, by: Actor, new: CreateSession) -> Session:
        """Add a session. One made by a program answers only when asked; one made by a person's interface, as the
        agent's settings say."""
        return await self.store.add_session(by, new, self.reply_of(by, new))

    async def get_or_create_session(self, interface: str, place: str, user: Actor) -> SessionContext:
        """Return the session bound at the place, made and bound where there is none."""
        return await self.open_place(user, CreateSession(place=Place(interface=interface, place=place)))

    async def open_place(self, by: Actor, new: CreateSession) -> SessionContext:
        """Do as `get_or_create_session`, with what a new session is to be like."""
        session, created = await self.store.get_or_add_session(by, new, self.reply_of(by, new))
        return SessionContext(self, by, session, created)

    async def update_session(self, by: Actor, session_id: SessionId, changes: UpdateSession) -> Session:
        self._check_agent(changes.agent_name, changes.model_id)
        return await self.store.update_session(by, session_id, changes)

    async def detail(self, by: Actor, session_id: SessionId, limit: int | None) -> SessionDetail:
        """Return the session with its messages, or the last `limit` of them, in one consistent view."""
        snapshot = await self.store.get_snapshot(by, session_id, 2**31 if limit is None else limit)
        summary = await self.summary(by, snapshot.session)
        return SessionDetail.model_construct(**dict(summary), messages=snapshot.messages)

    async def snapshot(self, by: Actor, session_id: SessionId) -> Snapshot:
        """Return what somebody who attaches now is given first."""
        return self.followers.complete(await self.store.get_snapshot(by, session_id, SNAPSHOT_MESSAGES))

    async def summary(self, by: Actor, session: Session) -> SessionSummary:
        """Return the session as the actor finds it."""
        return (await self.summaries(by, (session,)))[0]

    async def summaries(self, by: Actor, sessions: Sequence[Session]) -> tuple[SessionSummary, ...]:
        """Return the sessions as the actor finds them."""
        read = await self.store.list_reading(by, [session.id for session in sessions])
        return tuple(self._summary(session, read[session.id]) for session in sessions)

    def _summary(self, session: Session, read: Reading) -> SessionSummary:
        return SessionSummary.model_construct(
            **dict(session), attached=self.followers.interfaces(session.id), read_seq=read.seq, unread=read.unread
        )

    def reply_of(self, by: Actor, new: CreateSession) -> Reply:
        """Check what names an agent; return when it is to answer."""
        self._check_agent(new.agent_name, new.model_id)
        interface = new.place.interface if new.place else by.interface
        default: Reply = "never" if interface in _PROGRAMS else self._settings.agents[new.agent_name].reply
        return new.reply or default

    def _check_agent(self, agent_name: str | None, model_id: str | None) -> None:
        if agent_name is not None and agent_name not in self._settings.agents:
            known = ", ".join(sorted(self._settings.agents))
            raise Invalid(
                f"agent_name: there is no agent '{agent_name}'; the settings name: {known}", field="agent_name"
            )
        if model_id is not None:
            try:
                check_model(model_id)
            except ValueError as exc:
                raise Invalid(f"model_id: {exc}", field="model_id") from exc

    @property
    def import_limits(self) -> Limits:
        """Say how much may be brought in at once, and where it waits meanwhile."""
        settings = self._settings
        return Limits(
            message_bytes=settings.sessions.max_message_bytes,
            item_bytes=settings.server.max_body_bytes,  # more cannot be given in any other way
            file_bytes=settings.imports.max_file_bytes,
            folder=settings.database.parent,
        )

    # --- messages and turns

    async def post(self, by: Actor, session_id: SessionId, posts: tuple[PostMessage, ...]) -> tuple[Message, ...]:
        """Store the messages, and the turns they call for, in one transaction; then everybody is told."""
        if self._stopping:
            raise Stopping("the daemon is stopping: try again in a moment", retry_after=2)
        for post in posts:
            self.check_size(post.content)
        return await self.store.add_messages(by, session_id, posts)

    async def edit(self, by: Actor, session_id: SessionId, message_id: str, content: str) -> Message:
        self.check_size(content)
        return await self.store.update_message(by, session_id, message_id, content)  # type: ignore[arg-type]

    async def add_turn(self, by: Actor, session_id: SessionId, agent_name: str | None, model_id: str | None) -> Turn:
        self._check_agent(agent_name, model_id)
        return await self.store.add_turn(by, session_id, agent_name, model_id)

    async def cancel_turn(self, by: Actor, turn_id: TurnId) -> Turn:
        """Cancel the turn, running or queued, and return it as it ended."""
        turn = await self.store.cancel_turn(by, turn_id)
        if turn.state != "running":
            return turn
        ended = self.turns.stop_turn(turn.session_id, "cancelled", turn.id)
        if ended is None:
            turn = await self.store.get_turn(by, turn_id)
            if turn.state == "running":
                raise TurnConflict("the turn is about to start: cancel it again in a moment")
            return turn
        try:
            async with asyncio.timeout(_CANCEL_SECONDS):
                await ended.wait()
        except TimeoutError:
            log.warning("turn %s takes long to stop", turn_id)
        return await self.store.get_turn(by, turn_id)

    def check_size(self, content: str) -> None:
        """Raise `TooLarge` if that is more than one message may hold."""
        limit = self._settings.sessions.max_message_bytes
        if len(content) * 4 > limit and (size := len(content.encode())) > limit:
            raise TooLarge(
                f"the message has {size} bytes and the limit is {limit}: split it, or attach it as a document",
                limit_bytes=limit,
            )

    def _agent_for(self, turn: Turn) -> tuple[Agent, AgentSettings]:
        settings = self._settings.agents.get(turn.agent_name)
        if settings is None:
            raise AgentError(
                "unknown_agent", f"the settings name no agent '{turn.agent_name}': add it, or choose another"
            )
        return self._open_agent(turn.agent_name, turn.model_id), settings

    def _speech(self, turn: Turn) -> Speech:
        """Return what tells the session's followers of the turn's answer."""
        return Speech(partial(self.followers.say, turn.session_id))

    # --- following

    async def typing(self, by: Actor, session_id: SessionId) -> None:
        """Tell the followers that somebody is typing."""
        session = await self.store.get_session(by, session_id)
        if not by.sees_all and any(m.user_id == by.user_id and m.role == "reader" for m in session.members):
            raise Forbidden("you may read this session but not write to it: ask its owner to make you a writer")
        self.followers.typing(session_id, by)

    async def mark_read(self, by: Actor, session_id: SessionId, seq: int) -> int:
        """Note up to which seq the actor has read, and tell their other windows."""
        now = await self.store.update_read(by, session_id, seq)
        self.followers.marked_read(session_id, by, now)
        return now

    def publish(self, commits: Sequence[Commit]) -> None:
        """Tell everybody of what was committed, in order. The store calls this before it answers who asked for it."""
        try:
            self.followers.publish(commits)
            for commit in commits:
                metrics.EVENTS.add(commit.event.type)
                self._act_on(commit)
                self.search.note(commit.event)
        except Exception:
            log.exception("telling of what was committed failed")

    def _act_on(self, commit: Commit) -> None:
        """Do what an event calls for: run a turn that was queued, stop one that must not go on."""
        match commit.event:
            case TurnEvent(type="turn.queued", data=turn):
                if turn.mode == "interrupt":
                    self.turns.stop_turn(turn.session_id, "interrupted")
                self.turns.wake(turn.session_id)
            case ToolEvent(data=call):
                self.turns.tools.note(call)
            case SessionEvent(type="session.updated", data=session) if not session.archived:
                self.schedules.look_again()  # what waited for it to be taken back is due
            case SessionEvent(type="session.deleted", data=session):
                self.turns.stop_turn(session.id, "cancelled")


__all__ = ["SessionContext", "UnifiedSessionManager"]
