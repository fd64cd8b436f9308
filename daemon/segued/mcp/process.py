"""A server that is a process of ours: started so that nothing of it outlives us, spoken to in lines of JSON."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream
from anyio.streams.memory import MemoryObjectSendStream
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification

from segued.config import McpServerSettings
from segued.mcp.failures import CannotStart
from segued.mcp.leftovers import MARK, end_leftovers
from segued.mcp.lines import message_of
from segued.mcp.log_lines import LogLines

LONGEST_LINE_BYTES = 16 * 1024 * 1024

_CHILD = Path(__file__).with_name("child.py")
_LOCALE = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")  # besides what the SDK hands on: PATH, HOME, USER …
_GRACE_SECONDS = 2.0  # from closing its input to asking it to end, from there to ending it
_POLL_SECONDS = 0.01
_WATCH_SECONDS = 0.2
_FOREVER_SECONDS = 1e9
_READ_BYTES = 64 * 1024
_NOTIFICATIONS_A_SECOND = 500  # more make the server wait

Streams = tuple[ObjectReceiveStream[SessionMessage | Exception], ObjectSendStream[SessionMessage]]
_ToSession = MemoryObjectSendStream[SessionMessage | Exception]


def environment(settings: McpServerSettings) -> dict[str, str]:
    """Return what the server gets of the daemon's environment, and what its settings give it."""
    names = (*_LOCALE, *settings.env_names)
    return get_default_environment() | {n: os.environ[n] for n in names if n in os.environ} | settings.env


class ServerProcess:
    """A transport of the SDK's client. `lost` is told, once, why the server can be spoken to no more."""

    def __init__(self, name: str, settings: McpServerSettings, lost: Callable[[str], None]) -> None:
        self._settings = settings
        self._lost = lost
        self._mark = os.urandom(16).hex()
        self.has_ended = False  # as far as we hear
        self._noise = LogLines(logging.getLogger(f"segued.mcp.{name}"))
        self._process: Process

    @property
    def pid(self) -> int:
        """Return the leader of the process group that is the server and all that it starts."""
        return self._process.pid

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Streams]:
        """Run the server inside the block, and speak to it through the streams."""
        self._process = process = await self._start()
        to_session, from_server = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        to_server, from_session = anyio.create_memory_object_stream[SessionMessage](0)
        async with asyncio.TaskGroup() as tasks:
            hearing = tasks.create_task(self._hear(process, to_session), name="MCP server's output")
            others = (
                tasks.create_task(self._say(process, from_session), name="MCP server's input"),
                tasks.create_task(self._log(process), name="MCP server's errors"),
                tasks.create_task(self._watch(process, hearing, to_session), name="MCP server's end"),
            )
            try:
                yield from_server, to_server
            finally:
                for stream in (from_server, to_server, from_session, to_session):
                    stream.close()
                if process.stdout and process.stdout.at_eof():  # it has left us: it is told why
                    await asyncio.wait({hearing}, timeout=_GRACE_SECONDS)
                hearing.cancel()
                await _end(process, self._mark)
                for task in others:
                    task.cancel()

    async def _start(self) -> Process:
        settings, env = self._settings, environment(self._settings)
        cwd = _folder(settings.cwd)
        command = _find(settings.command, cwd, env)
        env[MARK] = self._mark
        return await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(_CHILD), str(os.getpid()), command, *settings.args,
            stdin=PIPE, stdout=PIPE, stderr=PIPE, env=env, cwd=cwd, start_new_session=True, limit=LONGEST_LINE_BYTES,
        )  # fmt: skip

    async def _hear(self, process: Process, to_session: _ToSession) -> None:
        """Hand on what the server says, until it ends or says too much."""
        assert process.stdout
        why = ""
        pace = _Pace(_NOTIFICATIONS_A_SECOND)
        try:
            while line := await process.stdout.readline():
                if (message := self._parse(line)) is None:
                    continue
                if isinstance(message.message, JSONRPCNotification):
                    await pace.keep()
                await to_session.send(message)
        except ValueError:
            why = f"it sent more than {LONGEST_LINE_BYTES // 1024 // 1024} MB in one line"
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return  # we have hung up
        finally:
            self.has_ended = True
            to_session.close()
        if not why:
            await _ended(process, _GRACE_SECONDS)
            why = "it closed its output" if process.returncode is None else _exit(process.returncode)
        self._lost(why)

    async def _watch(self, process: Process, hearing: asyncio.Task[None], to_session: _ToSession) -> None:
        """Notice that the leader was killed, also where what it led holds the server's output open."""
        await _ended(process, _FOREVER_SECONDS, _WATCH_SECONDS)
        await asyncio.wait({hearing}, timeout=_WATCH_SECONDS)  # it tells why, once all is heard
        if _was_killed(process) and not hearing.done():
            self.has_ended = True
            to_session.close()
            self._lost(_exit(process.returncode or 0))

    def _parse(self, line: bytes) -> SessionMessage | None:
        if (message := message_of(line)) is not None:
            return SessionMessage(message)
        if line.strip():
            self._noise.add(b"(no MCP message) " + line)
        return None

    async def _say(self, process: Process, from_session: ObjectReceiveStream[SessionMessage]) -> None:
        assert process.stdin
        with suppress(OSError, anyio.ClosedResourceError):
            async for message in from_session:
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                process.stdin.write(text.encode() + b"\n")
                await process.stdin.drain()

    async def _log(self, process: Process) -> None:
        assert process.stderr
        while text := await process.stderr.read(_READ_BYTES):
            self._noise.add(text)


