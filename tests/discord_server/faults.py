"""What goes wrong on command: requests that fail, dawdle, are lost on the way back, or stay where they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.discord_server.changes import Changes
from tests.discord_server.replies import answer, hang_up
from tests.discord_server.targets import Target
from tests.discord_server.users import Payload

_WAIT_SECONDS = 40.0

Do = Callable[[], Awaitable[web.Response]]
"""Carries a request out; whatever goes wrong in that is a response too."""


class Fault:
    """Something that happens to requests of a target, `times` times or always."""

    def __init__(self, target: Target, times: int | None) -> None:
        self.target = target
        self.times = times
        self.struck = 0

    def takes(self, method: str, path: str) -> bool:
        if (self.times is not None and self.struck >= self.times) or not self.target.covers(method, path):
            return False
        self.struck += 1
        return True

    async def strike(self, request: web.Request, do: Do) -> web.Response:
        raise NotImplementedError


class Failure(Fault):
    """Answers a status, or with None closes the connection; carried out before that, or not at all."""

    def __init__(self, target: Target, times: int | None, status: int | None, after_doing: bool, body: Payload) -> None:
        super().__init__(target, times)
        self.status = status
        self.after_doing = after_doing
        self.body = body

    async def strike(self, request: web.Request, do: Do) -> web.Response:
        if self.after_doing:
            await do()
        if self.status is None:
            return hang_up(request)
        return answer(self.body, self.status)


class Delay(Fault):
    def __init__(self, target: Target, times: int | None, seconds: float) -> None:
        super().__init__(target, times)
        self.seconds = seconds

    async def strike(self, request: web.Request, do: Do) -> web.Response:
        await asyncio.sleep(self.seconds)
        return await do()


class Hold(Fault):
    """Keeps requests until the block is left: with `after_doing` they were carried out, and only the answer waits."""

    def __init__(self, target: Target, times: int | None, after_doing: bool, faults: Faults, changes: Changes) -> None:
        super().__init__(target, times)
        self.after_doing = after_doing
        self._faults = faults
        self._changes = changes
        self._held = 0
        self._released = asyncio.Event()
        self._dropping = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    async def arrived(self, count: int = 1, timeout: float = _WAIT_SECONDS) -> None:
        """Return once so many requests are held."""
        await self._changes.until(lambda: self._held >= count, timeout, lambda: f"{self._held} held")

    def release(self) -> None:
        """Let all go on, and hold no more."""
        self._faults.end(self)
        self._released.set()

    def drop(self) -> None:
        """Close the connections of all that are held; what was not yet carried out never is."""
        self._dropping = True
        self.release()

    async def strike(self, request: web.Request, do: Do) -> web.Response:
        response = await do() if self.after_doing else None
        self._held += 1
        self._changes.notify()
        await self._released.wait()
        if self._dropping:
            return hang_up(request)
        return response or await do()


class Faults:
    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._faults: list[Fault] = []

    def fail(
        self,
        method: str,
        pattern: str,
        status: int | None = 500,
        times: int | None = 1,
        *,
        after_doing: bool = False,
        retry_after: float = 0.1,
        code: int = 0,
    ) -> Fault:
        """Answer the status, or hang up with None; with `after_doing` the client does not hear what was done."""
        body: Payload = {"message": f"{status}: on command", "code": code}
        if status == 429:
            body |= {"retry_after": retry_after, "global": False}
        return self._add(Failure(Target(method, pattern), times, status, after_doing, body))

    def delay(self, method: str, pattern: str, seconds: float, times: int | None = None) -> Fault:
        return self._add(Delay(Target(method, pattern), times, seconds))

    def hold(self, method: str, pattern: str, *, after_doing: bool = True, times: int | None = None) -> Hold:
        held = Hold(Target(method, pattern), times, after_doing, self, self._changes)
        self._add(held)
        return held

    def end(self, fault: Fault) -> None:
        if fault in self._faults:
            self._faults.remove(fault)

    def end_all(self) -> None:
        for fault in list(self._faults):
            if isinstance(fault, Hold):
                fault.drop()
        self._faults.clear()

    async def around(self, request: web.Request, path: str, do: Do) -> web.Response:
        """Carry a request out through every fault that takes it."""
        for fault in [fault for fault in self._faults if fault.takes(request.method, path)]:
            do = _Struck(fault, request, do)
        return await do()

    def _add(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault


@dataclass(frozen=True)
class _Struck:
    fault: Fault
    request: web.Request
    do: Do

    async def __call__(self) -> web.Response:
        return await self.fault.strike(self.request, self.do)
