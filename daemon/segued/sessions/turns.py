"""Turns running: one at a time in a session, side by side over sessions, each with one owner and one end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

from uuid_utils import uuid7

from segue.errors import SessionNotFound, TurnNotFound, Unavailable
from segue.models import SessionId, ToolCall, ToolCallId, Turn, TurnError, TurnId
from segued import log as logs
from segued import metrics, tracing
from segued.agent.base import Agent, AgentError, Asked, Finished, Prompt, Text
from segued.config import AgentSettings, SessionSettings
from segued.sessions.endings import MAX_ATTEMPTS, TOO_MANY, Failure, broke, gave_up, unsure
from segued.sessions.insist import insist
from segued.sessions.running import Running, StopReason
from segued.sessions.speech import Speech
from segued.sessions.tool_use import ToolUser, are_open
from segued.sessions.workbench import Workbench
from segued.store.base import Store, ToolStep, TurnEnd

log = logging.getLogger(__name__)

_SAVE_SECONDS = 1.0
_STORE_RETRY_SECONDS = 2.0


class TurnRunner:
    """Runs the queued turns of every session. `agent_of` gives the agent for a turn and its settings, or raises
    `AgentError`."""

    def __init__(
        self,
        store: Store,
        bench: Workbench,
        settings: SessionSettings,
        agent_of: Callable[[Turn], tuple[Agent, AgentSettings]],
        speak: Callable[[Turn], Speech],
        prepare: Callable[[Turn, Prompt], Awaitable[Prompt]],
    ) -> None:
        self.tools = ToolUser(store, settings)
        self._store = store
        self._bench = bench
        self._settings = settings
        self._agent_of = agent_of
        self._speak = speak
        self._prepare = prepare
        self._limit = asyncio.Semaphore(settings.max_running_turns)
        self.latest: dict[str, Turn] = {}  # by agent, as they ended since the start
        self._running: dict[SessionId, Running] = {}
        self._runners: dict[SessionId, asyncio.Task[None]] = {}
        self._again: set[SessionId] = set()
        self._tasks: asyncio.TaskGroup | None = None
        self._stopping = False

    def reload(self, settings: SessionSettings) -> None:
        """Take over other limits, for the turns and calls that begin from now on."""
        self._settings = settings
        self.tools.reload(settings)

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
        self.leave()

    def leave(self) -> None:
        """Leave the running turns to the next start."""
        for task in list(self._runners.values()):
            task.cancel()

    async def _run(self, session_id: SessionId) -> None:
        logs.request_id.set(None)  # that of whose message woke it first
        logs.session_id.set(session_id)
        try:
            while not self._stopping:
                self._again.discard(session_id)
                async with _Slot(self._limit) as slot:
                    turn = None if self._stopping else await self._next(session_id)
                    if turn is not None:
                        about = {"session_id": session_id, "turn_id": turn.id, "agent": turn.agent_name}
                        with tracing.span("turn", about, alone=True) as span:
                            span.note(state=(await self._own(turn, slot)).state)
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

    async def _own(self, turn: Turn, slot: _Slot) -> Turn:
        """Run the turn to its one end, and return it then. An answer may ask for tools, and goes on when these have
        answered; messages handed to the turn meanwhile make it answer again."""
        logs.turn_id.set(turn.id)
        running = self._running[turn.session_id] = Running(turn, self._settings.turn_timeout_seconds)
        try:
            turn, calls = await self._take_up(turn)
            while turn.state == "running":
                if calls is None:
                    turn, calls = await self._answer(turn, running)
                else:
                    async with slot.lent():
                        turn, calls = await self._use_tools(turn, calls, running), None
        except TurnNotFound:
            log.info("session %s was deleted while its turn ran", turn.session_id)
        finally:
            del self._running[turn.session_id]
            running.ended.set()
            logs.turn_id.set(None)
        return turn

    async def _take_up(self, turn: Turn) -> tuple[Turn, tuple[ToolCall, ...] | None]:
        """Return the turn, and its tool calls where the daemon stopped among them: one that may have taken effect, or
        one start too many, ends the turn; others are made again. Where a person is waited for, starts do not count."""
        calls = are_open(await self._store.list_tool_calls(turn.id))
        if cut_off := next((call for call in calls if call.state == "running" and not call.read_only), None):
            return await self._end(turn, TurnEnd("interrupted", "", unsure(cut_off))), None
        if turn.attempt > MAX_ATTEMPTS and not any(call.state == "waiting" for call in calls):
            text = await self._store.get_partial_text(turn.id)
            return await self._end(turn, TurnEnd("interrupted", text, gave_up())), None
        if any(call.state == "running" for call in calls):
            calls = await insist(lambda: self._store.repeat_tool_calls(turn.id), f"the calls of turn {turn.id} again")
        return turn, calls or None

    async def _end(self, turn: Turn, end: TurnEnd) -> Turn:
        ended = await insist(lambda: self._store.end_turn(turn.id, end), f"the end of turn {turn.id}")
        if ended.started_at is not None and ended.ended_at is not None:
            self.latest[ended.agent_name] = ended
            metrics.TURNS.add((ended.ended_at - ended.started_at).total_seconds(), ended.agent_name, ended.state)
        if ended.error is not None:
            log.warning("the turn %s: %s", ended.state, ended.error.code)
        return ended

    async def _use_tools(self, turn: Turn, calls: tuple[ToolCall, ...], running: Running) -> Turn:
        """See the calls to their ends, and return the turn as its next answer begins, or as it ended."""

        async def use() -> None:
            _, settings = self._agent_of(turn)
            toolbox = await self._bench.toolbox(turn, settings)
            await self.tools.use(turn, are_open(calls), toolbox, running)

        if (failure := await self._attempt(turn, running, use)) is not None:
            return await self._end(turn, TurnEnd(failure[0], "", failure[1]))
        return await insist(lambda: self._store.begin_answer(turn.id), f"the next answer of turn {turn.id}")

    async def _answer(self, turn: Turn, running: Running) -> tuple[Turn, tuple[ToolCall, ...] | None]:
        """Let the agent answer once; return the turn, and the tool calls where it asked for some."""
        speech = self._speak(turn)
        started = time.monotonic()
        heard = _Heard()
        try:
            async with asyncio.TaskGroup() as tasks:
                saver = tasks.create_task(self._save(turn.id, speech), name=f"saver of turn {turn.id}")
                try:
                    failure = await self._attempt(turn, running, lambda: self._listen(turn, speech, heard))
                except asyncio.CancelledError:  # the daemon stops: the next start takes the turn up from here
                    if speech.text:
                        await self._store.update_turn_text(turn.id, speech.text)
                    raise
                finally:
                    saver.cancel()
        finally:
            speech.flush()
        usage, model_id = (heard.finished.usage, heard.finished.model_id) if heard.finished else (None, None)
        milliseconds = int((time.monotonic() - started) * 1000)
        if failure is None and heard.asked:
            new = tuple(self.tools.new_call(ToolCallId(str(uuid7())), one, heard.prompt.toolbox) for one in heard.asked)
            step = ToolStep(speech.text, new, usage, model_id, milliseconds)
            return turn, await insist(lambda: self._store.add_tool_calls(turn.id, step), f"the tools of turn {turn.id}")
        state, error = failure or ("completed", None)
        return await self._end(turn, TurnEnd(state, speech.text, error, usage, model_id, milliseconds)), None

    async def _attempt(self, turn: Turn, running: Running, work: Callable[[], Awaitable[None]]) -> Failure | None:
        """Do a part of the turn within its time; return what kept it from being done."""
        try:
            async with running.limited():
                await work()
        except TimeoutError:
            return self._stopped(running) if running.expired else ("failed", broke(turn))
        except AgentError as exc:
            return "failed", TurnError(code=exc.code, message=exc.message)
        except (SessionNotFound, Unavailable) as exc:
            return "failed", TurnError(code=exc.code, message=exc.message)
        except TurnNotFound:
            raise
        except Exception:
            return "failed", broke(turn)
        return None

    def _stopped(self, running: Running) -> Failure:
        if running.reason is not None:
            return running.reason, None
        seconds = self._settings.turn_timeout_seconds
        message = f"the answer was not ready after {seconds:g} seconds: retry, or raise sessions.turn_timeout_seconds"
        return "failed", TurnError(code="turn_timeout", message=message)

    async def _listen(self, turn: Turn, speech: Speech, heard: _Heard) -> None:
        """Take the answer in pieces until the agent is done."""
        agent, settings = self._agent_of(turn)
        heard.prompt = await self._prepare(turn, await self._bench.prompt(turn, settings))
        about = {"session_id": turn.session_id, "turn_id": turn.id, "agent": turn.agent_name}
        with tracing.span("model", about) as span:
            await self._hear(agent, turn, speech, heard)
            if heard.finished is not None:
                usage = heard.finished.usage
                span.note(model=heard.finished.model_id, tokens_in=usage.input_tokens, tokens_out=usage.output_tokens)
        await heard.prompt.toolbox.wait_for(one.name for one in heard.asked)
        if heard.asked and await self._steps(turn) >= settings.max_steps:
            raise AgentError("too_many_steps", TOO_MANY.format(steps=settings.max_steps))

    async def _hear(self, agent: Agent, turn: Turn, speech: Speech, heard: _Heard) -> None:
        began = time.monotonic()
        async with aclosing(agent.answer(heard.prompt)) as pieces:
            async for piece in pieces:
                match piece:
                    case Text(text=text):
                        if not speech.text:
                            metrics.FIRST_WORDS.add(time.monotonic() - began, turn.agent_name)
                        speech.say(text)
                    case Asked():
                        heard.asked.append(piece)
                    case Finished():
                        heard.finished = piece
                        metrics.TOKENS.add(turn.agent_name, "in", by=piece.usage.input_tokens or 0)
                        metrics.TOKENS.add(turn.agent_name, "out", by=piece.usage.output_tokens or 0)

    async def _steps(self, turn: Turn) -> int:
        return max((call.step for call in await self._store.list_tool_calls(turn.id)), default=0)

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


class _Heard:
    """What an answer was besides its text."""

    prompt: Prompt

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.finished: Finished | None = None


class _Slot:
    """One of the turns that may run at once."""

    def __init__(self, limit: asyncio.Semaphore) -> None:
        self._limit = limit
        self._held = False

    async def __aenter__(self) -> _Slot:
        await self._limit.acquire()
        self._held = True
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._held:
            self._limit.release()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Leave it to others inside the block: tools and people are waited for. An error goes out without it."""
        self._limit.release()
        self._held = False
        yield
        await self._limit.acquire()
        self._held = True
