"""The one connection to an MCP server, and the task that owns it: opens it when somebody wants it, looks after it, and
closes it. Who needs it waits for the outcome of the try that is under way, and is told why if that fails."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from segue.errors import McpUnavailable
from segued.config import McpServerSettings
from segued.mcp.circuit import OPENS_AFTER, Circuit
from segued.mcp.failures import CannotStart, LinkLost, Refused, cause, reason

if TYPE_CHECKING:
    from mcp_types import Tool

    from segued.mcp.link import Link

log = logging.getLogger(__name__)

_CHECK_SECONDS = 10.0  # that a server has to say that it is well, or what tools it has


class Connection:
    """`run` owns it; everything else may be called from any task. `learn` is told the server's tools."""

    def __init__(self, name: str, settings: McpServerSettings, learn: Callable[[Sequence[Tool]], None]) -> None:
        self.name = name
        self.settings = settings
        self.starts = 0
        self.error = ""  # why it failed last, as long as it is not open
        self.opened_at: datetime | None = None
        self.circuit = Circuit()
        self._wanted_since: float | None = None  # by the clock; None: nobody has wanted it yet, or it begins anew
        self._learn = learn
        self._calls = 0  # that run now
        self._link: Link | None = None
        self._outcome: asyncio.Future[Link] | None = None  # of the try that is under way, or comes next
        self._deadline: asyncio.Timeout | None = None
        self._news = asyncio.Event()
        self._wanted = settings.start == "ahead"
        self._opening = self._was_open = self._stopping = self._restarting = self._doubted = False
        self._stopped_because = "was stopped"
        self._used = self._heard = 0.0  # by the clock: when it was last wanted, when it last answered

    # --- for those who need it

    @property
    def link(self) -> Link | None:
        """Return what is open, and can be spoken on."""
        return self._link if self._link is not None and not self._link.lost.is_set() else None

    @property
    def is_opening(self) -> bool:
        return self._opening

    @property
    def wanted_seconds(self) -> float:
        """Return for how long it has been wanted and was not open."""
        return time.monotonic() - self._wanted_since if self._wanted_since is not None else 0.0

    def want(self) -> None:
        """Have it opened, without waiting for it; one that is left alone is not."""
        if self.link is None and not self._stopping and not self.circuit.is_open:
            self._wanted = True
            self._wanted_since = self._wanted_since or time.monotonic()
            self._news.set()

    async def get(self) -> Link:
        """Return what is open, opened if it is not; raise `McpUnavailable` if that cannot be done now."""
        self._used = time.monotonic()
        if (link := self.link) is not None:
            return link
        self._check_running()
        if self.circuit.is_open:
            raise self._unavailable()
        return await self._next_try()

    async def restart(self) -> None:
        """Close it, end what runs on it, and open it anew, however often it failed."""
        self._check_running()
        self.circuit.succeeded()
        self._wanted_since = None
        self._restarting = True
        if self._outcome is not None and self._outcome.done():
            self._outcome = None
        self._interrupt()
        await self._next_try()

    def take_over(self, settings: McpServerSettings) -> None:
        """Go on under other settings, with what is open."""
        self.settings = settings
        if settings.start == "ahead":
            self.want()
        self._news.set()

    def stop(self, because: str = "was stopped") -> None:
        """Let `run` return, soon; who needs it is told what became of it."""
        self._stopping, self._stopped_because = True, because
        self._interrupt()

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Leave it in peace inside the block: a call runs."""
        self._calls += 1
        try:
            yield
        finally:
            self._calls -= 1
            if self._link is not None and self._link.tools_changed:
                self._news.set()  # it may have been too busy to list them

    def note_answer(self) -> None:
        """Take note that a call was answered: it is well."""
        self._used = self._heard = time.monotonic()
        self.circuit.succeeded()

    def doubt(self) -> None:
        """Have it checked whether it is well."""
        self._doubted = True
        self._news.set()

    def detail(self) -> str:
        """Say what is wrong with it and what is done about it; "" while nothing is."""
        if self._link is not None:
            return ""
        if not self.error:
            return f"it is being started, for {self.wanted_seconds:.0f} s by now" if self._opening else ""
        often = f", {self.circuit.failures} times in a row" if self.circuit.failures >= OPENS_AFTER else ""
        return f"{self.error}{often}; {self._next_step()}"

    def _next_step(self) -> str:
        if self._opening:
            return "it is being tried again now"
        until = datetime.now().astimezone() + timedelta(seconds=self.circuit.seconds_left)
        if self.circuit.is_open:
            return f"it is left alone until {until:%H:%M:%S}, or `segue mcp restart {self.name}`"
        if self._wanted:
            return f"it is tried again at {until:%H:%M:%S}"
        return f"it is tried again when it is needed, or with `segue mcp restart {self.name}`"

    def _check_running(self) -> None:
        if self._stopping:
            raise self._stopped()

    def _stopped(self) -> McpUnavailable:
        return McpUnavailable(f"the MCP server '{self.name}' {self._stopped_because}", retry_after=2)

    def _unavailable(self) -> McpUnavailable:
        return McpUnavailable(
            f"the MCP server '{self.name}' cannot be used: {self.detail()}", retry_after=self.circuit.seconds_left or 1
        )

    async def _next_try(self) -> Link:
        self.want()
        return await asyncio.shield(self._next_outcome())

    def _next_outcome(self) -> asyncio.Future[Link]:
        if self._outcome is None or self._outcome.done():
            self._outcome = asyncio.get_running_loop().create_future()
        return self._outcome

    def _interrupt(self) -> None:
        self._news.set()
        if self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time())

    # --- for its owner

    async def run(self) -> None:
        """Own it until `stop`: open it when it is wanted, and again when it is lost."""
        self._wanted_since = time.monotonic() if self._wanted else None
        try:
            while not self._stopping:
                self._news.clear()
                seconds_left = self.circuit.seconds_left
                if self._restarting or (self._wanted and not seconds_left):
                    self._restarting = False
                    await self._open_and_keep()
                else:
                    await self._look_up(seconds_left if self._wanted else None)
        finally:
            self._stopping = True
            self._refuse(self._stopped())

    async def _open_and_keep(self) -> None:
        link: Link | None = None
        self._was_open = False
        self._opening = True
        try:
            link = (await asyncio.to_thread(load_link))(self.name, self.settings, self._news.set)
            async with self._opened(link):
                await self._keep(link)
        except Exception as exc:  # groups, too, of whatever the SDK's tasks met
            self._opening = False
            if not self._stopping and not self._restarting:
                passes = not isinstance(cause(exc), CannotStart)
                self._fail((link.lost_because or link.refusal if link else "") or reason(exc), passes=passes)
        finally:
            self._opening = False
            if link is not None and not link.lost.is_set():
                link.lose(self.error or "it was stopped")

    @asynccontextmanager
    async def _opened(self, link: Link) -> AsyncIterator[None]:
        self.starts += 1
        async with AsyncExitStack() as stack:
            async with self._within(self.settings.start_seconds):
                await stack.enter_async_context(link.open())
                self._learn(await link.list_tools())
            self._link, self.error = link, ""
            self._opening, self._wanted_since = False, None
            self._used = self._heard = time.monotonic()
            self.opened_at = datetime.now(UTC)
            self._was_open = True
            self._next_outcome().set_result(link)
            log.info("MCP server %s: connected to %s, MCP %s", self.name, link.software or "it", link.protocol)
            try:
                yield
            finally:
                self._link = None

    async def _keep(self, link: Link) -> None:
        """Look after it until it is to be closed; raise `LinkLost` when it is gone."""
        while not (self._stopping or self._restarting):
            self._news.clear()
            if link.lost.is_set():
                raise LinkLost(link.lost_because)
            if link.tools_changed:
                await self._list_again(link)
            if self._idle_seconds_left() <= 0:
                self._wanted = False
                log.info("MCP server %s: closed, for nobody needs it", self.name)
                return
            if self._doubted or self._check_seconds_left() <= 0:
                await self._check(link)
            await self._look_up(min(self._idle_seconds_left(), self._check_seconds_left()))

    async def _list_again(self, link: Link) -> None:
        """Learn what tools it has now. One that works may not answer before it has done what it does."""
        try:
            async with self._within(_CHECK_SECONDS):
                self._learn(await link.list_tools())
        except Refused as exc:
            log.warning("MCP server %s does not list its tools, those that are known stay: %s", self.name, exc)
        except TimeoutError as exc:
            if not self._calls and not self._stopping and not self._restarting:
                raise LinkLost(f"it did not say within {_CHECK_SECONDS:g} s what tools it has") from exc
            link.tools_changed = True

    def _idle_seconds_left(self) -> float:
        if self._calls or not self.settings.idle_minutes or self.settings.start == "ahead":
            return float("inf")
        return self._used + self.settings.idle_minutes * 60 - time.monotonic()

    def _check_seconds_left(self) -> float:
        """Return in how long it is to be asked whether it is well. One that works is left in peace."""
        seconds = self.settings.check_seconds
        return seconds if self._calls else self._heard + seconds - time.monotonic()

    async def _check(self, link: Link) -> None:
        self._doubted = False
        try:
            async with self._within(_CHECK_SECONDS):
                await link.check()
        except TimeoutError as exc:
            raise LinkLost(f"it did not say within {_CHECK_SECONDS:g} s that it is well") from exc
        self._heard = time.monotonic()
        self.circuit.succeeded()

    @asynccontextmanager
    async def _within(self, seconds: float) -> AsyncIterator[None]:
        """Raise TimeoutError out of the block when the time is over, or it is to be stopped or restarted."""
        try:
            async with asyncio.timeout(seconds) as self._deadline:
                if self._stopping or self._restarting:
                    self._interrupt()
                yield
        finally:
            self._deadline = None

    async def _look_up(self, seconds: float | None) -> None:
        """Return when there is news, or the time is over."""
        try:
            async with asyncio.timeout(seconds if seconds != float("inf") else None):
                await self._news.wait()
        except TimeoutError:
            pass

    def _fail(self, why: str, *, passes: bool) -> None:
        """Take note that it failed. What does not pass by itself, as a command that is not there, is not tried again
        before somebody needs it."""
        is_news, self.error = passes or self.error != why, why
        if passes:
            self.circuit.failed()
        if not passes or self.circuit.is_open:
            self._wanted = passes and self.settings.start == "ahead"
        if is_news:
            log.warning("MCP server %s: %s", self.name, self.detail())
        if not self._was_open or self.circuit.is_open:  # else who waits since it was lost waits for the next try
            self._refuse(self._unavailable())

    def _refuse(self, why: McpUnavailable) -> None:
        outcome = self._next_outcome()
        outcome.set_exception(why)
        outcome.exception()  # it may be that nobody waits


def load_link() -> type[Link]:
    """Import the SDK, which takes a second: in a thread."""
    from segued.mcp.link import Link

    return Link
