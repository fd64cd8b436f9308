"""Conversations kept within what their models take: one compaction a session at a time, whoever asks for it.

A compaction is a task of its own: who waits for it may go away, and a turn that is stopped takes nothing with it. All
that it leaves is one row, written in one step, or nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from segue.errors import Conflict, Stopping
from segue.models import Compression, SessionId, Summary, TokenCount, Turn, TurnId
from segued.agent.base import AgentError, Prompt
from segued.agent.compaction import Cut, cut, is_due, measure, remaining
from segued.agent.offline import MODEL_ID
from segued.agent.summariser import Draft, extracted, summarise
from segued.config import AgentSettings, Settings
from segued.store.base import Actor, NewSummary, Store, Uncovered

log = logging.getLogger(__name__)

_MOST_CHARACTERS = 2_000_000  # read for one summary, the newest; what is older is counted in it, and not read
_SAMPLE_CHARACTERS = 1_000  # read to say how long the conversation is
_MODEL_SECONDS = 120.0  # that the model may take for a summary; then one is made without it
_PATIENCE_SECONDS = 20.0  # that who asks waits; the summary is made all the same, and everybody is told
_ATTEMPTS = 3  # while people edit what is being summarised


_GOES_ON = "the model is still writing the summary: every window is told when it is done"
_Task = asyncio.Task[Summary | Exception | None]


@dataclass(frozen=True)
class _Writer:
    """Whose summary it is to be, with which model, what that model may be given, and which turn waits for it."""

    by: Actor
    settings: AgentSettings
    model: str
    turn_id: TurnId | None = None


class Compactor:
    """Makes summaries. `tell` is called when one is begun and when that is over."""

    def __init__(self, store: Store, settings: Settings, tell: Callable[[SessionId, bool], None]) -> None:
        self._store = store
        self._settings = settings
        self._tell = tell
        self._running: dict[SessionId, _Task] = {}
        self._tasks: asyncio.TaskGroup | None = None

    def reload(self, settings: Settings) -> None:
        self._settings = settings

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Own the compactions' tasks in `tasks` from now on."""
        self._tasks = tasks

    def close(self) -> None:
        """Give up what is not done."""
        self._tasks = None
        for task in self._running.values():
            task.cancel()

    async def measure(self, by: Actor, session_id: SessionId) -> TokenCount:
        """Return how much of the session a model is given next."""
        found = await self._store.get_uncovered(by, session_id, _SAMPLE_CHARACTERS)
        return measure(self._agent(found.session.agent_name), found)

    async def compress(self, by: Actor, session_id: SessionId) -> Compression:
        """Summarise what can be summarised. Raises `Conflict` if it is edited all the time."""
        found = await self._store.get_uncovered(by, session_id, 0, to_write=True)
        session = found.session
        settings = self._agent(session.agent_name)
        writer = _Writer(by, settings, session.model_id or settings.model)
        task = self._begin(session_id, writer, on_demand=True)
        done, _ = await asyncio.wait({task}, timeout=_PATIENCE_SECONDS)
        summary = _outcome(task) if done else None
        return Compression(
            session_id=session_id,
            changed=summary is not None,
            message=_told(summary, found.summary) if done else _GOES_ON,
            summary=summary or found.summary,
            tokens=await self.measure(by, session_id),
        )

    async def prepare(self, turn: Turn, prompt: Prompt) -> Prompt:
        """Return the prompt with what stands for its earlier messages; that is made first, if the prompt is longer than
        its agent's settings want it. If it cannot be made, the prompt is cut later, and the turn goes on."""
        daemon = Actor(user_id=None, name=turn.agent_name, interface="agent", sees_all=True)
        found = await self._store.get_uncovered(daemon, turn.session_id, _SAMPLE_CHARACTERS)
        summary = found.summary
        settings = self._agent(turn.agent_name)
        if await asyncio.to_thread(is_due, settings, found, prompt):
            writer = _Writer(daemon, settings, turn.model_id or settings.model, turn.id)
            try:
                task = self._begin(turn.session_id, writer, on_demand=False)
                await asyncio.wait({task})
                summary = _outcome(task) or summary
            except Exception as exc:
                log.warning("session %s was not summarised, its prompt is cut: %s", turn.session_id, exc)
        return replace(prompt, summary=summary)

    def _agent(self, name: str) -> AgentSettings:
        return self._settings.agents.get(name) or self._settings.agents["chat"]

    def _begin(self, session_id: SessionId, writer: _Writer, *, on_demand: bool) -> _Task:
        """Return the session's compaction, begun if none is under way."""
        if self._tasks is None:
            raise _stopping()
        if session_id not in self._running:
            work = self._guarded(session_id, writer, on_demand)
            self._running[session_id] = self._tasks.create_task(work, name=f"compaction of {session_id}")
        return self._running[session_id]

    async def _guarded(self, session_id: SessionId, writer: _Writer, on_demand: bool) -> Summary | Exception | None:
        """Return what went wrong instead of raising it: nobody may be waiting any more."""
        try:
            return await self._work(session_id, writer, on_demand)
        except Exception as exc:
            return exc
        finally:
            del self._running[session_id]

    async def _work(self, session_id: SessionId, writer: _Writer, on_demand: bool) -> Summary | None:
        for attempt in range(_ATTEMPTS):
            found = await self._store.get_uncovered(writer.by, session_id, _MOST_CHARACTERS)
            plan = await asyncio.to_thread(cut, writer.settings, found, on_demand=on_demand)
            if plan is None:
                return None
            draft = await self._draft(found, writer, plan)
            new = await asyncio.to_thread(_summary, found, writer, plan, draft)
            try:
                return await self._store.add_summary(writer.by, session_id, new)
            except Conflict:
                if attempt == _ATTEMPTS - 1:
                    raise
        return None

    async def _draft(self, found: Uncovered, writer: _Writer, plan: Cut) -> Draft:
        """Let the model write it; if that fails, take it from the messages."""
        session, earlier = found.session, _earlier(found)
        seconds = min(_MODEL_SECONDS, self._settings.sessions.turn_timeout_seconds / 3)
        if writer.model != MODEL_ID:
            self._tell(session.id, True)
        try:
            async with asyncio.timeout(seconds):
                return await summarise(writer.settings, writer.model, session, earlier, plan)
        except (AgentError, TimeoutError) as exc:
            log.warning("%s did not summarise session %s: %s", writer.model, session.id, exc or "it took too long")
        except Exception:
            log.exception("summarising session %s broke", session.id)
        finally:
            if writer.model != MODEL_ID:
                self._tell(session.id, False)
        return await asyncio.to_thread(extracted, earlier, plan)


