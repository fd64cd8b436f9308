"""Calls that are made once for each Idempotency-Key, however often they are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from segue.errors import McpFailed, McpUnavailable, SegueError
from segued.store.base import Actor, Store

_KEPT = 50  # calls whose results are given again

Call = Callable[[], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class _Ended:
    result: dict[str, Any]
    error: SegueError | None = None


class Claims:
    """A key is claimed on disk before the call, so that a restart between the two does not make it twice. `tasks` run
    the calls: they go on when who asked for them goes away."""

    def __init__(self, store: Store, tasks: asyncio.TaskGroup) -> None:
        self._store = store
        self._tasks = tasks
        self._calls: dict[str, asyncio.Task[_Ended]] = {}

    async def once(self, by: Actor, call: Call) -> dict[str, Any]:
        """Make the call, or give the result again that it had under this key."""
        if by.once is None:
            return await call()
        new = str(uuid4())
        call_id = await self._store.claim_call(by, new)
        task = self._calls.get(call_id)
        if task is None and call_id != new:
            raise McpFailed(
                f"the call under the Idempotency-Key '{by.once.key}' was begun before, and its result is not kept:"
                " whether it took effect is not known. Look, and use a new key to make it again"
            )
        if task is None or _was_not_made(task):
            task = self._calls[call_id] = self._tasks.create_task(_run(call), name="MCP call")
            self._forget_some()
        ended = await asyncio.shield(task)
        if ended.error is not None:
            raise ended.error
        return ended.result

    def _forget_some(self) -> None:
        done = [call_id for call_id, task in self._calls.items() if task.done()]
        for call_id in done[: max(0, len(self._calls) - _KEPT)]:
            del self._calls[call_id]


def _was_not_made(task: asyncio.Task[_Ended]) -> bool:
    return task.done() and isinstance(task.result().error, McpUnavailable)


async def _run(call: Call) -> _Ended:
    try:
        return _Ended(await call())
    except SegueError as exc:
        return _Ended({}, exc)