class _Pace:
    """Makes whoever does something more than `limit` times within a second wait for the second's end."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._until = 0.0

    async def keep(self) -> None:
        now = time.monotonic()
        if now >= self._until:
            self._count, self._until = 0, now + 1.0
        self._count += 1
        if self._count > self._limit:
            await asyncio.sleep(self._until - now)


def _folder(wanted: str) -> Path:
    cwd = Path(wanted).expanduser() if wanted else Path.home()
    if not cwd.is_dir():
        raise CannotStart(f"there is no folder {cwd}: set another cwd")
    return cwd


def _find(command: str, cwd: Path, env: Mapping[str, str]) -> str:
    """Return the command with its whole path; raise `CannotStart` if there is none."""
    wanted = os.path.expanduser(command)
    found = shutil.which(cwd / wanted if "/" in wanted else wanted, path=env.get("PATH"))
    if found is None:
        raise CannotStart(f"there is no command '{command}': install it, or set its whole path")
    return found


async def _end(process: Process, mark: str) -> None:
    """Close the server's input, ask its group to end, end it: each only where the one before was not enough."""
    try:
        if process.stdin:
            process.stdin.close()
        if not await _ended(process, _GRACE_SECONDS):
            _signal(process, signal.SIGTERM)
            await _ended(process, _GRACE_SECONDS)
    finally:
        if process.returncode is None or _was_killed(process):  # nobody is there to end what it led
            _signal(process, signal.SIGKILL)
            end_leftovers(mark)
    await _ended(process, _GRACE_SECONDS)


async def _ended(process: Process, seconds: float, poll_seconds: float = _POLL_SECONDS) -> bool:
    """Tell whether the process ends within the time. (`Process.wait` also waits until nobody holds its pipes.)"""
    for _ in range(int(seconds / poll_seconds)):
        if process.returncode is not None:
            return True
        await asyncio.sleep(poll_seconds)
    return False


def _was_killed(process: Process) -> bool:
    return process.returncode is not None and process.returncode < 0


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _exit(code: int) -> str:
    if code > 128:
        return f"it was ended by {signal.Signals(code - 128).name}" if code - 128 in set(signal.Signals) else "it broke"
    return f"it ended with exit code {code}" if code >= 0 else f"it was ended by {signal.Signals(-code).name}"