def _outcome(task: _Task) -> Summary | None:
    """Return the summary that was made, None if there was nothing to do; raise what went wrong."""
    if task.cancelled():
        raise _stopping()
    outcome = task.result()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _stopping() -> Stopping:
    return Stopping("the daemon is stopping: try again in a moment", retry_after=2)


def _earlier(found: Uncovered) -> str:
    """Return the summary so far, and that messages were not read, if there were too many."""
    before = found.summary.message_count if found.summary else 0
    unread = found.session.message_count - before - len(found.messages)
    lines = (found.summary.text if found.summary else "", f"({unread} messages were not read: too many.)")
    return "\n".join(filter(None, lines[: 2 if unread > 0 else 1]))


def _summary(found: Uncovered, writer: _Writer, plan: Cut, draft: Draft) -> NewSummary:
    last = plan.covered[-1]
    kept = [message for message in found.messages if message.seq > last.seq]
    before = measure(writer.settings, found)
    after = min(before.count, remaining(writer.settings, kept, draft.text))
    return NewSummary(
        after=found.summary.seq if found.summary else None,
        read_seq=found.session.last_seq,
        upto_seq=last.seq,
        upto_at=last.created_at,
        message_count=found.session.message_count - len(kept),
        text=draft.text,
        model_id=draft.model_id,
        tokens_before=before.count,
        tokens_after=after,
        tokens_source=before.source,
        turn_id=writer.turn_id,
    )


def _told(made: Summary | None, known: Summary | None) -> str:
    if made is not None:
        return f"{made.message_count} messages are summarised; the transcript keeps them all"
    if known is not None:
        return "there is nothing to do: too little was said since the last summary"
    return "there is nothing to do: the conversation is short, and its model is given all of it"
