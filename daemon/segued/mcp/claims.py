"""Calls that are made once for each Idempotency-Key, however often they are asked for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from segue.errors import McpFailed, McpUnavailable, SegueError
from segued.store.base import Actor, Store

_KEPT = 50  # calls whose results are given again
_GRACE_SECONDS = 2.0  # that who lost the connection has to ask again, before a call that nobody waits for is ended

Call = Callable[[], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class _Ended:
    result: dict[str, Any]
    error: SegueError | None = None


class Claims:
    """A key is claimed on disk before the call, so that a restart between the two does not make it twice. `tasks` run
    the calls: when all who wait for one go away it goes on for a moment, for them to come again, and is cancelled."""

    def __init__(self, store: Store, tasks: asyncio.TaskGroup) -> None:
        self._store = store
        self._tasks = tasks
        self._calls: dict[str, asyncio.Task[_Ended]] = {}
        self._waiting: Counter[str] = Counter()

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
        ended = await self._wait(call_id, task)
        if ended.error is not None:
            raise ended.error
        return ended.result

    async def _wait(self, call_id: str, task: asyncio.Task[_Ended]) -> _Ended:
        self._waiting[call_id] += 1
        try:
            return await asyncio.shield(task)
        finally:
            self._waiting[call_id] -= 1
            if not self._waiting[call_id]:
                del self._waiting[call_id]
                if not task.done():
                    asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._end_unwanted, call_id, task)

    def _end_unwanted(self, call_id: str, task: asyncio.Task[_Ended]) -> None:
        if call_id not in self._waiting and not task.done():
            del self._calls[call_id]
            task.cancel()

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
