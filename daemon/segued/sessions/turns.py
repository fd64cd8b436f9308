"""Turns running: one at a time in a session, side by side over sessions, each with one owner and one end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

from segue.errors import SessionNotFound, TurnNotFound, Unavailable
from segue.models import Session, SessionId, Turn, TurnError, TurnId
from segued.agent.base import Agent, AgentError, Finished, Prompt, Text
from segued.config import SessionSettings
from segued.memory import ProjectMemories, ProjectNotebook
from segued.sessions.speech import Speech
from segued.store.base import Actor, Store, TurnEnd

log = logging.getLogger(__name__)

StopReason = Literal["cancelled", "interrupted"]

_MAX_ATTEMPTS = 3  # starts of one turn: a turn that brings the daemon down is not tried for ever
_SAVE_SECONDS = 1.0
_PROMPT_CHARACTERS = 2_000_000  # read for a prompt at most; the agent cuts it to its model's budget
_STORE_RETRY_SECONDS = 2.0
_SEARCH_HITS = 8
_PERSONAL = frozenset({"tui", "cli", "http", "mcp"})  # interfaces at which one person, or their program, reads


@dataclass
class _Running:
    """A turn that has an owner, and the means to stop it."""

    turn: Turn
    deadline: asyncio.Timeout | None = None
    reason: StopReason | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self, reason: StopReason) -> None:
        self.reason = self.reason or reason
        if self.deadline is not None and not self.deadline.expired():
            self.deadline.reschedule(asyncio.get_running_loop().time())


class TurnRunner:
    """Runs the queued turns of every session. `open_agent` gives the agent for a turn, or raises `AgentError`."""

    def __init__(
        self,
        store: Store,
        memories: ProjectMemories,
        settings: SessionSettings,
        open_agent: Callable[[Turn], Agent],
        speak: Callable[[Turn], Speech],
    ) -> None:
        self._store = store
        self._memories = memories
        self._settings = settings
        self._open_agent = open_agent
        self._speak = speak
        self._limit = asyncio.Semaphore(settings.max_running_turns)
        self._running: dict[SessionId, _Running] = {}
        self._runners: dict[SessionId, asyncio.Task[None]] = {}
        self._again: set[SessionId] = set()
        self._tasks: asyncio.TaskGroup | None = None
        self._stopping = False

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Own the runners' tasks in `tasks` from now on."""
        self._tasks = tasks

    def wake(self, session_id: SessionId) -> None:
        """See to it that the session's queued turns are run."""
        self._again.add(session_id)
        if session_id not in self._runners and self._tasks is not None and not self._stopping:
            name = f"turns of session {session_id}"
            self._runners[session_id] = self._tasks.create_task(self._run(session_id), name=name)

    def stop_turn(
        self, session_id: SessionId, reason: StopReason, turn_id: TurnId | None = None
    ) -> asyncio.Event | None:
        """Stop the session's running turn (if it is `turn_id`, where given); return what tells that it has ended."""
        running = self._running.get(session_id)
        if running is None or (turn_id is not None and running.turn.id != turn_id):
            return None
        running.stop(reason)
        return running.ended

    async def close(self, grace_seconds: float) -> None:
        """Start no more turns, let the running ones finish for a while, then leave them to the next start."""
        self._stopping = True
        if self._runners:
            await asyncio.wait(self._runners.values(), timeout=grace_seconds)
        for task in list(self._runners.values()):
            task.cancel()

    async def _run(self, session_id: SessionId) -> None:
        try:
            while not self._stopping:
                self._again.discard(session_id)
                async with self._limit:
                    turn = None if self._stopping else await self._next(session_id)
                    if turn is not None:
                        await self._own(turn)
                        continue
                if session_id not in self._again:
                    return
        except Exception:
            log.exception("the turns of session %s stopped", session_id)
        finally:
            del self._runners[session_id]

    async def _next(self, session_id: SessionId) -> Turn | None:
        while True:
            try:
                return await self._store.start_turn(session_id)
            except Unavailable as exc:
                if self._stopping:
                    return None
                log.warning("the next turn of session %s cannot start yet: %s", session_id, exc)
                await asyncio.sleep(_STORE_RETRY_SECONDS)

    async def _own(self, turn: Turn) -> None:
        """Run the turn to its one end; messages handed to it meanwhile make it answer again."""
        running = self._running[turn.session_id] = _Running(turn)
        try:
            while turn.state == "running":
                end = await self._answer(turn, running)
                turn = await self._end(turn, end)
        except TurnNotFound:
            log.info("session %s was deleted while its turn ran", turn.session_id)
        finally:
            del self._running[turn.session_id]
            running.ended.set()

    async def _end(self, turn: Turn, end: TurnEnd) -> Turn:
        """Store the end; as long as the disk refuses, what was said is kept here."""
        while True:
            try:
                return await self._store.end_turn(turn.id, end)
            except Unavailable as exc:
                log.warning("turn %s cannot be stored yet: %s", turn.id, exc)
                await asyncio.sleep(_STORE_RETRY_SECONDS)

    async def _answer(self, turn: Turn, running: _Running) -> TurnEnd:
        if turn.attempt > _MAX_ATTEMPTS:
            text = await self._store.get_partial_text(turn.id)
            return TurnEnd("interrupted", text, _gave_up())
        speech = self._speak(turn)
        started = time.monotonic()
        finished: Finished | None = None
        state: Literal["completed", "failed", "cancelled", "interrupted"] = "failed"
        error: TurnError | None = None
        saver: asyncio.Task[None] | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                saver = tasks.create_task(self._save(turn.id, speech), name=f"saver of turn {turn.id}")
                try:
                    async with asyncio.timeout(self._settings.turn_timeout_seconds) as running.deadline:
                        if running.reason is not None:
                            running.stop(running.reason)
                        finished = await self._listen(turn, speech)
                    state = "completed"
                except TimeoutError:
                    if running.deadline is None or not running.deadline.expired():
                        error = _broke(turn)
                    else:
                        state, error = self._stopped(running)
                except AgentError as exc:
                    error = TurnError(code=exc.code, message=exc.message)
                except (SessionNotFound, Unavailable) as exc:
                    error = TurnError(code=exc.code, message=exc.message)
                except Exception:
                    error = _broke(turn)
                except asyncio.CancelledError:  # the daemon stops: the next start takes the turn up from here
                    if speech.text:
                        await self._store.update_turn_text(turn.id, speech.text)
                    raise
                finally:
                    running.deadline = None
                    saver.cancel()
        finally:
            speech.flush()
        return TurnEnd(
            state,
            speech.text,
            error,
            usage=finished.usage if finished else None,
            model_id=finished.model_id if finished else None,
            response_time_ms=int((time.monotonic() - started) * 1000),
        )

    def _stopped(self, running: _Running) -> tuple[Literal["failed", "cancelled", "interrupted"], TurnError | None]:
        if running.reason is not None:
            return running.reason, None
        seconds = self._settings.turn_timeout_seconds
        message = f"the answer was not ready after {seconds:g} seconds: retry, or raise sessions.turn_timeout_seconds"
        return "failed", TurnError(code="turn_timeout", message=message)

    async def _listen(self, turn: Turn, speech: Speech) -> Finished | None:
        """Take the answer in pieces until the agent is done."""
        daemon = Actor(user_id=None, name="segued", interface="agent", sees_all=True)
        asking = Actor(user_id=turn.user_id, name=turn.agent_name, interface="agent")
        session = await self._store.get_session(daemon, turn.session_id)
        # What the whole session reads is out of this session alone, and for a guest's question too, who is no member.
        reading, scope = (asking, None) if _is_private(session, turn) else (daemon, session.id)
        prompt = Prompt(
            session=session,
            messages=await self._store.list_prompt_messages(turn.id, _PROMPT_CHARACTERS),
            search=lambda query: self._store.list_hits(reading, query, scope, None, _SEARCH_HITS),
            notebook=self._notebook(session, asking),
        )
        finished = None
        async with aclosing(self._open_agent(turn).answer(prompt)) as pieces:
            async for piece in pieces:
                match piece:
                    case Text(text=text):
                        speech.say(text)
                    case Finished():
                        finished = piece
        return finished

    def _notebook(self, session: Session, asking: Actor) -> ProjectNotebook | None:
        """Return what the session's project remembers, if it has one. It is read as the session's owner would: all of
        its members share it then."""
        if session.project_id is None:
            return None
        owner = Actor(user_id=session.owner_id, name=asking.name, interface="agent")
        return ProjectNotebook(self._store, self._memories, session, session.project_id, owner, asking)

    async def _save(self, turn_id: TurnId, speech: Speech) -> None:
        """Save what was said so far, every second in which something was."""
        saved = 0
        while True:
            await asyncio.sleep(_SAVE_SECONDS)
            if len(speech.text) == saved:
                continue
            saved = len(speech.text)
            try:
                await self._store.update_turn_text(turn_id, speech.text)
            except Unavailable as exc:
                log.warning("the text of turn %s was not saved: %s", turn_id, exc)


def _is_private(session: Session, turn: Turn) -> bool:
    """Tell whether only who asks will read the answer, so that their other sessions may be quoted in it."""
    members = [member.user_id for member in session.members]
    return members == [turn.user_id] and all(place.interface in _PERSONAL for place in turn.route)


def _broke(turn: Turn) -> TurnError:
    log.exception("the agent of turn %s broke", turn.id)
    return TurnError(code="agent_broke", message="the agent broke, and the daemon's log says why: retry the turn")


def _gave_up() -> TurnError:
    message = f"the daemon stopped {_MAX_ATTEMPTS} times while this was being answered: retry it if you like"
    return TurnError(code="interrupted_by_restart", message=message)
