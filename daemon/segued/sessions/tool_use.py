"""The tool calls of a turn: which wait for a person, which run, and what becomes of each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from segue.models import OPEN_CALLS, ToolCall, ToolCallId, ToolUse, Turn
from segued import clock, tracing
from segued.agent.base import Asked
from segued.config import SessionSettings
from segued.sessions.insist import insist
from segued.sessions.running import Running
from segued.store.base import NewToolCall, Store, ToolResult
from segued.tools import UNKNOWN, Outcome, Tool, Toolbox

log = logging.getLogger(__name__)

_CANNOT = (
    "There is no tool {name!r} that can be called like that: check its name, and that its arguments are a JSON object."
)


class ToolUser:
    """Makes the calls that agents ask for, each to its one end."""

    def __init__(self, store: Store, settings: SessionSettings) -> None:
        self._store = store
        self._settings = settings
        self._changed: dict[ToolCallId, asyncio.Event] = {}

    def reload(self, settings: SessionSettings) -> None:
        self._settings = settings

    def note(self, call: ToolCall) -> None:
        """Take note that a call changed: whoever waits for it looks again."""
        if (changed := self._changed.get(call.id)) is not None:
            changed.set()

    def new_call(self, call_id: ToolCallId, asked: Asked, toolbox: Toolbox) -> NewToolCall:
        """Return the call that a model asks for, as it is stored."""
        tool = toolbox.named(asked.name)
        if tool is None or asked.wrong is not None:
            return NewToolCall(ToolUse(id=call_id, server=UNKNOWN, tool=asked.name, arguments={}), read_only=True)
        use = ToolUse(id=call_id, server=tool.server, tool=tool.name, arguments=dict(asked.arguments))
        expires_at = clock.utc() + timedelta(minutes=self._settings.approval_minutes)
        return NewToolCall(use, read_only=tool.read_only, asks=tool.asks, expires_at=expires_at)

    async def use(self, turn: Turn, calls: Sequence[ToolCall], toolbox: Toolbox, running: Running) -> None:
        """Make the calls, side by side, and return when each has its end."""
        async with asyncio.TaskGroup() as tasks:
            for call in calls:
                tasks.create_task(self._use(turn, call, toolbox, running), name=f"tool call {call.id}")

    async def _use(self, turn: Turn, call: ToolCall, toolbox: Toolbox, running: Running) -> None:
        if call.state == "waiting":
            with running.paused():
                call = await self._decided(turn, call)
        if call.state != "running":
            return
        outcome = await self._call(call, toolbox)
        text = self._bounded(outcome.text)
        result = ToolResult("failed" if outcome.failed else "completed", text, outcome.images)
        await insist(lambda: self._store.end_tool_call(call.id, result), f"the result of tool call {call.id}")

    async def _decided(self, turn: Turn, call: ToolCall) -> ToolCall:
        """Return the call once a person has answered, or once nobody has in time."""
        changed = self._changed[call.id] = asyncio.Event()
        try:
            while (call := await self._present(turn, call)).state == "waiting":
                changed.clear()
                seconds = ((call.expires_at or call.created_at) - clock.utc()).total_seconds()
                if seconds <= 0:
                    await insist(lambda: self._store.expire_approval(call.id), f"that tool call {call.id} expired")
                    continue
                try:
                    async with asyncio.timeout(seconds):
                        await changed.wait()
                except TimeoutError:
                    continue
            return call
        finally:
            del self._changed[call.id]

    async def _present(self, turn: Turn, call: ToolCall) -> ToolCall:
        calls = await insist(lambda: self._store.list_tool_calls(turn.id), f"the tool calls of turn {turn.id}")
        return next((c for c in calls if c.id == call.id), call.model_copy(update={"state": "cancelled"}))

    async def _call(self, call: ToolCall, toolbox: Toolbox) -> Outcome:
        tool = toolbox.find(call.server, call.tool)
        if tool is None:
            return Outcome(_CANNOT.format(name=call.tool), failed=True)
        with tracing.span("tool", {"server": call.server, "tool": call.tool, "turn_id": call.turn_id}) as span:
            outcome = await self._outcome(call, tool)
            if outcome.failed:
                span.failed("the tool failed")
        return outcome

    async def _outcome(self, call: ToolCall, tool: Tool) -> Outcome:
        seconds = self._settings.tool_timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                return await tool.call(call.arguments, call.session_id)
        except TimeoutError:
            return Outcome(f"No answer within {seconds:g} seconds: whether it took effect is not known.", failed=True)
        except Exception:
            log.exception("the tool %s of %s broke", call.tool, call.server)
            return Outcome("The tool broke, and the daemon's log says why.", failed=True)

    def _bounded(self, text: str) -> str:
        """Return the text as it may be stored: no longer than a message."""
        limit = self._settings.max_message_bytes
        if len(text) * 4 <= limit or len(raw := text.encode(errors="replace")) <= limit:
            return text
        note = f"\n[… cut here: it had {len(raw)} bytes, and a message has at most {limit} …]"
        return raw[: limit - len(note.encode())].decode(errors="ignore") + note


def are_open(calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """Return the calls that have not ended."""
    return tuple(call for call in calls if call.state in OPEN_CALLS)
