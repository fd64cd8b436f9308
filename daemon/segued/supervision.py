"""Who looks after the process: the service manager (sd_notify(3)), which is told how it is, and signals."""

from __future__ import annotations

import asyncio
import faulthandler
import io
import logging
import math
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

_BEATS_A_WATCHDOG = 3  # one may be late, and one lost
_PIPE_BYTES = 65536
_PAUSE_SECONDS = 0.1  # between two dumps of the threads
_MORE_TIME_SECONDS = 30  # asked for again with every beat


class Supervisor:
    """The service manager that started us; without one, nothing happens."""

    def __init__(self) -> None:
        self._address = os.environ.pop("NOTIFY_SOCKET", "")  # taken out: it is not for MCP servers
        self._watchdog = _watchdog_seconds()
        self._in_between = True

    @property
    def beat_seconds(self) -> float:
        """How often `beat` must be called at least."""
        return (self._watchdog or math.inf) / _BEATS_A_WATCHDOG

    def beat(self) -> None:
        """Feed the watchdog; and while starting or stopping, which may take long (a migration, the grace of running
        turns), ask for more time."""
        states = ["WATCHDOG=1"] if self._watchdog else []
        if self._in_between:
            states.append(f"EXTEND_TIMEOUT_USEC={_MORE_TIME_SECONDS * 1_000_000}")
        if states:
            self._notify(*states)

    def ready(self) -> None:
        self._in_between = False
        self._notify("READY=1")

    def reloading(self) -> None:
        """`ready` ends it."""
        self._notify("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        self._in_between = True
        self._notify("STOPPING=1")

    def _notify(self, *states: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            try:
                sock.sendto("\n".join(states).encode(), address)
            except OSError as exc:
                log.debug("the service manager was not told %s: %s", states, exc)


def _watchdog_seconds() -> float | None:
    """Return how long the service manager waits for a sign of life, if it waits for ours."""
    pid, microseconds = os.environ.pop("WATCHDOG_PID", ""), os.environ.pop("WATCHDOG_USEC", "")
    if not microseconds.isdigit() or (pid and pid != str(os.getpid())):
        return None
    return int(microseconds) / 1_000_000 or None


def take_credentials() -> None:
    """Make the credentials that the service manager passed (LoadCredential=) environment variables of their names."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    for file in Path(folder).iterdir() if folder else ():
        if file.name.isidentifier() and file.name.isupper():
            os.environ.setdefault(file.name, file.read_text().strip())


class Signals:
    """What others ask for: SIGTERM and SIGINT to stop, and if they come again to stop at once; SIGHUP to read the
    settings anew; SIGUSR2 to write down where every task and thread is."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.reload = asyncio.Event()
        self.hasten: Callable[[], None] = lambda: None

    def heed(self, *, json_log: bool = False) -> None:
        """Take them from now on. With `json_log` nothing is written past the log."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload.set)
        loop.add_signal_handler(signal.SIGUSR2, write_down_tasks)
        # Where the loop is stuck nobody calls the line above: the threads are written by the handler itself.
        faulthandler.register(signal.SIGUSR2, _to_log() if json_log else sys.stderr, all_threads=True, chain=True)

    def _stop(self) -> None:
        if self.stop.is_set():
            log.warning("asked again: stopping at once")
            self.hasten()
        self.stop.set()


def write_down_tasks() -> None:
    """Log the stack of every task."""
    tasks = sorted(asyncio.all_tasks(), key=lambda task: task.get_name())
    stacks = io.StringIO()
    for task in tasks:
        task.print_stack(file=stacks)
    log.warning("%d tasks, asked for by SIGUSR2:\n%s", len(tasks), stacks.getvalue())


def _to_log() -> int:
    """Return where to write what is to be logged, an entry for all that comes at once."""
    source, sink = os.pipe()
    threading.Thread(target=_log_what_comes, args=(source,), name="stacks", daemon=True).start()
    return sink


def _log_what_comes(source: int) -> None:
    while text := os.read(source, _PIPE_BYTES):
        while select.select([source], [], [], _PAUSE_SECONDS)[0]:
            text += os.read(source, _PIPE_BYTES)
        log.warning("all threads, asked for by SIGUSR2:\n%s", text.decode(errors="replace"))
